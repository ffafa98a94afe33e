"""Remittance: paid months go to BPJS every business day; accepted ones make cover (P1)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import User
from bricks.clock import JAKARTA, jakarta_date
from contributions.core import CoreSystem, CoreUnavailable, Line, core_system
from contributions.core.protocol import write_file
from contributions.kept import taken_back
from contributions.letters import rejected_credit_letter
from contributions.locks import hold_payments, lock_workers
from contributions.models import Contribution, Remittance, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.accepting import apply_answers
from contributions.services.crediting import rest_account
from contributions.services.recounting import recount_runs
from contributions.services.telling import tell_donor
from contributions.tariffs import TariffTable
from contributions.worth import parts_of, total_worth, worth, worth_of
from notices import bells
from payments import ledger
from payments.models import Account
from regions.models import Office
from regions.selectors import is_working_day
from workers.models import WorkerChange

#: Worker-months in one file.
FILE_LINES = 10_000
CHUNK = 500
#: Whose desk a month belongs to.
BRANCH = "sponsorship__enrollment__office"


class NotRejected(Exception):
    """The month is not one that the core has refused; somebody else has decided already."""


class MonthTaken(NotRejected):
    """Somebody else has bought this month for the worker meanwhile."""


class ChangeWaits(NotRejected):
    """A correction of the worker's data is still to be decided."""


def remit(*, today: date, now: datetime, core: str = "") -> dict[str, int]:
    """Hand every paid month to the core system, branch by branch. Idempotent; catches up
    missed days.

    On working days only, unless settings.REMIT_AT_ONCE. Months are claimed into a
    Remittance first and its file is sent outside any transaction; a crash in between
    leaves a remittance without reference, which the next run sends again (the core
    takes the same remittance as the same file). A core that is out of reach is counted
    as `unreachable` and tried again; a file that a person carries to BPJS as `ready`
    until he has said so (`remittance_files.hand_over`). `core` names another system than
    the settings do.
    """
    counts = {"remittances": 0, "months": 0, "ready": 0, "unreachable": 0}
    if not settings.REMIT_AT_ONCE and not is_working_day(today):
        return counts
    claim_paid_months(today=today, now=now, core=core)
    waiting = Remittance.everything.filter(core_reference="").select_related("office")
    for remittance in waiting.order_by("pk"):
        system = core_system(remittance.core)
        try:
            reference = "" if system.has(remittance.uuid) else _send(system, remittance, now)
        except CoreUnavailable:
            counts["unreachable"] += 1
            continue
        if not reference:
            counts["ready"] += 1
            continue
        counts["months"] += mark_sent(remittance=remittance, reference=reference, now=now)
        counts["remittances"] += 1
    return counts


def _send(system: CoreSystem, remittance: Remittance, now: datetime) -> str:
    content = _content(remittance)
    # A tariff may have given back of its months since they were claimed.
    months = Contribution.everything.filter(remittance=remittance)
    Remittance.everything.filter(pk=remittance.pk).update(total=total_worth(months))
    return system.send(remittance=remittance.uuid, content=content, now=now)


def claim_paid_months(*, today: date, now: datetime, core: str = "") -> int:
    """Claim every paid month into remittances, at most FILE_LINES of one branch each.

    A month belongs to the branch of its case (the database keeps none without), or to
    whom that branch's work went when it closed. Returns how many remittances.
    """
    made = 0
    for office, members in _branches_to_remit():
        while _claim_file(office, members, today=today, now=now, core=core):
            made += 1
    return made


def _free() -> QuerySet[Contribution]:
    return Contribution.everything.filter(status=Contribution.Status.PAID, remittance__isnull=True)


def _branches_to_remit() -> list[tuple[Office, list[int]]]:
    """Return who remits the paid months now, and of which branches. Two queries."""
    ids = _free().order_by().values_list(BRANCH, flat=True).distinct()
    offices = Office.objects.in_bulk()
    members: dict[int, list[int]] = defaultdict(list)
    for pk in ids:
        members[_working_office(pk, offices)].append(pk)
    return [(offices[pk], rows) for pk, rows in sorted(members.items())]


