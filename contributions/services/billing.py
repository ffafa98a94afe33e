"""Invoices of cover that is still to be paid for the first time, one per order."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from bricks.clock import end_of_jakarta_day, jakarta_midnight
from bricks.months import ONE_DAY, add_months
from contributions import gate, locks
from contributions.bills import bill_of
from contributions.letters import ReliefEnd, invoice_letter, queued_letter
from contributions.models import Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.quotes import MOST_MONTHS
from contributions.runs import Period, Plan, plan
from contributions.services.telling import tell_donor
from contributions.tariffs import NoTariff, Price, TariffTable
from donors.models import Programme
from payments.models import Invoice
from payments.services.invoices import issue_invoice, number_invoice
from workers.age import turns_65_on
from workers.models import Enrollment

logger = logging.getLogger(__name__)

Status = Sponsorship.Status
UNPAID = (Status.AWAITING_PAYMENT, Status.PROPOSED)


@dataclass(frozen=True)
class Demand:
    """What one sponsorship is asked for: months with their prices, in order; and whether
    they go on with cover that runs, for which no age is asked."""

    sponsorship: Sponsorship
    plan: Plan
    prices: tuple[Price, ...]
    goes_on: bool = False


def bill_due_orders(*, today: date, now: datetime) -> dict[str, int]:
    """Issue the invoices that are missing, each order in a transaction of its own.

    Missing is the invoice of a sponsorship that has never been paid, or not any more,
    whose approval still holds and for which no month is promised: after an approval,
    after its invoice expired, was withdrawn or paid in part, or when its turn has come.
    An order whose months have no tariff is logged and counted, and stops no other.
    Nothing is asked for whom the gate withholds (`contributions.gate`).
    """
    counts = {"invoices": 0, "queued": 0, "without_tariff": 0}
    lines = _due(today).values_list("pk", "worker", "enrollment", "enrollment__order")
    due = list(lines)
    held = gate.withheld_lines(line[:3] for line in due)
    for order_id in sorted({order for row, _worker, _case, order in due if row not in held}):
        try:
            billed, queued = bill_order(order_id=order_id, today=today, now=now)
        except NoTariff:
            logger.exception("order %s cannot be billed", order_id)
            counts["without_tariff"] += 1
            continue
        counts["invoices"] += billed is not None
        counts["queued"] += queued
    return counts


def bill_order(*, order_id: int, today: date, now: datetime) -> tuple[Invoice | None, int]:
    """Issue one invoice for all sponsorships of an order that need one, and tell the donor.

    Returns the invoice, or None, and how many sponsorships queue because another one
    renews for their worker. Idempotent: whoever has promised months is left alone.
    Raises NoTariff, and then nothing has happened.
    """
    with transaction.atomic():
        due = _due(today).filter(enrollment__order=order_id)
        locks.lock_workers(due.values_list("worker", flat=True))
        rows = list(
            due.select_related("worker", "donor", "programme", "enrollment__programme").order_by(
                "enrollment__position"
            )
        )
        held = gate.withheld(rows)
        rows = [row for row in rows if row.pk not in held]
        renewed = workers_renewed_by_others(rows) - workers_left_unpaid(rows, today)
        queued = _queue([row for row in rows if row.worker_id in renewed], now)
        demands = _demands([row for row in rows if row.worker_id not in renewed], today)
        return (_issue(demands, now=now) if demands else None), queued


def _due(today: date) -> QuerySet[Sponsorship]:
    promised = Contribution.everything.filter(
        sponsorship=OuterRef("pk"), status=Contribution.Status.PROMISED
    )
    renewed = Sponsorship.everything.filter(
        worker=OuterRef("worker"), status=Status.ACTIVE, renews=True
    )
    return Sponsorship.everything.filter(
        Q(status=Status.AWAITING_PAYMENT) | ~Exists(renewed),
        ~Exists(promised),
        Q(programme__fixed_until__isnull=True) | Q(programme__fixed_until__gte=today),
        status__in=UNPAID,
        parked_at__isnull=True,
        enrollment__status=Enrollment.Status.APPROVED,
        enrollment__approved_until__gte=today,
    )


def workers_renewed_by_others(rows: Iterable[Sponsorship]) -> set[int]:
    """Return the workers of these sponsorships for whom another one is active and renews."""
    rows = list(rows)
    renewing = Sponsorship.everything.filter(
        worker__in={row.worker_id for row in rows}, status=Status.ACTIVE, renews=True
    )
    own = [row.pk for row in rows if row.pk]
    return set(renewing.exclude(pk__in=own).values_list("worker", flat=True))


def workers_left_unpaid(rows: Iterable[Sponsorship], day: date) -> set[int]:
    """Return those of their workers whose cover somebody else goes on with here, because the
    one that renews has let it end: it is in arrears."""
    workers = {row.worker_id for row in rows if row.enrollment.continues_id is not None}
    late = Sponsorship.everything.filter(
        worker__in=workers, status=Status.ACTIVE, renews=True, paid_until__lt=day
    )
    return set(late.values_list("worker", flat=True))


def goes_on(row: Sponsorship, day: date, others: Iterable[Period]) -> bool:
    """Tell whether a sponsorship goes on with cover that another payer's months still give on
    a day, or gave on the day before: a renewal, for which no age is asked."""
    return row.enrollment.continues_id is not None and any(
        period.covered_from <= day <= period.covered_until + ONE_DAY for period in others
    )


def bought_by_others(rows: Collection[Sponsorship]) -> dict[int, list[Period]]:
    """Return, per sponsorship, the months that others have bought for its worker."""
    workers = {row.worker_id for row in rows}
    months: dict[int, list[tuple[int, Period]]] = defaultdict(list)
    bought = Contribution.everything.filter(worker__in=workers, status__in=BOUGHT)
    for worker, sponsorship, month, first, last, kind in bought.values_list(
        "worker",
        "sponsorship",
        "month",
        "covered_from",
        "covered_until",
        "sponsorship__programme__kind",
    ):
        if first and last:
            period = Period(month, first, last, bridge=kind == Programme.Kind.BRIDGE)
            months[worker].append((sponsorship, period))
    return {
        row.pk: [period for owner, period in months[row.worker_id] if owner != row.pk]
        for row in rows
    }


def agreement_of(row: Sponsorship) -> tuple[date, date] | None:
    """Return the first and last day that the programme's agreement fixes, if it does."""
    first, last = row.programme.fixed_from, row.programme.fixed_until
    return (first, last) if first and last else None


