"""While a worker is reported dead, or his case is frozen, no invoice asks for him (P4, P18).

Pages look at the moment and close at once; here the invoices are withdrawn, and the
others on them are asked again without him. Nothing is parked or ended: once the report
proves untrue, or the case is thawed, the same jobs ask for him again.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from contributions import gate
from contributions.locks import lock_workers
from contributions.models import Contribution, Sponsorship
from contributions.services.billing import bill_due_orders
from contributions.services.releasing import void_open_invoices
from contributions.services.renewing import renew
from payments.models import Invoice, Payment
from payments.services.paying import InvoiceNotPayable
from payments.services.paying import start_payment as start_at_gateway
from workers.desk_selectors import FREEZABLE
from workers.models import Enrollment
from workers.report_selectors import workers_reported_dead

CHUNK = 500


class Withheld(InvoiceNotPayable):
    """Somebody stands on the invoice for whom nothing is taken now; why, nobody is told."""


def start_payment(
    *, invoice: Invoice, now: datetime, way: str = "", by: User | None = None
) -> Payment:
    """Open a payment at the gateway, unless the branch looks at somebody on the invoice.

    Raises Withheld, and what `payments.services.paying.start_payment` raises.
    """
    if gate.is_withheld(invoice):
        raise Withheld(invoice.number)
    return start_at_gateway(invoice=invoice, now=now, way=way, by=by)


def withhold(*, today: date, now: datetime) -> dict[str, int]:
    """Withdraw the open invoices on which a worker reported dead, or a frozen case, stands.

    The other workers of the order get their invoice at once, and those of a renewal
    theirs. Idempotent; what a job that dies leaves undone is asked by the jobs of the
    minute and of the night. Returns counts.
    """
    counts = {"withdrawn": 0, "invoices": 0, "renewals": 0}
    for ids in _chunks():
        with transaction.atomic():
            rows = Sponsorship.everything.filter(pk__in=ids)
            lock_workers(rows.values_list("worker", flat=True))
            # Read again beneath the lock: the branch may have ruled meanwhile.
            held = gate.withheld(rows)
            counts["withdrawn"] += void_open_invoices(sponsorship_ids=held, now=now)
    if counts["withdrawn"]:
        counts["invoices"] = bill_due_orders(today=today, now=now)["invoices"]
        counts["renewals"] = renew(today=today, now=now)["invoices"]
    return counts


def _chunks() -> Iterator[list[int]]:
    """The sponsorships with promised months that a report or a freeze may hold."""
    promised = Contribution.everything.filter(status=Contribution.Status.PROMISED).order_by()
    frozen = Enrollment.everything.filter(frozen_at__isnull=False, status__in=FREEZABLE)
    found = {
        *promised.filter(worker__in=workers_reported_dead()).values_list("sponsorship", flat=True),
        *promised.filter(sponsorship__enrollment__in=frozen.values("pk")).values_list(
            "sponsorship", flat=True
        ),
    }
    ids = sorted(found)
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
