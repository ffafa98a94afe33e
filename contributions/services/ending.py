"""What follows when something happens to a worker: the end of sponsorships, kindly told.

The events stand on the floor below (`workers.services.living`). Months that have begun
stay, and so does cover; money for months that have not begun goes back to its payer.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from bricks.clock import jakarta_date
from bricks.months import ONE_DAY, add_months
from contributions import locks
from contributions.models import Contribution, Sponsorship
from contributions.services.asking import ask_again
from contributions.services.billing import (
    bought_by_others,
    goes_on,
    workers_renewed_by_others,
)
from contributions.services.crediting import rest_account
from contributions.services.recounting import recount_runs
from contributions.services.releasing import void_open_invoices
from contributions.services.telling import tell_donor
from contributions.worker_letters import Ended, ended_letter, resumed_letter
from contributions.worth import worth_sum
from payments import ledger
from payments.models import Account, Payment
from workers.models import Enrollment, WorkerEvent
from workers.services.thread import tell_thread

logger = logging.getLogger(__name__)

Kind = WorkerEvent.Kind
Status = Sponsorship.Status
Reason = Sponsorship.EndReason
Month = Contribution.Status
LIVE = (Status.PROPOSED, Status.AWAITING_PAYMENT, Status.ACTIVE)
UNPAID = (Status.PROPOSED, Status.AWAITING_PAYMENT)
REASONS = {Kind.DIED: Reason.DIED, Kind.EMPLOYEE: Reason.EMPLOYEE, Kind.LEFT: Reason.LEFT}
#: Months whose money goes back while they have not begun; of accepted ones a person decides.
RETURNABLE = (Month.PAID, Month.SENT, Month.REJECTED)
RETURNED = "months_returned"
PARKED_AHEAD = "accepted months ahead of a worker who ended"


@dataclass(frozen=True)
class Outcome:
    """What one event has changed, in sponsorships and months."""

    ended: int = 0
    resumed: int = 0
    returned: int = 0


def follow_up_events(*, now: datetime) -> dict[str, int]:
    """Draw what follows from every event of a worker's life that waits. Idempotent.

    Each event in a transaction of its own; one that cannot be worked out is logged,
    counted as failed and left for the next run. Whoever stood on a withdrawn invoice
    beside the worker is asked again at once. Returns counts.
    """
    counts = {"events": 0, "ended": 0, "resumed": 0, "returned_months": 0, "failed": 0}
    for event_id in list(_waiting().order_by("recorded_at", "pk").values_list("pk", flat=True)):
        try:
            outcome = follow_up_event(event_id=event_id, now=now)
        except (DatabaseError, ledger.LedgerError):
            logger.exception("worker event %s could not be followed up", event_id)
            counts["failed"] += 1
            continue
        if outcome is not None:
            counts["events"] += 1
            counts["ended"] += outcome.ended
            counts["resumed"] += outcome.resumed
            counts["returned_months"] += outcome.returned
    if counts["ended"] or counts["resumed"]:
        ask_again(today=jakarta_date(now), now=now)
    return counts


def follow_up_event(*, event_id: int, now: datetime) -> Outcome | None:
    """Follow up one event in one transaction; None if another job was faster.

    Employee, left, died: the worker's sponsorships end with the reason, their open
    invoices are withdrawn, and months not begun whose money BPJS has not accepted go
    back to their payer (`crediting.rest_account`). Accepted months ahead stay; the
    sponsorship is parked and a person decides (`check_books` names it). 65th birthday:
    only approvals not yet paid end (domain reference 1.5). A revoked event gives back
    what it ended, where the run or the approval still holds. The donors are told. An end
    waits, None again, while a file with the worker's months may have reached BPJS and
    nobody knows.
    """
    event = WorkerEvent.everything.get(pk=event_id)
    with transaction.atomic():
        # The worker before the event, as who revokes it does.
        locks.lock_workers([event.worker_id])
        if not _waiting().filter(pk=event_id).exists() or _is_sending(event):
            return None
        WorkerEvent.everything.filter(pk=event_id).update(followed_up_at=now)
        event = WorkerEvent.everything.select_related("worker").get(pk=event_id)
        if event.revoked_at is not None:
            return _resume(event, now)
        if event.kind in REASONS:
            return _end(event, now)
        return _end_unpaid(event, now) if event.kind == Kind.TURNED_65 else Outcome()


def _waiting() -> QuerySet[WorkerEvent]:
    """Events that nobody has followed up; who makes or revives a sponsorship beside one
    that ends it asks for it again (`releasing.ask_ends_again`)."""
    return WorkerEvent.everything.filter(followed_up_at__isnull=True)


def _is_sending(event: WorkerEvent) -> bool:
    """Tell whether months of the worker stand in a file of which BPJS's word is not known."""
    sending = Contribution.everything.filter(
        worker=event.worker_id, status=Month.PAID, remittance__core_reference=""
    )
    return event.kind in REASONS and sending.exists()


