"""Where the marks of a chart stand: plain arithmetic, drawn by partials as SVG.

A chart is made on the server, without script and without style in the markup, and
its figures stand in a table beneath. Lengths are in the units of the SVG's viewBox.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# The 38 provinces as tiles: Kemendagri code, short name, column, row. The layout
# keeps the neighbours together; it is no map of borders.
PROVINCES: Mapping[str, tuple[str, int, int]] = {
    "11": ("AC", 0, 0),
    "12": ("SU", 1, 1),
    "13": ("SB", 1, 2),
    "14": ("RI", 2, 1),
    "15": ("JA", 2, 2),
    "16": ("SS", 2, 3),
    "17": ("BE", 1, 3),
    "18": ("LA", 2, 4),
    "19": ("BB", 3, 2),
    "21": ("KR", 3, 1),
    "31": ("JK", 4, 4),
    "32": ("JB", 4, 5),
    "33": ("JT", 5, 5),
    "34": ("YO", 5, 6),
    "35": ("JI", 6, 5),
    "36": ("BT", 3, 5),
    "51": ("BA", 7, 5),
    "52": ("NB", 8, 5),
    "53": ("NT", 9, 5),
    "61": ("KB", 5, 1),
    "62": ("KT", 6, 1),
    "63": ("KS", 6, 2),
    "64": ("KI", 7, 1),
    "65": ("KU", 7, 0),
    "71": ("SA", 10, 0),
    "72": ("ST", 9, 1),
    "73": ("SN", 9, 3),
    "74": ("SG", 10, 2),
    "75": ("GO", 9, 0),
    "76": ("SR", 9, 2),
    "81": ("MA", 12, 2),
    "82": ("MU", 11, 0),
    "91": ("PA", 14, 1),
    "92": ("PB", 13, 1),
    "93": ("PS", 14, 3),
    "94": ("PT", 13, 2),
    "95": ("PP", 14, 2),
    "96": ("PD", 12, 1),
}
TILE = 46


@dataclass(frozen=True)
class Tile:
    """A province on the tile map; level 0 is "no figure", 5 the highest."""

    code: str
    short: str
    name: str
    shown: str
    url: str
    level: int
    x: int
    y: int
    outside: bool


@dataclass(frozen=True)
class TileFigure:
    """What a tile shows: the value decides its colour, `shown` is the value as text."""

    name: str
    value: float | None
    shown: str = ""
    url: str = ""
    outside: bool = False


def level_of(value: float | None, bounds: Sequence[float]) -> int:
    """Return 0 for no figure, else 1 plus the number of bounds that `value` reaches.

    `bounds` are four rising lower bounds of the levels 2 to 5.
    """
    if value is None:
        return 0
    return 1 + sum(value >= bound for bound in bounds[:4])


def tile_map(figures: Mapping[str, TileFigure], bounds: Sequence[float]) -> list[Tile]:
    """Place every province; one without a figure is drawn empty."""
    tiles = []
    for code, (short, column, row) in PROVINCES.items():
        figure = figures.get(code, TileFigure(name=short, value=None))
        tiles.append(
            Tile(
                code=code,
                short=short,
                name=figure.name,
                shown=figure.shown,
                url=figure.url,
                level=level_of(figure.value, bounds),
                x=column * TILE,
                y=row * TILE,
                outside=figure.outside,
            )
        )
    return tiles


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it stands, and the value or label it bears."""

    at: float
    value: float
    label: str = ""


@dataclass(frozen=True)
class Point:
    """A value of a line: where it stands and what it is."""

    x: float
    y: float
    value: float
    label: str


@dataclass(frozen=True)
class Line:
    """One series: unbroken stretches of points; a missing value breaks the line."""

    name: str
    stretches: list[list[Point]]

    @property
    def paths(self) -> list[str]:
        """The stretches as the `points` of SVG polylines."""
        return [" ".join(f"{p.x:g},{p.y:g}" for p in stretch) for stretch in self.stretches]

    @property
    def last(self) -> Point | None:
        return self.stretches[-1][-1] if self.stretches else None


@dataclass(frozen=True)
class Row:
    """A line of the table beneath a chart."""

    label: str
    values: list[float | None]


@dataclass(frozen=True)
class LineChart:
    """A drawn chart: frame, ticks and lines, and its figures for the table beneath."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    ticks: list[Tick]
    months: list[Tick]
    lines: list[Line]
    areas: list[str]
    rows: list[Row]


def nice_top(value: float, steps: int = 4) -> float:
    """Return the least round number of at least `value` that divides well by `steps`."""
    if value <= steps:
        return float(steps)
    step = value / steps
    power = 10.0 ** math.floor(math.log10(step))
    for factor in (1, 2, 2.5, 5, 10):
        # A count has no halves, so steps under ten stay whole.
        if factor * power >= step and (factor * power).is_integer():
            return factor * power * steps
    return float(math.ceil(step) * steps)


def _stretches(
    values: Sequence[float | None],
    labels: Sequence[str],
    x_of: Callable[[int], float],
    y_of: Callable[[float], float],
) -> list[list[Point]]:
    stretches: list[list[Point]] = []
    broken = True
    for i, value in enumerate(values):
        if value is None:
            broken = True
            continue
        if broken:
            stretches.append([])
            broken = False
        stretches[-1].append(Point(x_of(i), y_of(value), value, labels[i]))
    return stretches


def _area(stretch: Sequence[Point], bottom: float) -> str:
    inner = " ".join(f"{p.x:g},{p.y:g}" for p in stretch)
    return f"{stretch[0].x:g},{bottom:g} {inner} {stretch[-1].x:g},{bottom:g}"


def line_chart(
    labels: Sequence[str],
    series: Iterable[tuple[str, Sequence[float | None]]],
    *,
    width: int = 420,
    height: int = 240,
    top: float | None = None,
) -> LineChart:
    """Place lines over months. Values are at least 0; None is a gap; the axis starts at 0.

    Every series has one value per label. At most six labels are written.
    """
    drawn = [(name, list(values)) for name, values in series]
    known = [v for _, values in drawn for v in values if v is not None]
    highest = top or nice_top(max(known, default=0))
    left, right, upper, bottom = 52.0, width - 12.0, 12.0, height - 26.0
    gap = (right - left) / max(len(labels) - 1, 1)
    every = max(1, math.ceil(len(labels) / 6))

    def y_of(value: float) -> float:
        return round(bottom - (bottom - upper) * value / highest, 2)

    def x_of(index: int) -> float:
        return round(left + gap * index, 2)

    lines = [Line(name, _stretches(values, labels, x_of, y_of)) for name, values in drawn]
    first = lines[0].stretches if lines else []
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        bottom=bottom,
        ticks=[Tick(y_of(highest * k / 4), highest * k / 4) for k in range(5)],
        # Counted from the end, so that the newest month always has its name.
        months=[
            Tick(x_of(i), i, label)
            for i, label in enumerate(labels)
            if (len(labels) - 1 - i) % every == 0
        ],
        lines=lines,
        areas=[_area(stretch, bottom) for stretch in first if len(stretch) > 1],
        rows=[Row(label, [values[i] for _, values in drawn]) for i, label in enumerate(labels)],
    )
