"""What cover will cost, month by month, each price with its reason (P10, P15)."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from bricks.months import first_of_month, period_of
from contributions.tariffs import Price, TariffTable
from donors.models import Funding
from workers.models import Sector

#: Ten years: more is a slip of the hand, not a wish.
MOST_MONTHS = 120


class BadQuote(ValueError):
    """The question cannot be answered: an unknown sector or funding, or no sensible term."""


@dataclass(frozen=True)
class QuoteLine:
    """One month: what it covers (both days inclusive), what it costs and why."""

    month: date
    covered_from: date
    covered_until: date
    price: Price
    reason: str


@dataclass(frozen=True)
class QuoteGroup:
    """Months in a row with one price: `count` x `each` rupiah."""

    first: QuoteLine
    last: QuoteLine
    count: int
    each: int
    reason: str

    @property
    def subtotal(self) -> int:
        """What the months of the group cost together, in rupiah."""
        return self.count * self.each


@dataclass(frozen=True)
class Quote:
    """The months asked for, in order."""

    lines: tuple[QuoteLine, ...]

    @property
    def total(self) -> int:
        """What all months cost together, in rupiah."""
        return sum(line.price.total for line in self.lines)

    @property
    def full_total(self) -> int:
        """What they would cost without relief, in rupiah."""
        return sum(line.price.full for line in self.lines)

    @property
    def covered_from(self) -> date:
        """The first day of cover."""
        return self.lines[0].covered_from

    @property
    def covered_until(self) -> date:
        """The last day of cover."""
        return self.lines[-1].covered_until

    @property
    def groups(self) -> list[QuoteGroup]:
        """The lines, neighbouring months with the same price and reason joined."""
        found = []
        for (each, reason), same in groupby(self.lines, lambda x: (x.price.total, x.reason)):
            members = list(same)
            found.append(QuoteGroup(members[0], members[-1], len(members), each, reason))
        return found


def quote(
    *,
    start: date,
    months: int,
    sector: str,
    funding: str,
    bracket: int = 1,
    jht: bool = False,
    table: TariffTable | None = None,
) -> Quote:
    """Say what `months` months of cover from the day `start` cost.

    The k-th contribution month is the month of the k-th period of a run from `start`
    (domain reference 1.4). Reasons are in the active language. Raises BadQuote, and
    NoTariff where the tariff says nothing.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise BadQuote(
            _("Lama perlindungan harus 1 sampai %(most)s bulan.") % {"most": MOST_MONTHS}
        )
    if sector not in Sector.values:
        raise BadQuote(_("Sektor tidak dikenal. Pilih: %(known)s.") % _known(Sector.values))
    if funding not in Funding.values:
        raise BadQuote(_("Sumber dana tidak dikenal. Pilih: %(known)s.") % _known(Funding.values))
    table = table or TariffTable.load()
    lines = []
    for k in range(months):
        try:
            covered_from, covered_until = period_of(start, k)
        except OverflowError:
            raise BadQuote(_("Bulan itu di luar kalender.")) from None
        month = first_of_month(covered_from)
        price = table.price(month=month, bracket=bracket, sector=sector, funding=funding, jht=jht)
        reason = reason_of(price, funding)
        lines.append(QuoteLine(month, covered_from, covered_until, price, reason))
    return Quote(tuple(lines))


def reason_of(price: Price, funding: str) -> str:
    """Say in plain words, in the active language, why a month costs what it costs."""
    if price.relief_basis:
        told = {"percent": 100 - price.percent_due, "law": price.relief_basis}
        return _("Diskon pemerintah %(percent)s %% (%(law)s)") % told
    if funding in (Funding.PRIVATE, Funding.CSR):
        return _("Harga penuh")
    return _("Dibayar %(funding)s: harga penuh") % {"funding": Funding(funding).label}


def _known(values: list[str]) -> dict[str, str]:
    return {"known": ", ".join(values)}