# --- the end ---------------------------------------------------------------------------
def _end(event: WorkerEvent, now: datetime) -> Outcome:
    rows = _rows(Sponsorship.everything.filter(worker=event.worker_id, status__in=LIVE))
    reason = REASONS[Kind(event.kind)]
    _close(rows, reason, event, now)
    months = {row.pk: _return_months(row, event, now) for row in rows}
    recount_runs(sponsorship_ids=list(months), end_reason=reason, today=jakarta_date(now), now=now)
    for row in rows:
        row.refresh_from_db()
        told = Ended(
            kind=event.kind,
            paid_until=row.paid_until,
            returned=worth_sum(months[row.pk]),
        )
        _record(row, "ended_by_event", event, now, returned=told.returned)
        _tell_end(row, event, told, months[row.pk], now)
    return Outcome(ended=len(rows), returned=sum(len(found) for found in months.values()))


def _close(rows: list[Sponsorship], reason: str, event: WorkerEvent, now: datetime) -> None:
    ids = [row.pk for row in rows]
    void_open_invoices(sponsorship_ids=ids, now=now)
    Sponsorship.everything.filter(pk__in=ids).update(
        status=Status.ENDED, ended_at=now, end_reason=reason, ended_by=event
    )


def _return_months(row: Sponsorship, event: WorkerEvent, now: datetime) -> list[Contribution]:
    """Give the money of the months that have not begun back to their payer as credit.

    What the bank has taken back is no money any more: those months go with its reversal.
    """
    ahead = Contribution.everything.filter(sponsorship=row, covered_from__gt=jakarta_date(now))
    returnable = ahead.filter(status__in=RETURNABLE)
    paid = returnable.exclude(posting__payment__status=Payment.Status.REVERSED)
    back = list(paid.order_by("pk"))
    if back:
        ledger.post(
            # A month goes back once: the first of them makes the key this fact's own.
            key=f"event:{event.pk}:{row.pk}:{back[0].pk}",
            kind=RETURNED,
            now=now,
            transfers=[
                (
                    ledger.account(Account.Kind.PAYABLE),
                    rest_account(row),
                    worth_sum(back),
                )
            ],
        )
        Contribution.everything.filter(pk__in=[month.pk for month in back]).update(
            status=Month.REVERSED, closed_at=now
        )
    if ahead.filter(status=Month.ACCEPTED).exists():
        Sponsorship.everything.filter(pk=row.pk, parked_at__isnull=True).update(
            parked_at=now, parked_reason=PARKED_AHEAD
        )
    return back


def _end_unpaid(event: WorkerEvent, now: datetime) -> Outcome:
    """End the approvals that were never paid: new cover may no longer begin, unless it goes on
    with cover that runs."""
    found = _rows(Sponsorship.everything.filter(worker=event.worker_id, status__in=UNPAID))
    others, today = bought_by_others(found), jakarta_date(now)
    rows = [row for row in found if not goes_on(row, today, others[row.pk])]
    _close(rows, Reason.UNPAID, event, now)
    cases = Enrollment.everything.filter(
        Q(followed_up_at__isnull=True) | Q(pk__in=[row.enrollment_id for row in rows]),
        worker=event.worker_id,
        status=Enrollment.Status.APPROVED,
    ).exclude(followed_up_at__isnull=True, continues__isnull=False)
    for case in cases.select_related("office", "donor"):
        Enrollment.everything.filter(pk=case.pk).update(status=Enrollment.Status.EXPIRED)
        tell_thread(enrollment=case, kind="expired", now=now)
        told = Ended(kind=event.kind, paid_until=None, returned=0)
        tell_donor(
            donor=case.donor,
            key=f"worker_event:{event.pk}:case:{case.pk}",
            kind="sponsorship_ended",
            text=lambda _user, told=told: ended_letter(event.worker, told),  # type: ignore[misc]
            now=now,
        )
    for row in rows:
        _record(row, "ended_by_event", event, now, returned=0)
    return Outcome(ended=len(rows))


