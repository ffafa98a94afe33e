"""What follows when a branch takes an approval back: nothing is asked for it any more."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from contributions import locks
from contributions.models import Sponsorship
from contributions.services.billing import bill_due_orders
from contributions.services.releasing import void_open_invoices
from workers.models import Enrollment

UNPAID = (Sponsorship.Status.AWAITING_PAYMENT, Sponsorship.Status.PROPOSED)


def end_annulled(*, today: date, now: datetime) -> dict[str, int]:
    """End the unpaid sponsorships of rejected cases, and withdraw the invoices they stand on.

    Only an annulled case is rejected and has a sponsorship. Each order in a transaction of
    its own; its other workers get a fresh invoice. The donor has read why in the branch's
    letter. Idempotent. Returns counts.
    """
    orders = _annulled().order_by("enrollment__order").values_list("enrollment__order", flat=True)
    ended = sum(_end_in_order(order_id, now) for order_id in list(orders.distinct()))
    if not ended:
        return {"ended": 0}
    return {"ended": ended, **bill_due_orders(today=today, now=now)}


def _annulled() -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(
        status__in=UNPAID, enrollment__status=Enrollment.Status.REJECTED
    )


def _end_in_order(order_id: int, now: datetime) -> int:
    with transaction.atomic():
        every = Enrollment.everything.filter(order=order_id, worker__isnull=False)
        locks.lock_workers(every.values_list("worker", flat=True))
        ids = list(_annulled().filter(enrollment__order=order_id).values_list("pk", flat=True))
        void_open_invoices(sponsorship_ids=ids, now=now)
        return Sponsorship.everything.filter(pk__in=ids, status__in=UNPAID).update(
            status=Sponsorship.Status.ENDED,
            ended_at=now,
            end_reason=Sponsorship.EndReason.ANNULLED,
        )
