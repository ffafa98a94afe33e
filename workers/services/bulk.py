"""A decision on many cases: first what would happen, then, once someone says so, it is sent.

Nothing is decided here. An officer's preview says case by case what would become of it;
he sends it, and above BULK_CONFIRM_ABOVE a day a supervisor, who is another person, confirms
it. `bulk_running` works off what is confirmed.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date, jakarta_midnight
from donors.models import DonorMember
from notices import bells
from regions.models import Office
from workers import desk_selectors
from workers.models import BulkDecision, BulkLine, Check, Enrollment, EnrollmentEvent
from workers.obstacles import JOBS_OF_ANY_SECTOR, TO_LOOK_AT, Obstacle
from workers.reasons import REJECT_REASONS, WHOLE_CASE, is_return_reason
from workers.services.holding import CannotDecide, ReasonMissing

Status = BulkDecision.Status
Verb = BulkDecision.Verb
#: So many cases are looked up in one statement.
CHUNK = 5_000


class NothingToDecide(CannotDecide):
    """No case is left that could be decided."""

    sentence = _("Tidak ada kasus yang dapat diputuskan. Pilih kasus lain.")


class AlreadySent(CannotDecide):
    """Somebody has sent, confirmed, refused or withdrawn it meanwhile."""

    sentence = _("Keputusan bersama ini sudah tidak menunggu.")


class MakerIsChecker(CannotDecide):
    """Whoever proposed it may not confirm it."""

    sentence = _("Usulan sendiri dikonfirmasi penyelia lain.")


class NotSupervisor(CannotDecide):
    """The person is no supervisor of the office."""

    sentence = _("Hanya penyelia kantor ini yang dapat mengonfirmasi.")


class NotMaker(CannotDecide):
    """The person has not made it."""

    sentence = _("Hanya pengusulnya yang dapat melakukan ini.")


# --- the dry run --------------------------------------------------------------------
@transaction.atomic
def preview(
    *,
    officer: User,
    verb: str,
    enrollments: Collection[int],
    now: datetime,
    reasons: Mapping[str, str] | None = None,
    note: str = "",
) -> BulkDecision:
    """Say for each of these cases whether the verb would decide it, or what stands in the way.

    One branch decides: it is that of the first case at the officer's desk, and the cases
    of his other desks are left out (ELSEWHERE). Reads the stored checks; the number of
    questions does not grow with the cases (one per CHUNK). `reasons` are those of
    `return_case`, or the one of `reject` under WHOLE_CASE. Decides nothing. Raises
    ReasonMissing, NothingToDecide (no case at all).
    """
    verb = Verb(verb)
    reasons = dict(reasons or {})
    _refuse_reasons(verb, reasons)
    ids = list(dict.fromkeys(enrollments))
    if not ids:
        raise NothingToDecide
    office = _branch_of(officer, ids)
    found = dict(_obstacles(officer, office, verb, ids))
    doable = sum(not obstacle for obstacle in found.values())
    decision = BulkDecision.everything.create(
        office=office,
        verb=verb,
        reasons=reasons,
        note=note,
        needs_second=_needs_second(officer, doable, now),
        proposed_by=officer,
        proposed_at=now,
    )
    BulkLine.objects.bulk_create(
        BulkLine(decision=decision, enrollment_id=pk, obstacle=found[pk])
        for pk in ids
        if pk in found
    )
    return decision


def _needs_second(officer: User, doable: int, now: datetime) -> bool:
    """Tell whether with these cases the officer decides more on one business day, alone and
    in bulk, than BULK_CONFIRM_ABOVE: many small decisions count as one large one."""
    alone = BulkLine.objects.filter(
        decision__proposed_by=officer,
        decision__needs_second=False,
        decision__status__in=[Status.CONFIRMED, Status.DONE],
        decision__proposed_at__gte=jakarta_midnight(jakarta_date(now)),
        obstacle="",
    )
    return doable + alone.count() > settings.BULK_CONFIRM_ABOVE


def _one_at_a_time(officer: User) -> None:
    """Hold the officer's own row: of two decisions that he sends at once the second counts
    the first. Free on SQLite, where the transaction itself (IMMEDIATE) is the lock."""
    list(User.objects.filter(pk=officer.pk).select_for_update(no_key=True).values_list("pk"))


def _refuse_reasons(verb: str, reasons: Mapping[str, str]) -> None:
    known = {
        Verb.APPROVE: not reasons,
        Verb.RETURN: bool(reasons) and all(is_return_reason(*pair) for pair in reasons.items()),
        Verb.REJECT: [*reasons] == [WHOLE_CASE] and reasons[WHOLE_CASE] in REJECT_REASONS,
    }
    if not known[Verb(verb)]:
        raise ReasonMissing


class _Case(NamedTuple):
    """What the dry run reads of a case."""

    pk: int
    status: str
    taken_by: int | None
    donor: int
    office: int | None
    frozen_at: datetime | None
    occupation: str | None


def _branch_of(officer: User, ids: list[int]) -> Office:
    """The office of the officer's own under which the first case at his desk lies; where
    none does, the one for which he works. Its supervisors confirm."""
    desk = desk_selectors.desk_offices(officer)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        cases = Enrollment.everything.filter(pk__in=chunk, office__in=desk)
        lying = dict(cases.values_list("pk", "office"))
        first = next((pk for pk in chunk if pk in lying), None)
        if first is not None:
            return desk_selectors.own_office_above(officer, Office.objects.get(pk=lying[first]))
    return desk_selectors.desk_office(officer)


def _obstacles(
    officer: User, office: Office, verb: str, ids: list[int]
) -> Iterator[tuple[int, str]]:
    """Yield each case with its obstacle; empty where nothing stands in the way."""
    desk = set(desk_selectors.with_those_below([office]).values_list("pk", flat=True))
    own = DonorMember.objects.filter(user=officer, left_at__isnull=True)
    donors = set(own.values_list("donor", flat=True))
    declared = EnrollmentEvent.objects.filter(kind=desk_selectors.FAMILY_DECLARED, actor=officer)
    family = set(declared.values_list("enrollment", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows = Enrollment.everything.filter(pk__in=chunk).values_list(*_Case._fields)
        found = _found_by_checks(chunk) if verb == Verb.APPROVE else {}
        for case in map(_Case._make, rows):
            yield (
                case.pk,
                _in_the_way(case, officer, desk, is_own=case.donor in donors or case.pk in family)
                or (_against_approval(case, found.get(case.pk)) if verb == Verb.APPROVE else ""),
            )


def _found_by_checks(ids: list[int]) -> dict[int, set[tuple[str, str]]]:
    """What the stored checks of each case found; a case without checks has no entry."""
    found: dict[int, set[tuple[str, str]]] = {}
    checks = Check.objects.filter(enrollment__in=ids)
    for pk, kind, outcome in checks.values_list("enrollment", "kind", "outcome"):
        found.setdefault(pk, set()).add((kind, outcome))
    return found


def _in_the_way(case: _Case, officer: User, desk: Collection[int], *, is_own: bool) -> str:
    if case.status not in Enrollment.UNDECIDED:
        return Obstacle.NOT_WAITING
    if case.office not in desk:
        return Obstacle.ELSEWHERE
    if case.taken_by not in (None, officer.pk):
        return Obstacle.HELD
    return Obstacle.OWN if is_own else ""


def _against_approval(case: _Case, found: set[tuple[str, str]] | None) -> str:
    """What forbids an approval without looking, by the same rules as `deciding.approve`."""
    if found is None:
        return Obstacle.UNCHECKED
    stopped = {kind for kind, outcome in found if outcome == Check.Outcome.STOP}
    noted = {kind for kind, outcome in found if outcome == Check.Outcome.NOTE}
    in_the_way = {
        Obstacle.FROZEN: case.frozen_at is not None,
        Obstacle.CONSENT: "consent" in stopped,
        Obstacle.STOPPED: bool(stopped),
        Obstacle.PROOF: any(kind.startswith("risk_") for kind in noted),
        Obstacle.SECTOR: case.occupation in JOBS_OF_ANY_SECTOR,
    }
    unseen = (word for kind, word in TO_LOOK_AT.items() if kind in noted)
    return next((word for word, stands in in_the_way.items() if stands), next(unseen, ""))


# --- its way to the clock job ----------------------------------------------------------
@transaction.atomic
def send(*, decision: BulkDecision, officer: User, now: datetime) -> BulkDecision:
    """Let a preview be worked off, or be proposed to the supervisor where he must confirm.

    Sending twice changes nothing (a double click). Rings `bulk_confirmed`. Raises
    NotMaker, NothingToDecide, AlreadySent.
    """
    if decision.proposed_by_id != officer.pk:
        raise NotMaker
    _one_at_a_time(officer)
    doable = decision.lines.filter(obstacle="").count()
    if not doable:
        raise NothingToDecide
    needs_second = decision.needs_second or _needs_second(officer, doable, now)
    sent = _move(
        decision,
        Status.PREVIEW,
        status=Status.PROPOSED if needs_second else Status.CONFIRMED,
        needs_second=needs_second,
        proposed_at=now,
    )
    if not sent and decision.status == Status.WITHDRAWN:
        raise AlreadySent
    if sent:
        _tell(decision, "bulk.proposed" if decision.needs_second else "bulk.sent", officer, now)
        if not decision.needs_second:
            _let_work(decision)
    return decision


@transaction.atomic
def confirm(*, decision: BulkDecision, supervisor: User, now: datetime) -> BulkDecision:
    """Confirm what an officer proposed; the clock job then works it off.

    The confirming person is another one than the proposing (also a constraint:
    `bulk_maker_is_not_checker`). Confirming twice changes nothing. Raises MakerIsChecker,
    NotSupervisor, AlreadySent.
    """
    _refuse_checker(decision, supervisor)
    changes = {"status": Status.CONFIRMED, "confirmed_by": supervisor, "confirmed_at": now}
    if not _move(decision, Status.PROPOSED, **changes):
        if decision.confirmed_by_id == supervisor.pk:
            return decision
        raise AlreadySent
    _tell(decision, "bulk.confirmed", supervisor, now)
    _let_work(decision)
    return decision


@transaction.atomic
def refuse(*, decision: BulkDecision, supervisor: User, now: datetime) -> BulkDecision:
    """Refuse what an officer proposed: nothing is decided.

    Raises MakerIsChecker, NotSupervisor, AlreadySent.
    """
    _refuse_checker(decision, supervisor)
    changes = {"status": Status.REFUSED, "confirmed_by": supervisor, "confirmed_at": now}
    if not _move(decision, Status.PROPOSED, finished_at=now, **changes):
        raise AlreadySent
    _tell(decision, "bulk.refused", supervisor, now)
    return decision


@transaction.atomic
def withdraw(*, decision: BulkDecision, officer: User, now: datetime) -> BulkDecision:
    """Take back one's own decision that nobody has confirmed. Raises NotMaker, AlreadySent."""
    if decision.proposed_by_id != officer.pk:
        raise NotMaker
    if not _move(
        decision, Status.PREVIEW, Status.PROPOSED, status=Status.WITHDRAWN, finished_at=now
    ):
        raise AlreadySent
    _tell(decision, "bulk.withdrawn", officer, now)
    return decision


