"""What the dashboards show: the portal's own figures, and BPJS's own beside them (P32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery

from bricks.clock import jakarta_date
from bricks.months import add_months
from contributions.models import Coverage, Sponsorship
from dashboards import ratios
from dashboards.models import AreaMonth, OfficialFigure, Target
from dashboards.rollup import CASES, MEASURES, MONEY, ending_soon_on
from regions.models import Area

#: The present month, and the same month a year ago with all between.
MONTHS_SHOWN = 13


@dataclass(frozen=True)
class Place:
    """An area and its figures, by the names in `rollup.MEASURES`."""

    area: Area
    figures: dict[str, int]


@dataclass(frozen=True)
class Official:
    """A figure of BPJS Ketenagakerjaan itself, or the sum of two from one source and day."""

    area: Area
    segments: tuple[str, ...]
    coverage: ratios.Coverage
    as_of: date
    precision: str
    source: str
    certainty: str

    @property
    def segment_names(self) -> list[str]:
        return [str(OfficialFigure.Segment(segment).label) for segment in self.segments]


@dataclass(frozen=True)
class Goal:
    """A target, and how far it is: the gap to BPJS's figure, and people through the portal."""

    target: Target
    area: Area
    present: Official | None
    gap: ratios.Gap | None
    through_portal: int

    @property
    def percent(self) -> Decimal | None:
        """The percentage wanted, if the target is one."""
        return ratios.per_cent(self.target.percent_hundredths)

    @property
    def portal_share(self) -> Decimal | None:
        """Per cent of the people wanted who are covered through the portal; None if unknown."""
        if not self.target.people:
            return None
        return ratios.per_cent(ratios.hundredths_of(self.through_portal, self.target.people))


@dataclass(frozen=True)
class Standing:
    """A province as BPJS itself counts it: its newest BPU figure, its newest figure of all
    segments, and what it wants to reach; None where nothing is recorded."""

    place: Place
    bpu: Official | None
    whole: Official | None
    goals: list[Goal]

    @property
    def wanted(self) -> Decimal | None:
        """The percentage to mark on the bar of all segments, if that is the target."""
        segment = OfficialFigure.Segment.ALL
        return next((g.percent for g in self.goals if g.target.segment == segment), None)


@dataclass(frozen=True)
class Board:
    """The figures of one province, or of several together (`area` is None).

    `months` are oldest first, the last one as of `day`; `places` are what the total
    consists of, most covered first; `ending` are regencies, most first; `standings` are
    the provinces by name; `officials` every figure of BPJS itself, newest first.
    """

    area: Area | None
    day: date
    computed_at: datetime
    months: list[tuple[date, dict[str, int]]]
    places: list[Place]
    ending: list[Place]
    officials: list[Official]
    standings: list[Standing]

    @property
    def goals(self) -> list[Goal]:
        return [goal for standing in self.standings for goal in standing.goals]

    @property
    def total(self) -> dict[str, int]:
        return self.months[-1][1]

    @property
    def change(self) -> int:
        """How many more people are covered than at the end of the month before."""
        return self.total["covered"] - self.months[-2][1]["covered"]

    @property
    def fewer(self) -> int:
        return max(-self.change, 0)

    @property
    def month(self) -> date:
        return self.months[-1][0]

    @property
    def month_before(self) -> date:
        return self.months[-2][0]

    @property
    def year(self) -> dict[str, int]:
        """The sums of the last twelve months: cases, months and rupiah, never people."""
        last = [row for _, row in self.months[-12:]]
        return {name: sum(row[name] for row in last) for name in (*CASES, *MONEY)}


def read_board(*, provinces: Sequence[Area], area: Area | None) -> Board | None:
    """Read the figures of a province, or of all the provinces given; None before the first
    roll-up. Takes the same number of statements however many areas and workers there are."""
    parents = [area] if area else list(provinces)
    newest = AreaMonth.objects.filter(area__in=parents).order_by("-month").first()
    if newest is None:
        return None
    months = [add_months(newest.month, k) for k in range(1 - MONTHS_SHOWN, 1)]
    shown = Q(area__in=parents) | Q(area__parent=area) if area else Q(area__in=parents)
    rows = AreaMonth.objects.filter(shown, month__in=months).select_related("area")
    by_key = {(row.area_id, row.month): row for row in rows}
    present = [row for row in by_key.values() if row.month == newest.month]
    places = [_place(row) for row in present if not area or row.area_id != area.pk]
    parent_rows = [by_key[p.pk, newest.month] for p in parents if (p.pk, newest.month) in by_key]
    officials = _officials(parents)
    return Board(
        area=area,
        day=jakarta_date(newest.computed_at),
        computed_at=newest.computed_at,
        months=[(month, _sum(by_key.get((p.pk, month)) for p in parents)) for month in months],
        places=sorted(places, key=lambda p: (-p.figures["covered"], p.area.name)),
        ending=_ending(parents, newest.month),
        officials=officials,
        standings=_standings([_place(row) for row in parent_rows], officials),
    )


