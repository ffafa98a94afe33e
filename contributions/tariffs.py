"""The price of a month: a pure rule over dated tariff rows (domain reference 1.2, 1.4).

Price is a function of income bracket, contribution month, sector and funding source,
never a constant. SQL reads the same prices from `TariffMonth`, which this rule fills.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bricks.months import first_of_month
from contributions.models import IncomeBracket, Relief, Tariff
from donors.models import Funding
from workers.models import Sector


class NoTariff(LookupError):
    """No tariff row holds for this bracket and month."""


@dataclass(frozen=True)
class Price:
    """What one worker's month costs, in rupiah, and by which law.

    `full` is what the same month costs without relief. `percent_due` is the part of
    JKK and JKM that is still to be paid, and `relief_basis` the law that says so.
    """

    jkk: int
    jkm: int
    jht: int
    legal_basis: str
    full: int
    percent_due: int = 100
    relief_basis: str = ""

    @property
    def total(self) -> int:
        """The whole amount of the month, in rupiah."""
        return self.jkk + self.jkm + self.jht

    @property
    def basic(self) -> int:
        """JKK and JKM together, in rupiah."""
        return self.jkk + self.jkm


@dataclass(frozen=True)
class TariffRow:
    """The full contribution of a bracket, in the months from first to last (or on)."""

    bracket: int
    first_month: date
    last_month: date | None
    jkk: int
    jkm: int
    jht: int
    legal_basis: str


@dataclass(frozen=True)
class ReliefRow:
    """The per cent of JKK and JKM still due for a sector and funding source in some months."""

    sector: str
    funding: str
    first_month: date
    last_month: date
    percent_due: int
    legal_basis: str

    @property
    def sector_label(self) -> str:
        """The sector as people read it."""
        return str(Sector(self.sector).label)

    @property
    def funding_label(self) -> str:
        """The source of money as people read it."""
        return str(Funding(self.funding).label)


class TariffTable:
    """The tariff and relief rows, read once; asking it costs no statement."""

    def __init__(
        self,
        *,
        lower_bounds: Iterable[tuple[int, int]],
        tariffs: Iterable[TariffRow],
        reliefs: Iterable[ReliefRow],
    ) -> None:
        """Take the rows; `lower_bounds` are pairs of bracket number and lower bound."""
        bounds = sorted((bound, number) for number, bound in lower_bounds)
        self._bounds = [bound for bound, _ in bounds]
        self._numbers = [number for _, number in bounds]
        self._tariffs: dict[int, list[TariffRow]] = {}
        for row in sorted(tariffs, key=lambda row: row.first_month, reverse=True):
            self._tariffs.setdefault(row.bracket, []).append(row)
        self._reliefs: dict[tuple[str, str], list[ReliefRow]] = {}
        for relief in sorted(reliefs, key=lambda row: row.first_month, reverse=True):
            self._reliefs.setdefault((relief.sector, relief.funding), []).append(relief)

    @classmethod
    def load(cls) -> TariffTable:
        """Read all rows from the database, in three statements."""
        return cls(
            lower_bounds=IncomeBracket.objects.values_list("number", "lower_bound"),
            tariffs=[
                TariffRow(*values)
                for values in Tariff.objects.values_list(*TariffRow.__dataclass_fields__)
            ],
            reliefs=[
                ReliefRow(*values)
                for values in Relief.objects.values_list(*ReliefRow.__dataclass_fields__)
            ],
        )

    @property
    def brackets(self) -> list[int]:
        """The numbers of the brackets that have a tariff."""
        return sorted(self._tariffs)

    @property
    def lower_bounds(self) -> dict[int, int]:
        """The lowest monthly income of each bracket, in rupiah."""
        return dict(zip(self._numbers, self._bounds, strict=True))

    def bracket_for(self, income: int) -> int:
        """Return the bracket of a monthly income in rupiah, by lower bounds alone.

        Printed upper bounds end in 99.000 and would leave gaps. Raises NoTariff for an
        income below every bound, such as a negative one.
        """
        index = bisect_right(self._bounds, income) - 1
        if index < 0:
            raise NoTariff(f"no bracket for an income of {income}")
        return self._numbers[index]

    def price(self, *, month: date, bracket: int, sector: str, funding: str, jht: bool) -> Price:
        """Return the price of the month in which `month` lies.

        JHT is never reduced, and costs nothing where it was not chosen. Of two rows
        that hold, the newer counts. A share that is no whole rupiah is rounded down.
        Raises NoTariff.
        """
        month = first_of_month(month)
        tariff = self.tariff(month, bracket)
        savings = tariff.jht if jht else 0
        full = tariff.jkk + tariff.jkm + savings
        relief = self._relief(month, sector, funding)
        if relief is None:
            return Price(tariff.jkk, tariff.jkm, savings, tariff.legal_basis, full)
        return Price(
            jkk=tariff.jkk * relief.percent_due // 100,
            jkm=tariff.jkm * relief.percent_due // 100,
            jht=savings,
            legal_basis=f"{tariff.legal_basis}; {relief.legal_basis}",
            full=full,
            percent_due=relief.percent_due,
            relief_basis=relief.legal_basis,
        )

    def tariff(self, month: date, bracket: int) -> TariffRow:
        """Return the full contribution of a bracket that holds in a month. Raises NoTariff."""
        for row in self._tariffs.get(bracket, []):
            if row.first_month <= month and (row.last_month is None or month <= row.last_month):
                return row
        raise NoTariff(f"no tariff for bracket {bracket} in {month:%Y-%m}")

    def _relief(self, month: date, sector: str, funding: str) -> ReliefRow | None:
        for row in self._reliefs.get((sector, funding), []):
            if row.first_month <= month <= row.last_month:
                return row if row.percent_due < 100 else None
        return None