# --- and back ----------------------------------------------------------------------------
def _resume(event: WorkerEvent, now: datetime) -> Outcome:
    """Take up again what a revoked event has ended, as far as run or approval still hold."""
    ended = Sponsorship.everything.filter(ended_by=event, status=Status.ENDED)
    other = WorkerEvent.everything.filter(
        worker=event.worker_id, kind__in=REASONS, revoked_at__isnull=True
    ).first()
    if other is not None:
        ended.update(ended_by=other, end_reason=REASONS[Kind(other.kind)])
        return Outcome()
    today, resumed = jakarta_date(now), 0
    for row in _rows(ended):
        status = _status_again(row, today)
        resumed += status != Status.ENDED
        if status != Status.ENDED:
            _take_up(row, status, now)
        _record(row, "resumed_by_event", event, now, status=status)
        tell_donor(
            donor=row.donor,
            key=f"worker_event:{event.pk}:back:{row.pk}",
            kind="sponsorship_resumed",
            text=lambda _user, row=row, status=status: resumed_letter(  # type: ignore[misc]
                row.worker, goes_on=status != Status.ENDED
            ),
            now=now,
        )
    return Outcome(resumed=resumed)


def _status_again(row: Sponsorship, today: date) -> Status:
    case = row.enrollment
    approved = case.status == Enrollment.Status.APPROVED
    # What the birthday ended was an approval, which a corrected birth date gives back.
    approved = approved or (
        row.end_reason == Reason.UNPAID and case.status == Enrollment.Status.EXPIRED
    )
    if approved and row.paid_until and today < _runs_before(row, row.paid_until):
        return Status.ACTIVE
    holds = approved and case.approved_until and case.approved_until >= today
    return Status.AWAITING_PAYMENT if holds and not row.paid_until else Status.ENDED


def _runs_before(row: Sponsorship, paid_until: date) -> date:
    """Return the day on which the clock would have ended it (`lapsing`)."""
    over = paid_until + ONE_DAY
    return add_months(over, settings.ARREARS_MONTHS) if row.renews else over


def _take_up(row: Sponsorship, status: Status, now: datetime) -> None:
    if row.enrollment.status == Enrollment.Status.EXPIRED:
        Enrollment.everything.filter(pk=row.enrollment_id).update(status=Enrollment.Status.APPROVED)
        tell_thread(enrollment=row.enrollment, kind="approved", now=now)
    row.renews = row.renews and not (status == Status.ACTIVE and workers_renewed_by_others([row]))
    row.status, row.ended_at, row.end_reason, row.ended_by = status, None, Reason.NONE, None
    if row.parked_reason == PARKED_AHEAD:
        row.parked_at, row.parked_reason = None, ""
    row.save(
        update_fields=[
            "renews",
            "status",
            "ended_at",
            "end_reason",
            "ended_by",
            "parked_at",
            "parked_reason",
        ]
    )


# --- what both ways share -------------------------------------------------------------------
def _rows(found: QuerySet[Sponsorship]) -> list[Sponsorship]:
    return list(
        found.select_related("donor", "programme", "worker", "enrollment__office").order_by("pk")
    )


def _record(
    row: Sponsorship, step: str, event: WorkerEvent, now: datetime, **after: object
) -> None:
    audit.record(
        action=f"sponsorship.{step}",
        obj=row,
        office=row.enrollment.office,
        now=now,
        after={"event": event.pk, "kind": event.kind, **after},
    )


def _tell_end(
    row: Sponsorship, event: WorkerEvent, told: Ended, back: list[Contribution], now: datetime
) -> None:
    tell_donor(
        donor=row.donor,
        key=f"worker_event:{event.pk}:{row.pk}:{back[0].pk if back else 0}",
        kind="sponsorship_ended",
        text=lambda _user: ended_letter(row.worker, told),
        now=now,
    )