def ending_cases(*, regency: Area, day: date) -> QuerySet[Coverage]:
    """Return the cover that ends within 30 days in a regency, the soonest first.

    Each row bears its worker with village and job, and `branch`, the name of the office
    that decided the worker's running case ("" if none).
    """
    branch = (
        Sponsorship.everything.filter(worker=OuterRef("worker"), paid_until__isnull=False)
        .order_by("-paid_until", "-pk")
        .values("enrollment__office__name")[:1]
    )
    return (
        Coverage.objects.filter(ending_soon_on(day), worker__village__parent__parent=regency)
        .select_related("worker__village", "worker__occupation")
        .annotate(branch=Subquery(branch))
        .order_by("covered_until", "worker__name", "pk")
    )


def _place(row: AreaMonth) -> Place:
    return Place(row.area, {name: getattr(row, name) for name in MEASURES})


def _sum(rows: Iterable[AreaMonth | None]) -> dict[str, int]:
    """Add areas up; a month without a row has nothing in it."""
    known = [row for row in rows if row is not None]
    return {name: sum(getattr(row, name) for row in known) for name in MEASURES}


def _ending(parents: Sequence[Area], month: date) -> list[Place]:
    rows = AreaMonth.objects.filter(month=month, area__parent__in=parents, ending_soon__gt=0)
    ordered = rows.select_related("area__parent").order_by("-ending_soon", "area__name")
    return [_place(row) for row in ordered]


def _officials(parents: Sequence[Area]) -> list[Official]:
    """Return every figure of the areas and of their regencies, the newest of each first."""
    figures = OfficialFigure.objects.filter(Q(area__in=parents) | Q(area__parent__in=parents))
    rows = list(figures.select_related("area").order_by("area", "-as_of", "segment"))
    officials = [_official([row]) for row in rows]
    for row in rows:
        pair = [row, *(other for other in rows if _completes(row, other))]
        if len(pair) == 2:
            officials.append(_official(pair))
    return sorted(officials, key=lambda o: (o.area.pk, -o.as_of.toordinal(), len(o.segments)))


def _completes(bpu: OfficialFigure, other: OfficialFigure) -> bool:
    """Tell whether the other figure is the PU one beside a BPU one (construction stays out)."""
    counted = None not in (bpu.active, bpu.base, other.active, other.base)
    return (
        counted
        and (bpu.segment, other.segment) == (OfficialFigure.Segment.BPU, OfficialFigure.Segment.PU)
        and (bpu.area_id, bpu.as_of, bpu.source) == (other.area_id, other.as_of, other.source)
    )


def _official(rows: Sequence[OfficialFigure]) -> Official:
    first = rows[0]
    one = len(rows) == 1
    return Official(
        area=first.area,
        segments=tuple(row.segment for row in rows),
        coverage=ratios.Coverage(
            active=first.active if one else sum(row.active or 0 for row in rows),
            base=first.base if one else sum(row.base or 0 for row in rows),
            published=first.percent_hundredths if one else None,
            population=first.area.population,
        ),
        as_of=first.as_of,
        precision=first.precision,
        source=first.source,
        certainty=first.get_certainty_display(),
    )


def _standings(provinces: Sequence[Place], officials: Sequence[Official]) -> list[Standing]:
    newest: dict[tuple[str, tuple[str, ...]], Official] = {}
    for official in officials:
        newest.setdefault((official.area.pk, official.segments), official)
    goals: dict[str, list[Goal]] = {place.area.pk: [] for place in provinces}
    places = {place.area.pk: place for place in provinces}
    targets = Target.objects.filter(area__in=places).order_by("due_on", "pk")
    for target in targets:
        present = newest.get((target.area_id, (target.segment,)))
        goals[target.area_id].append(_goal(target, places[target.area_id], present))
    segment = OfficialFigure.Segment
    return [
        Standing(
            place=place,
            bpu=newest.get((code, (segment.BPU,))),
            whole=newest.get((code, (segment.ALL,))),
            goals=goals[code],
        )
        for code, place in places.items()
    ]


def _goal(target: Target, place: Place, present: Official | None) -> Goal:
    wanted = target.percent_hundredths
    gap = ratios.gap_to(present.coverage, wanted) if present and wanted is not None else None
    return Goal(target, place.area, present, gap, place.figures["covered"])