def _refuse_checker(decision: BulkDecision, supervisor: User) -> None:
    if decision.proposed_by_id == supervisor.pk:
        raise MakerIsChecker
    if not desk_selectors.supervises(supervisor, decision.office):
        raise NotSupervisor


def _move(decision: BulkDecision, *before: str, **changes: Any) -> bool:
    """Change a decision if it stands in one of these states in this very instant."""
    rows = BulkDecision.everything.filter(pk=decision.pk, status__in=before)
    moved = rows.update(**changes) == 1
    decision.refresh_from_db()
    return moved


def _let_work(decision: BulkDecision) -> None:
    """Settle the lines that the dry run left out, and wake the job for the others."""
    left_out = decision.lines.exclude(obstacle="").filter(outcome=BulkLine.Outcome.WAITING)
    left_out.update(outcome=BulkLine.Outcome.SKIPPED, outcome_reason=F("obstacle"))
    bells.ring("bulk_confirmed")


def _tell(decision: BulkDecision, action: str, actor: User, now: datetime) -> None:
    record(
        action=action,
        obj=decision,
        now=now,
        actor=actor,
        office=decision.office,
        after={
            "verb": decision.verb,
            "status": decision.status,
            "cases": decision.lines.filter(obstacle="").count(),
            **({"reasons": decision.reasons} if decision.reasons else {}),
        },
    )
