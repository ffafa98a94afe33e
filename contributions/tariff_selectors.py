"""What the pages of tariffs show: the dated rows, their history, the table of a month."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from contributions.models import Relief, Tariff, TariffChange
from contributions.tariff_rows import Edit
from contributions.tariffs import NoTariff, Price, TariffTable

CHANGES_SHOWN = 50


@dataclass(frozen=True)
class TariffGroup:
    """The rows that begin in one month, in order of bracket."""

    first_month: date
    rows: tuple[Tariff, ...]

    @property
    def legal_basis(self) -> str:
        """The laws that its rows name."""
        return "; ".join(sorted({row.legal_basis for row in self.rows}))


def tariff_groups() -> list[TariffGroup]:
    """Return every tariff by the month in which it begins, the newest first. One query."""
    rows = Tariff.objects.select_related("bracket").order_by("-first_month", "bracket")
    return [
        TariffGroup(month, tuple(same)) for month, same in groupby(rows, lambda r: r.first_month)
    ]


def reliefs() -> QuerySet[Relief]:
    """Return every relief, the newest first."""
    return Relief.objects.order_by("-first_month", "sector", "funding")


def changes() -> QuerySet[TariffChange]:
    """Return the latest changes, the newest first."""
    return TariffChange.objects.select_related("made_by").order_by("-pk")[:CHANGES_SHOWN]


def change_of(uuid: UUID) -> TariffChange | None:
    """Return one change, or None."""
    return TariffChange.objects.select_related("made_by").filter(uuid=uuid).first()


def edits_of(change: TariffChange) -> list[Edit]:
    """Return the rows that a change made, before and after."""
    return [Edit.read(told) for told in change.rows]


def prices_of(
    table: TariffTable, *, month: date, sector: str, funding: str
) -> list[tuple[int, int, Price]]:
    """Return bracket, lowest income and price, with JHT, of every bracket in a month."""
    found = []
    for bracket, bound in sorted(table.lower_bounds.items()):
        try:
            price = table.price(
                month=month, bracket=bracket, sector=sector, funding=funding, jht=True
            )
        except NoTariff:
            continue
        found.append((bracket, bound, price))
    return found