def _working_office(pk: int, offices: Mapping[int, Office]) -> int:
    """Follow closed offices to the one that does their work now."""
    seen = set()
    while not offices[pk].is_open and offices[pk].successor_id and pk not in seen:
        seen.add(pk)
        pk = offices[pk].successor_id or pk
    return pk


def _claim_file(
    office: Office, members: list[int], *, today: date, now: datetime, core: str
) -> Remittance | None:
    """Claim at most FILE_LINES paid months into a new remittance; None when there are none."""
    with transaction.atomic():
        free = _free()
        oldest = free.filter(**{f"{BRANCH}__in": members}).order_by("paid_at", "pk")
        chosen = list(oldest.values_list("pk", "worker")[:FILE_LINES])
        lock_workers({worker for _pk, worker in chosen})
        claimed = free.filter(pk__in=[pk for pk, _worker in chosen])
        lines = claimed.count()
        if not lines:
            return None
        remittance = Remittance.everything.create(
            number=_next_number(office, today),
            office=office,
            day=today,
            made_at=now,
            core=core_system(core).name,
            lines=lines,
            total=total_worth(claimed),
        )
        claimed.update(remittance=remittance)
        return remittance


def _next_number(office: Office, today: date) -> str:
    """Return the name of a branch's next remittance of a day, such as
    STR-2026-11-23-KC-PALEMBANG-1. The branch's row is held, so that two jobs take two."""
    Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    made = Remittance.everything.filter(office=office, day=today).exclude(number="").count()
    return f"STR-{today:%Y-%m-%d}-{office.code}-{made + 1}"


def _content(remittance: Remittance) -> str:
    """Write the file: its months, each at what it holds after corrections."""
    rows = (
        Contribution.everything.filter(remittance=remittance, status=Contribution.Status.PAID)
        .select_related("worker", "sponsorship")
        .annotate(held=worth())
        .order_by("worker", "month")
    )
    table = TariffTable.load()
    return write_file(_line(row, row.held, table) for row in rows.iterator(chunk_size=CHUNK))


def _line(row: Contribution, held: int, table: TariffTable) -> Line:
    jkk, jkm, jht = parts_of(row, held, table)
    starts_at = row.starts_at.astimezone(JAKARTA).isoformat() if row.starts_at else ""
    return Line(
        line=row.pk,
        nik=row.worker.nik,
        name=row.worker.name,
        birth_date=row.worker.birth_date,
        month=row.month,
        covered_from=row.covered_from,  # type: ignore[arg-type]  # bought months have dates
        covered_until=row.covered_until,  # type: ignore[arg-type]
        starts_at=starts_at,
        jkk=jkk,
        jkm=jkm,
        jht=jht,
    )


def mark_sent(*, remittance: Remittance, reference: str, now: datetime) -> int:
    """Note that the core has the file; its months are sent from now on. Returns how many.

    Once per remittance: a second call changes nothing and returns 0. Holds the workers
    first, so that nobody undoes a month while it goes out.
    """
    with transaction.atomic():
        months = Contribution.everything.filter(remittance=remittance)
        lock_workers(months.values_list("worker", flat=True))
        mine = Remittance.everything.filter(pk=remittance.pk, core_reference="")
        if mine.update(core_reference=reference, sent_at=now) != 1:
            return 0
        paid = months.filter(status=Contribution.Status.PAID)
        sent = paid.update(status=Contribution.Status.SENT, sent_at=now)
        bells.ring("remittance_made")
        return sent


def fetch_answers(*, now: datetime) -> dict[str, int]:
    """Ask the core about every remittance that is not wholly answered, and apply its word.

    Accepted months become cover in the same transaction, and each donor is told once per
    batch of answers; refused ones land on the branch's list with the core's reason.
    Idempotent: an answer to a month that is no longer `sent` changes nothing, but that
    BPJS has accepted a month whose money went back is kept, for `check_books` to tell.
    A remittance whose answers a person brings in (`answer_files`) is not asked about.
    """
    counts = {"accepted": 0, "rejected": 0, "unreachable": 0}
    waiting = Remittance.everything.exclude(core_reference="").filter(answered_at__isnull=True)
    for remittance in waiting.order_by("pk"):
        system = core_system(remittance.core)
        if system.by_hand:
            continue
        try:
            answers = system.answers(reference=remittance.core_reference, now=now)
        except CoreUnavailable:
            counts["unreachable"] += 1
            continue
        batch = f"{remittance.pk}:{now:%Y%m%d%H%M%S}"
        accepted, rejected = apply_answers(
            remittance=remittance, answers=answers, batch=batch, now=now
        )
        counts["accepted"] += accepted
        counts["rejected"] += rejected
    return counts


