"""The branch's word on a report of an accident or a death (P3, P4).

It matches the worker where the report did not, and rules: true or not true. A death that
is true is recorded as an event of his life, which ends what must end; an accident is a
fact. Of a report that is not true nothing remains: the days for which nothing could be
paid are given back. Cover facts are never touched here.
"""

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.months import ONE_DAY
from notices import bells
from workers import report_selectors
from workers.age import turns_65_on
from workers.indexes import nik_index
from workers.models import Enrollment, IncidentReport, Said, Worker
from workers.ports import paid_spans
from workers.report_selectors import PHONE, REPORT_NIK
from workers.services.greeting import greet
from workers.services.living import record_event
from workers.services.reporting import silence
from workers.services.thread import tell_thread

Kind = IncidentReport.Kind
Status = IncidentReport.Status
Relation = IncidentReport.Relation
#: Whose word a confirmed death rests on, by who reported it and the branch then asked.
_SAID = {
    Relation.FAMILY: Said.FAMILY,
    Relation.DONOR: Said.DONOR,
    Relation.VILLAGE: Said.VILLAGE,
}


class CannotRule(Exception):
    """A step on a report is not possible; its sentence is fit for the officer."""

    sentence: ClassVar[str | Promise] = _("Langkah ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class AlreadyRuled(CannotRule):
    """A colleague was faster."""

    sentence = _("Laporan ini sudah diputuskan rekan lain.")


class NoWorker(CannotRule):
    """Nobody has said yet of whom the report speaks."""

    sentence = _("Cocokkan dulu pekerjanya, baru laporan dapat dibenarkan.")


class OwnReport(CannotRule):
    """The officer reported it himself, or acts for a donor of the worker (P22)."""

    sentence = _("Laporan dari Anda sendiri atau pekerja Anda sendiri diputuskan rekan lain.")


class NoteMissing(CannotRule):
    """A report is called untrue only with a word on how the branch knows."""

    sentence = _("Tulis singkat bagaimana cabang mengetahuinya.")


class NotInArea(CannotRule):
    """The worker belongs to another desk, which rules on him."""

    sentence = _("Pekerja ini tidak ada di wilayah cabang Anda.")


# --- looking --------------------------------------------------------------------------
def open_report(*, report: IncidentReport, viewer: User, now: datetime) -> None:
    """Log that the viewer reads the reporter's phone: the report is the reason (P20)."""
    audit.record_view(
        viewer=viewer,
        obj=report,
        what=PHONE,
        reason=f"laporan {report.number}",
        now=now,
        office=report.office,
    )


def find_by_nik(*, report: IncidentReport, nik: str, viewer: User, now: datetime) -> Worker | None:
    """Find a worker of the viewer's own desk by a cleaned NIK, and log the look.

    None, after the same work, whether the NIK is unknown or another branch's (P8).
    """
    found = report_selectors.workers_of_desk(viewer).filter(nik_index=nik_index(nik)).first()
    audit.record_view(
        viewer=viewer,
        obj=report,
        what=REPORT_NIK,
        reason=f"laporan {report.number}",
        now=now,
        office=report.office,
    )
    return found


# --- deciding --------------------------------------------------------------------------
@transaction.atomic
def match(
    *, report: IncidentReport, worker: Worker | None, officer: User, now: datetime
) -> IncidentReport:
    """Say of whom an open report speaks; a wrong match can be set right while it is open.

    From now on nothing is asked for a worker who is reported dead. Matching the same
    worker again changes nothing. Raises NotInArea, AlreadyRuled.
    """
    own_area = report_selectors.workers_of_desk(officer)
    if worker is None or not own_area.filter(pk=worker.pk).exists():
        raise NotInArea
    _hold([report.worker_id, worker.pk])
    before = _fresh(report)
    if before.worker_id == worker.pk and before.status == Status.OPEN:
        return before
    still_open = IncidentReport.everything.filter(
        pk=report.pk, status=Status.OPEN, worker=before.worker_id
    )
    if still_open.update(worker=worker, matched_by=officer, matched_at=now) != 1:
        raise AlreadyRuled
    matched = _fresh(report)
    silence(matched)
    audit.record(
        action="report.matched",
        obj=matched,
        actor=officer,
        office=matched.office,
        now=now,
        before={"worker": before.worker_id},
        after={"worker": worker.pk},
    )
    _give_back(before, officer=officer, now=now)
    bells.ring("report_made")
    return matched


@transaction.atomic
def confirm(
    *, report: IncidentReport, officer: User, happened_on: date, note: str, now: datetime
) -> IncidentReport:
    """Rule that a report is true, of two officers at once by the first.

    A death is recorded as an event of the worker's life in the same transaction; of an
    accident nothing ends. `happened_on` is the day as the branch has found it. Confirming
    what the officer has confirmed changes nothing. Raises NotInArea, NoWorker, OwnReport,
    AlreadyRuled.
    """
    row = _to_rule(report, officer)
    if row.status == Status.CONFIRMED and row.ruled_by_id == officer.pk:
        return row
    if row.worker is None:
        raise NoWorker
    ruled = _rule(row, Status.CONFIRMED, officer, note, now, happened_on=happened_on)
    if row.kind == Kind.DEATH:
        record_event(
            worker=row.worker,
            kind="died",
            happened_on=happened_on,
            said_by=_SAID.get(Relation(row.reporter_relation), Said.BRANCH),
            by=officer,
            now=now,
        )
    bells.ring("report_ruled")
    return ruled


@transaction.atomic
def refute(*, report: IncidentReport, officer: User, note: str, now: datetime) -> IncidentReport:
    """Rule that a report is not true: what could be paid before can be paid again.

    Approvals that could not be paid meanwhile hold as many days longer; their invoices
    are asked again by the bell, and a first message that was dropped is written anew. A
    month that went by meanwhile stays unpaid: cover is never bought for the past (P2).
    Refuting what the officer has refuted changes nothing.
    Raises NotInArea, NoteMissing, OwnReport, AlreadyRuled.
    """
    row = _to_rule(report, officer)
    if row.status == Status.REFUTED and row.ruled_by_id == officer.pk:
        return row
    if not note.strip():
        raise NoteMissing
    ruled = _rule(row, Status.REFUTED, officer, note, now, happened_on=row.happened_on)
    _give_back(row, officer=officer, now=now)
    bells.ring("report_ruled")
    return ruled


# --- what the steps share ---------------------------------------------------------------
def _hold(worker_ids: list[int | None]) -> None:
    """Hold the workers' rows: whoever bills or buys waits, and then reads what was ruled."""
    rows = Worker.everything.filter(pk__in=[pk for pk in worker_ids if pk]).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _fresh(report: IncidentReport) -> IncidentReport:
    rows = IncidentReport.everything.select_related("office", "worker", "village")
    return rows.get(pk=report.pk)


def _to_rule(report: IncidentReport, officer: User) -> IncidentReport:
    _hold([report.worker_id])
    row = _fresh(report)
    if row.worker is not None and not report_selectors.is_in_area(row.worker, officer):
        raise NotInArea
    if report_selectors.is_own(row, officer):
        raise OwnReport
    return row


def _rule(
    row: IncidentReport,
    status: str,
    officer: User,
    note: str,
    now: datetime,
    *,
    happened_on: date,
) -> IncidentReport:
    """Write the ruling if the report is open, about the same worker, in this very instant."""
    same = IncidentReport.everything.filter(
        pk=row.pk, status=Status.OPEN, worker=row.worker_id, matched_at=row.matched_at
    )
    # Every floor reads the state of the report: no marker waits for anybody.
    said = {"note": note.strip(), "followed_up_at": now}
    if same.update(status=status, ruled_by=officer, ruled_at=now, **said) != 1:
        raise AlreadyRuled
    ruled = _fresh(row)
    audit.record(
        action=f"report.{status}",
        obj=ruled,
        actor=officer,
        office=ruled.office,
        now=now,
        before={"status": row.status},
        after={"status": status, "worker": ruled.worker_id},
        personal={"told": row.happened_on, "found": happened_on, "note": note.strip()},
    )
    return ruled


def _give_back(row: IncidentReport, *, officer: User, now: datetime) -> None:
    """Let the approvals of a worker hold as many days longer as a report of his death, now
    lifted, held them, and write him the first message that it kept back. Nothing while
    another report or an event still holds him."""
    if row.kind != Kind.DEATH or row.worker_id is None or row.matched_at is None:
        return
    if report_selectors.is_held(row.worker_id):
        return
    since = report_selectors.held_since(row, now=now)
    paid = {span.enrollment_id for span in paid_spans([row.worker_id]).get(row.worker_id, [])}
    approved = Enrollment.everything.filter(worker=row.worker_id, status="approved")
    for case in approved.exclude(pk__in=paid).select_related("worker", "office").order_by("pk"):
        _move_on(case, max(since, case.decided_at or since), officer, now)
        if case.frozen_at is None:
            greet(enrollment=case, now=now, after=str(row.pk))


def _move_on(case: Enrollment, since: datetime, officer: User, now: datetime) -> None:
    # The day on which it came in and the day of the ruling are both lost in part.
    lost = (jakarta_date(now) - jakarta_date(since)).days + 1
    if case.approved_until is None or case.worker is None:
        return
    last = turns_65_on(case.worker.birth_date) - ONE_DAY
    until = min(case.approved_until + timedelta(days=lost), last)
    if until <= case.approved_until:
        return
    Enrollment.everything.filter(pk=case.pk).update(approved_until=until)
    tell_thread(
        enrollment=case,
        kind="approval_moved",
        now=now,
        actor=officer,
        before={"approved_until": str(case.approved_until)},
        after={"approved_until": str(until), "days": lost},
    )