def _demands(rows: list[Sponsorship], today: date) -> list[Demand]:
    if not rows:
        return []
    table = TariffTable.load()
    others = bought_by_others(rows)
    demands = []
    for row in rows:
        agreement = agreement_of(row)
        months = MOST_MONTHS if agreement else row.months
        planned = plan(day=today, months=months, others=others[row.pk], agreement=agreement)
        continued = goes_on(row, today, others[row.pk])
        if planned.periods and (continued or turns_65_on(row.worker.birth_date) > today):
            prices = tuple(price_of(row, month, table) for month in planned.months)
            demands.append(Demand(row, planned, prices, continued))
    return demands


def price_of(row: Sponsorship, month: date, table: TariffTable) -> Price:
    """Return what a month of a sponsorship costs by the present tariff. Raises NoTariff."""
    return table.price(
        month=month, bracket=row.bracket, sector=row.sector, funding=row.funding, jht=row.jht
    )


def _issue(demands: list[Demand], *, now: datetime) -> Invoice:
    ids = [demand.sponsorship.pk for demand in demands]
    again = Contribution.everything.filter(sponsorship__in=ids).exists()
    donor = demands[0].sponsorship.donor
    invoice = issue_invoice(
        donor=donor,
        total=sum(price.total for demand in demands for price in demand.prices),
        purpose=Invoice.Purpose.NEW,
        expires_at=min(_expiry(demand) for demand in demands),
        now=now,
        office=donor.opened_by_office or demands[0].sponsorship.enrollment.office,
    )
    Contribution.everything.bulk_create(
        promised_row(demand.sponsorship, period.month, price, invoice=invoice)
        for demand in demands
        for period, price in zip(demand.plan.periods, demand.prices, strict=True)
    )
    Sponsorship.everything.filter(pk__in=ids).update(status=Status.AWAITING_PAYMENT)
    number_invoice(invoice=invoice, now=now)
    ends = _relief_end(demands)
    tell_donor(
        donor=donor,
        key=f"invoice:{invoice.pk}",
        kind="invoice_replaced" if again else "invoice_ready",
        text=lambda _user: invoice_letter(
            bill_of(invoice, today=demands[0].plan.start), relief_ends=ends, again=again
        ),
        now=now,
    )
    return invoice


def promised_row(
    row: Sponsorship, month: date, price: Price, *, invoice: Invoice | None
) -> Contribution:
    """Build (not save) a promised month with its price copied in."""
    return Contribution(
        worker_id=row.worker_id,
        sponsorship=row,
        month=month,
        status=Contribution.Status.PROMISED,
        bracket=row.bracket,
        jkk=price.jkk,
        jkm=price.jkm,
        jht=price.jht,
        legal_basis=price.legal_basis,
        invoice=invoice,
    )


def _expiry(demand: Demand) -> datetime:
    """Return the first instant at which a demand can no longer be met: the end of its first
    month, of the approval, or the 65th birthday (house section 4; P6)."""
    row, first = demand.sponsorship, demand.plan.months[0]
    approved_until = row.enrollment.approved_until or first
    birthday = turns_65_on(row.worker.birth_date)
    too_old = max(birthday, demand.plan.start + ONE_DAY) if demand.goes_on else birthday
    return min(
        end_of_jakarta_day(add_months(first, 1) - ONE_DAY),
        end_of_jakarta_day(approved_until),
        jakarta_midnight(too_old),
    )


def _relief_end(demands: list[Demand]) -> ReliefEnd | None:
    """Find where within the invoice a price rises because a relief ends."""
    for demand in demands:
        pairs = list(zip(demand.plan.months, demand.prices, strict=True))
        for (month, price), (_next, dearer) in pairwise(pairs):
            if price.relief_basis and not dearer.relief_basis:
                return ReliefEnd(month, price)
    return None


def _queue(rows: list[Sponsorship], now: datetime) -> int:
    """Let sponsorships wait behind the one that renews for their worker; tell each donor once."""
    for row in rows:
        Sponsorship.everything.filter(pk=row.pk).update(status=Status.PROPOSED)
        tell_queued(row, now=now)
    return len(rows)


def tell_queued(row: Sponsorship, *, now: datetime) -> None:
    """Tell the donor, once per sponsorship, that his turn comes later."""
    bought = Contribution.everything.filter(worker=row.worker_id, status__in=BOUGHT)
    last = bought.order_by("-covered_until").values_list("covered_until", flat=True).first()
    tell_donor(
        donor=row.donor,
        key=f"queued:{row.pk}",
        kind="sponsorship_queued",
        text=lambda _user: queued_letter(row, paid_until=last),
        now=now,
    )
