"""From an approved enrollment to a sponsorship with its invoice."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from bricks.clock import jakarta_date
from contributions import locks
from contributions.models import Sponsorship
from contributions.services.billing import (
    bill_due_orders,
    bill_order,
    tell_queued,
    workers_renewed_by_others,
)
from contributions.services.releasing import ask_ends_again
from contributions.services.taking_over import stop_formers
from contributions.tariffs import NoTariff
from workers.models import Enrollment

logger = logging.getLogger(__name__)

#: An order is invoiced whole, once the branch has decided each of its cases; but a case
#: that is not decided for so long no longer holds up the others, whose approvals run out.
PATIENCE = timedelta(days=5)


def follow_up_approvals(*, now: datetime) -> dict[str, int]:
    """Make sponsorships of approved enrollments, and every first invoice that is missing.

    Each order is followed up in one transaction: its approved cases become sponsorships
    that await payment (or queue behind the one that renews for the worker), with one
    invoice, promised months at today's prices and a message to the donor. Idempotent:
    `followed_up_at` says done, and two jobs side by side make one invoice. Returns counts.
    """
    today = jakarta_date(now)
    counts = {"sponsorships": 0, "invoices": 0, "queued": 0, "without_tariff": 0}
    waiting = _approved(now).order_by("order").values_list("order", flat=True).distinct()
    for order_id in list(waiting):
        try:
            made, billed, queued = _follow_up_order(order_id, now)
        except NoTariff:
            logger.exception("order %s cannot be billed", order_id)
            counts["without_tariff"] += 1
            continue
        counts["sponsorships"] += made
        counts["invoices"] += billed
        counts["queued"] += queued
    for name, count in bill_due_orders(today=today, now=now).items():
        counts[name] += count
    return counts


def _approved(now: datetime) -> QuerySet[Enrollment]:
    """Approved cases that nobody has followed up, and that can still be paid."""
    return Enrollment.everything.filter(
        status=Enrollment.Status.APPROVED,
        followed_up_at__isnull=True,
        approved_until__gte=jakarta_date(now),
    )


def _follow_up_order(order_id: int, now: datetime) -> tuple[int, int, int]:
    """Return how many sponsorships were made, invoices issued, and sponsorships queued."""
    with transaction.atomic():
        ready = _approved(now).filter(order=order_id)
        locks.lock_workers(ready.values_list("worker", flat=True))
        cases = list(
            ready.select_related("programme", "worker", "donor")
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        if not cases or _is_held_up(order_id, cases, now):
            return 0, 0, 0
        Enrollment.everything.filter(pk__in=[case.pk for case in cases]).update(followed_up_at=now)
        stop_formers(cases=cases, now=now)
        made = [_sponsorship(case, now) for case in cases]
        renewed = workers_renewed_by_others(made)
        for row in made:
            if row.worker_id in renewed:
                row.status = Sponsorship.Status.PROPOSED
        Sponsorship.everything.bulk_create(made)
        ask_ends_again(worker_ids=[row.worker_id for row in made])
        queued = [row for row in made if row.status == Sponsorship.Status.PROPOSED]
        for row in queued:
            tell_queued(row, now=now)
        invoice, _ = bill_order(order_id=order_id, today=jakarta_date(now), now=now)
        return len(made), int(invoice is not None), len(queued)


def _is_held_up(order_id: int, cases: list[Enrollment], now: datetime) -> bool:
    undecided = Enrollment.everything.filter(order=order_id, status__in=Enrollment.UNDECIDED)
    oldest = min(case.decided_at for case in cases if case.decided_at)
    return now - oldest < PATIENCE and undecided.exists()


def _sponsorship(case: Enrollment, now: datetime) -> Sponsorship:
    """Build the promise that an approved case makes; an agreement's last day is not renewed."""
    return Sponsorship(
        enrollment=case,
        worker=case.worker,
        donor=case.donor,
        programme=case.programme,
        status=Sponsorship.Status.AWAITING_PAYMENT,
        months=case.months,
        bracket=case.bracket,
        jht=case.jht,
        sector=case.sector,
        funding=case.programme.funding,
        renews=case.programme.fixed_until is None,
        created_at=now,
    )
