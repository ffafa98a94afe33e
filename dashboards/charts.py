"""The drawings of a board: where the marks stand and what they say, ready for templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bricks.charts import LineChart, Tile, TileFigure, line_chart, tile_map
from bricks.rupiah import format_number
from dashboards.ratios import hundredths_of, level_bounds, per_cent
from dashboards.selectors import Board, Place, Standing
from regions.models import Area

EN_DASH = "\N{EN DASH}"
RANKED = 10

#: What each figure of a place is called in tables and exports.
MEASURE_NAMES = {
    "covered": gettext_lazy("Terlindungi"),
    "awaiting_acceptance": gettext_lazy("Menunggu pengesahan"),
    "in_arrears": gettext_lazy("Menunggak"),
    "ending_soon": gettext_lazy("Berakhir dalam 30 hari"),
    "submitted": gettext_lazy("Didaftarkan"),
    "approved": gettext_lazy("Disetujui cabang"),
    "paid": gettext_lazy("Dibayar donatur"),
    "accepted": gettext_lazy("Disahkan BPJS Ketenagakerjaan"),
    "months_bought": gettext_lazy("Bulan iuran dibayar"),
    "amount_bought": gettext_lazy("Iuran dibayar (rupiah)"),
}


@dataclass(frozen=True)
class Bar:
    """A bar of a ranking or a funnel: its name, its figure as text, its share of 100."""

    label: str
    shown: str
    share: Decimal
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class ProvinceMap:
    """The tile map of the country and what its five levels mean."""

    tiles: list[Tile]
    steps: list[str]


def province_url(area: Area) -> str:
    """Return the address of a province's dashboard."""
    return f"{reverse('dashboard')}?provinsi={area.pk}"


def trend(board: Board) -> LineChart:
    """Draw the people covered through the portal, month by month."""
    labels = [format_date(month, "M ’y") for month, _row in board.months]
    values = [float(row["covered"]) for _month, row in board.months]
    return line_chart(labels, [(_("Terlindungi"), values)])


def ranking(board: Board) -> list[Bar]:
    """Rank the places that have anybody, against the first of them."""
    ranked = [place for place in board.places[:RANKED] if place.figures["covered"]]
    highest = ranked[0].figures["covered"] if ranked else 1
    return [
        Bar(
            label=place.area.name,
            shown=format_number(place.figures["covered"]),
            share=_share(place.figures["covered"], highest),
            url="" if board.area else province_url(place.area),
        )
        for place in ranked
    ]


def ending(places: Sequence[Place], *, limit: int) -> list[Bar]:
    """List the regencies where cover ends soon, each with the way to its cases."""
    shown = places[:limit]
    highest = shown[0].figures["ending_soon"] if shown else 1
    return [
        Bar(
            label=place.area.name,
            shown=format_number(place.figures["ending_soon"]),
            share=_share(place.figures["ending_soon"], highest),
            note=_("dari %(covered)s yang terlindungi")
            % {"covered": format_number(place.figures["covered"])},
            url=reverse("dashboard_ending", args=[place.area.pk]),
        )
        for place in shown
    ]


def funnel(board: Board) -> list[Bar]:
    """Draw the cases handed in within twelve months, and how many came how far."""
    year = board.year
    steps = ("submitted", "approved", "paid", "accepted")
    return [
        Bar(
            label=str(MEASURE_NAMES[step]),
            shown=format_number(year[step]),
            share=_share(year[step], year["submitted"]),
        )
        for step in steps
    ]


def known(standings: Sequence[Standing]) -> list[Standing]:
    """Leave out the provinces of which nothing is recorded."""
    return [s for s in standings if s.bpu or s.whole or s.goals]


def province_map(places: Sequence[Place]) -> ProvinceMap:
    """Colour the provinces by people covered: zeros apart, the others in quarters."""
    counts = {place.area.pk: place.figures["covered"] for place in places}
    bounds = level_bounds(list(counts.values()))
    figures = {
        place.area.pk: TileFigure(
            name=place.area.name,
            value=counts[place.area.pk],
            shown=format_number(counts[place.area.pk]),
            url=province_url(place.area),
        )
        for place in places
    }
    ends: list[int | None] = [*(bound - 1 for bound in bounds), None]
    steps = [_step(first, last) for first, last in zip([0, *bounds], ends, strict=True)]
    return ProvinceMap(tile_map(figures, bounds), steps)


def _step(first: int, last: int | None) -> str:
    if last is None:
        return _("%(first)s atau lebih") % {"first": format_number(first)}
    if first == last:
        return format_number(first)
    return f"{format_number(first)}{EN_DASH}{format_number(last)}"


def _share(part: int, whole: int) -> Decimal:
    return (per_cent(hundredths_of(part, whole)) if whole else None) or Decimal(0)


def drawings(board: Board, *, whole_country: bool) -> dict[str, Any]:
    """Return everything that the page of a board draws, by the names its template uses."""
    # A province shows every regency that needs somebody to call; several show the first.
    limit = len(board.ending) if board.area else RANKED
    standings = board.standings if len(board.standings) <= RANKED else known(board.standings)
    return {
        "standings": standings,
        "standings_left": len(board.standings) - len(standings),
        "trend": trend(board),
        "ranking": ranking(board),
        "ending": ending(board.ending, limit=limit),
        "ending_rest": max(len(board.ending) - limit, 0),
        "funnel": funnel(board),
        "map": province_map(board.places) if whole_country and not board.area else None,
        "measures": MEASURE_NAMES,
    }
