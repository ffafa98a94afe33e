"""The end of what was not paid: invoices, and the approvals behind them (P6)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from contributions import locks
from contributions.letters import approval_expired_letter
from contributions.models import Contribution, Sponsorship
from contributions.services.billing import bill_due_orders
from contributions.services.releasing import release_invoice, void_open_invoices
from contributions.services.telling import tell_donor
from payments.models import Invoice
from workers.models import Enrollment
from workers.report_selectors import workers_reported_dead
from workers.services.thread import tell_thread

UNPAID = (Sponsorship.Status.AWAITING_PAYMENT, Sponsorship.Status.PROPOSED)


def expire(*, today: date, now: datetime) -> dict[str, int]:
    """End what can no longer be paid, then ask again where the approval still holds.

    Open invoices whose time is over are closed and their months released. Approvals that
    were not paid by their last day expire with their sponsorships, and the donors are
    told. Whoever still awaits payment gets a fresh invoice for the present month. The
    approvals of a worker who is reported dead wait for the branch's ruling, which gives
    them back the lost days. Idempotent; catches up missed days. Returns counts.
    """
    return {
        "expired_invoices": _expire_invoices(now),
        "expired_approvals": _expire_approvals(today, now),
        **bill_due_orders(today=today, now=now),
    }


def _expire_invoices(now: datetime) -> int:
    count = 0
    over = Invoice.everything.filter(status=Invoice.Status.OPEN, expires_at__lte=now)
    for invoice in over.order_by("expires_at", "pk"):
        with transaction.atomic():
            lines = Contribution.everything.filter(invoice=invoice)
            locks.lock_workers(lines.values_list("worker", flat=True))
            release_invoice(invoice=invoice, status=Invoice.Status.EXPIRED, now=now)
            count += invoice.status == Invoice.Status.EXPIRED
    return count


def _over(today: date) -> list[QuerySet[Enrollment]]:
    """Approved cases past their last day that bought nothing: never followed up, or billed.

    Two questions, because each has its index and both together have none.
    """
    past = Enrollment.everything.filter(
        status=Enrollment.Status.APPROVED, approved_until__lt=today
    ).exclude(worker__in=workers_reported_dead())
    unpaid = Sponsorship.everything.filter(status__in=UNPAID)
    return [
        past.filter(followed_up_at__isnull=True),
        past.filter(pk__in=unpaid.values("enrollment")),
    ]


def _expire_approvals(today: date, now: datetime) -> int:
    """Expire approvals, each order in a transaction of its own with one letter."""
    orders = {pk for rows in _over(today) for pk in rows.values_list("order", flat=True)}
    return sum(_expire_order(order_id, today, now) for order_id in sorted(orders))


def _expire_order(order_id: int, today: date, now: datetime) -> int:
    with transaction.atomic():
        every = Enrollment.everything.filter(order=order_id, worker__isnull=False)
        locks.lock_workers(every.values_list("worker", flat=True))
        cases = [
            case
            for rows in _over(today)
            for case in rows.filter(order=order_id).select_related("worker", "donor", "office")
        ]
        if cases:
            _expire_cases(sorted(cases, key=lambda case: case.position), now)
        return len(cases)


def _expire_cases(cases: list[Enrollment], now: datetime) -> None:
    ids = [case.pk for case in cases]
    Enrollment.everything.filter(pk__in=ids).update(status=Enrollment.Status.EXPIRED)
    rows = Sponsorship.everything.filter(enrollment__in=ids, status__in=UNPAID)
    void_open_invoices(sponsorship_ids=list(rows.values_list("pk", flat=True)), now=now)
    rows.update(
        status=Sponsorship.Status.ENDED, ended_at=now, end_reason=Sponsorship.EndReason.UNPAID
    )
    for case in cases:
        tell_thread(enrollment=case, kind="expired", now=now)
    names = [case.worker.short_name for case in cases if case.worker]
    tell_donor(
        donor=cases[0].donor,
        key=f"approval_expired:{ids[0]}:{cases[0].approved_until}",
        kind="approval_expired",
        text=lambda _user: approval_expired_letter(names),
        now=now,
    )