def resend_rejected(
    *, contribution: Contribution, by: User, now: datetime, whole: bool = False
) -> int:
    """Put a refused month into the next remittance again, as after a corrected NIK; `whole`
    all refused months of its sponsorship. Returns how many.

    A month that another donor has bought for the worker meanwhile is left out. Raises
    NotRejected where somebody decided first, MonthTaken where no month is free (the
    money can then only be credited), and ChangeWaits while a correction of the worker's
    data is not decided.
    """
    with transaction.atomic():
        lock_workers([contribution.worker_id])
        changes = WorkerChange.everything.filter(worker=contribution.worker_id)
        if changes.filter(status=WorkerChange.Status.PROPOSED).exists():
            raise ChangeWaits
        refused = _refused(contribution, whole=whole)
        taken = Contribution.everything.filter(
            worker=contribution.worker_id, month=OuterRef("month"), status__in=BOUGHT
        )
        free = refused.exclude(Exists(taken))
        if not free.exists():
            raise MonthTaken if refused.exists() else NotRejected
        before = {"remittance": contribution.remittance_id, "reason": contribution.core_reason}
        count = free.update(
            status=Contribution.Status.PAID,
            remittance=None,
            sent_at=None,
            closed_at=None,
            core_receipt="",
            core_reason="",
        )
        audit.record(
            action="contribution.resent",
            obj=contribution,
            actor=by,
            office=contribution.sponsorship.enrollment.office,
            now=now,
            before=before,
            after={"months": count},
        )
        return count


def credit_rejected(
    *, contribution: Contribution, by: User, now: datetime, whole: bool = False
) -> int:
    """Give the money of a refused month back to its donor as credit, and tell him; `whole`
    of all refused months of its sponsorship. Returns the rupiah.

    The sponsorship's run is shortened to the months that are left. A month whose payment the
    bank took back is left out: the ruling on that payment decides. Raises NotRejected.
    """
    with transaction.atomic():
        paid_by = _refused(contribution, whole=whole)
        hold_payments(paid_by.values_list("posting__payment", flat=True))
        lock_workers([contribution.worker_id])
        row = contribution.sponsorship
        refused = _refused(contribution, whole=whole)
        ids = list(refused.exclude(taken_back()).values_list("pk", flat=True))
        if not ids:
            raise NotRejected
        Contribution.everything.filter(pk__in=ids).update(
            status=Contribution.Status.REVERSED, closed_at=now
        )
        held = sum(worth_of(ids).values())
        ledger.post(
            # A month is credited once: the first of them makes the key this fact's own.
            key=f"rejected:{ids[0]}",
            kind="rejected_month",
            now=now,
            transfers=[(ledger.account(Account.Kind.PAYABLE), rest_account(row), held)],
        )
        recount_runs(
            sponsorship_ids=[row.pk],
            end_reason=Sponsorship.EndReason.REJECTED,
            today=jakarta_date(now),
            now=now,
        )
        audit.record(
            action="contribution.credited",
            obj=contribution,
            actor=by,
            office=row.enrollment.office,
            now=now,
            after={"amount": held, "months": len(ids)},
        )
        tell_donor(
            donor=row.donor,
            key=f"credited:{ids[0]}",
            kind="month_credited",
            text=lambda _user: rejected_credit_letter(row, amount=held),
            now=now,
        )
        return held


def _refused(contribution: Contribution, *, whole: bool) -> QuerySet[Contribution]:
    chosen = {"sponsorship": contribution.sponsorship_id} if whole else {"pk": contribution.pk}
    rows = Contribution.everything.filter(status=Contribution.Status.REJECTED, **chosen)
    return rows.order_by("pk")
