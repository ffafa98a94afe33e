"""An invoice as its payer reads it: for whom, from when until when, and why this price."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import QuerySet

from bricks.months import ONE_DAY, run_end
from contributions.models import Allocation, Contribution, Sponsorship
from payments.models import Invoice, Payment


@dataclass(frozen=True)
class BillPrice:
    """So many months at the same price, with the legal basis of that price."""

    months: int
    each: int
    legal_basis: str


@dataclass(frozen=True)
class BillLine:
    """One worker on an invoice. Both days are inclusive; of an unpaid line they are what
    paying on `today` would buy."""

    sponsorship: Sponsorship
    name: str
    months: int
    total: int
    first_day: date
    last_day: date
    prices: tuple[BillPrice, ...]

    @property
    def short_name(self) -> str:
        """The worker as letters name him."""
        return self.sponsorship.worker.short_name


@dataclass(frozen=True)
class Bill:
    """All workers of one invoice, in the order in which they were entered."""

    invoice: Invoice
    lines: tuple[BillLine, ...]

    @property
    def last_day(self) -> date:
        """The last day that any of the workers gets. Raises ValueError without lines."""
        return max(line.last_day for line in self.lines)

    @property
    def months(self) -> int:
        """Worker-months on the invoice."""
        return sum(line.months for line in self.lines)


def bill_of(invoice: Invoice, *, today: date) -> Bill:
    """Read an invoice with its lines, in one statement.

    The lines of an expired invoice are shown as they were asked for.
    """
    rows = Contribution.everything.filter(invoice=invoice)
    return Bill(invoice=invoice, lines=_lines(rows, today))


def bought_with(payment: Payment, *, today: date) -> Bill:
    """Read what a payment has bought, in two statements; without lines if it became credit."""
    allocations = Allocation.objects.filter(payment=payment)
    rows = Contribution.everything.filter(posting__in=allocations.values("posting"))
    return Bill(invoice=payment.invoice, lines=_lines(rows, today))


def _lines(rows: QuerySet[Contribution], today: date) -> tuple[BillLine, ...]:
    ordered = rows.select_related("sponsorship__worker", "sponsorship__enrollment").order_by(
        "sponsorship__enrollment__position", "sponsorship", "month"
    )
    groups = groupby(ordered, key=lambda row: row.sponsorship)
    return tuple(_line(sponsorship, list(months), today) for sponsorship, months in groups)


def _line(sponsorship: Sponsorship, rows: list[Contribution], today: date) -> BillLine:
    first_day, last_day = _days(sponsorship, rows, today)
    prices = tuple(
        BillPrice(months=len(list(same)), each=each, legal_basis=basis)
        for (each, basis), same in groupby(rows, key=lambda row: (row.amount, row.legal_basis))
    )
    return BillLine(
        sponsorship=sponsorship,
        name=sponsorship.worker.name,
        months=len(rows),
        total=sum(row.amount for row in rows),
        first_day=first_day,
        last_day=last_day,
        prices=prices,
    )


def _days(sponsorship: Sponsorship, rows: list[Contribution], today: date) -> tuple[date, date]:
    """What the months cover, or would cover if they were paid on `today`."""
    days = [(row.covered_from, row.covered_until) for row in rows if row.covered_from]
    if days:
        return min(d[0] for d in days if d[0]), max(d[1] for d in days if d[1])
    until = sponsorship.paid_until
    start = until + ONE_DAY if until and until >= today - ONE_DAY else today
    return start, run_end(start, len(rows))
