"""The workers of an invoice or a payment, grouped by the database: ten thousand of them are
two statements and ten thousand short rows, not a hundred thousand months."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from bricks.months import ONE_DAY, run_end
from bricks.rupiah import format_rupiah
from contributions.bills import BillPrice
from contributions.models import Contribution

Status = Contribution.Status
#: So many workers stand in a PDF; longer lists are a summary, and a file beside it.
MOST_LINES = 1_000


@dataclass(frozen=True)
class Line:
    """One worker: so many months, from when until when (both inclusive), for how much, and
    how many of them BPJS has accepted, refused, or were taken back."""

    name: str
    months: int
    total: int
    first_day: date
    last_day: date
    prices: tuple[BillPrice, ...]
    accepted: int
    rejected: int
    reversed: int

    @property
    def state(self) -> str:
        """How far its months are, in words that claim no cover before BPJS has said so (P1)."""
        if self.reversed == self.months:
            return _("Dibatalkan")
        if self.accepted == self.months:
            return _("Disahkan BPJS Ketenagakerjaan")
        if self.accepted or self.reversed or self.rejected:
            return _some(self)
        return _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan")


def lines_of(rows: QuerySet[Contribution], *, today: date) -> list[Line]:
    """Group months by worker, in the order in which they were entered.

    The days of a line that is not paid are what paying on `today` would buy. Two statements.
    """
    grouped = rows.order_by("sponsorship__enrollment__position", "sponsorship").values_list(
        "sponsorship", "sponsorship__worker__name", "sponsorship__paid_until"
    )
    prices = _prices(rows)
    counts = grouped.annotate(
        months=Count("pk"),
        total=Sum("amount"),
        first=Min("covered_from"),
        last=Max("covered_until"),
        accepted=Count("pk", filter=Q(status=Status.ACCEPTED)),
        rejected=Count("pk", filter=Q(status=Status.REJECTED)),
        reversed=Count("pk", filter=Q(status=Status.REVERSED)),
    )
    found = []
    for sponsorship, name, paid_until, months, total, first, last, *states in counts:
        first_day, last_day = (first, last) if first and last else _days(paid_until, months, today)
        accepted, rejected, undone = states
        found.append(
            Line(
                name=name,
                months=months,
                total=total,
                first_day=first_day,
                last_day=last_day,
                prices=prices[sponsorship],
                accepted=accepted,
                rejected=rejected,
                reversed=undone,
            )
        )
    return found


def price_words(prices: tuple[BillPrice, ...]) -> str:
    """Say what a line's price is made of; its reasons in law stand with each price."""
    return " + ".join(f"{price.months} x {format_rupiah(price.each)}" for price in prices)


def reason_words(prices: tuple[BillPrice, ...]) -> str:
    """Say which laws make a line's prices, in the order of its months."""
    return "; ".join(f"{format_rupiah(price.each)}: {price.legal_basis}" for price in prices)


def _days(paid_until: date | None, months: int, today: date) -> tuple[date, date]:
    """What so many months would cover if they were paid on `today`."""
    goes_on = paid_until is not None and paid_until >= today - ONE_DAY
    start = paid_until + ONE_DAY if paid_until and goes_on else today
    return start, run_end(start, months)


def _prices(rows: QuerySet[Contribution]) -> dict[int, tuple[BillPrice, ...]]:
    same = rows.order_by().values_list("sponsorship", "amount", "legal_basis")
    found: dict[int, list[BillPrice]] = defaultdict(list)
    for sponsorship, each, basis, months, _first in same.annotate(
        months=Count("pk"), first=Min("month")
    ).order_by("sponsorship", "first"):
        found[sponsorship].append(BillPrice(months=months, each=each, legal_basis=basis))
    return defaultdict(tuple, {pk: tuple(parts) for pk, parts in found.items()})


def _some(line: Line) -> str:
    waiting = line.months - line.accepted - line.rejected - line.reversed
    parts = [
        (line.accepted, _("%(n)d bulan disahkan")),
        (waiting, _("%(n)d bulan menunggu pengesahan")),
        (line.rejected, _("%(n)d bulan ditolak BPJS, diurus cabang")),
        (line.reversed, _("%(n)d bulan dibatalkan")),
    ]
    return ", ".join(text % {"n": n} for n, text in parts if n)
