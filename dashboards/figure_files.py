"""Figures from outside, as files bring them: read line by line, written the Indonesian way.

`official_figures.csv` and `targets.csv` have `;` between the cells, whole numbers as
`2.970.000` and per cent as `31,93`. An empty cell is a figure that is not documented.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dashboards.models import Certainty, OfficialFigure

FOLDER = Path(__file__).parent / "data"
_WHOLE = re.compile(r"\d{1,15}|\d{1,3}(\.\d{3}){1,4}")
_PERCENT = re.compile(r"(\d{1,3})(?:,(\d{1,2}))?")


class BadFigure(ValueError):
    """A cell of a file cannot be read; the sentence says which and why."""


@dataclass(frozen=True)
class Line:
    """One figure: `key` tells it from others, `rest` is what it says."""

    area: str
    key: dict[str, Any]
    rest: dict[str, Any]


def read_official_figures(path: Path = FOLDER / "official_figures.csv") -> list[Line]:
    """Read BPJS's own figures. Raises BadFigure."""
    return list(_lines(path, _official))


def read_targets(path: Path = FOLDER / "targets.csv") -> list[Line]:
    """Read targets. Raises BadFigure."""
    return list(_lines(path, _target))


def _lines(path: Path, read: Callable[[dict[str, str]], Line]) -> Iterator[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.DictReader(file, delimiter=";"), start=2):
            try:
                yield read(cells)
            except (KeyError, TypeError, ValueError) as error:
                raise BadFigure(f"{path.name}, line {number}: {error}") from error


def _official(cells: dict[str, str]) -> Line:
    return Line(
        area=cells["area"],
        key={
            "area_id": cells["area"],
            "segment": OfficialFigure.Segment(cells["segment"]).value,
            "as_of": date.fromisoformat(cells["as_of"]),
            "source": _source(cells),
        },
        rest={
            "precision": OfficialFigure.Precision(cells["precision"]).value,
            "active": _whole(cells["active"]),
            "base": _whole(cells["base"]),
            "percent_hundredths": _hundredths(cells["percent"]),
            "certainty": Certainty(cells["certainty"]).value,
        },
    )


def _target(cells: dict[str, str]) -> Line:
    due_on = cells["due_on"]
    return Line(
        area=cells["area"],
        key={
            "area_id": cells["area"],
            "segment": OfficialFigure.Segment(cells["segment"]).value,
            "due_on": date.fromisoformat(due_on) if due_on else None,
            "source": _source(cells),
        },
        rest={
            "percent_hundredths": _hundredths(cells["percent"]),
            "people": _whole(cells["people"]),
            "certainty": Certainty(cells["certainty"]).value,
        },
    )


def _source(cells: dict[str, str]) -> str:
    if not cells["source"].strip():
        raise BadFigure("a figure without a source is none")
    return cells["source"].strip()


def _whole(cell: str) -> int | None:
    if not cell:
        return None
    if not _WHOLE.fullmatch(cell):
        raise BadFigure(f"{cell!r} is not a whole number written 2.970.000")
    return int(cell.replace(".", ""))


def _hundredths(cell: str) -> int | None:
    """Read `31,93` per cent as 3193."""
    if not cell:
        return None
    match = _PERCENT.fullmatch(cell)
    if match is None:
        raise BadFigure(f"{cell!r} is not a percentage written 31,93")
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
