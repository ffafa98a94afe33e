"""The reference files of `regions/data`, read into plain rows. Nothing here writes."""

import csv
import gzip
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from regions.models import Area
from regions.naming import place_words, plain

DATA = Path(__file__).resolve().parent / "data"
LEVELS = {2: Area.Level.PROVINCE, 4: Area.Level.REGENCY, 6: Area.Level.DISTRICT}
PARENT_DIGITS = {4: 2, 6: 4, 10: 6}


class AreaRow(NamedTuple):
    """An area as it stands in the database, column by column (names of `Area`)."""

    code: str
    name: str
    level: str
    parent_id: str | None
    full_name: str
    search_name: str
    search_words: str
    utc_offset: int
    population: int | None
    area_km2: Decimal | None
    capital: str
    postal_code: str


@dataclass(frozen=True)
class OfficeRow:
    """An office; `parent` is the code of the office above, empty for a Kanwil."""

    code: str
    name: str
    kind: str
    parent: str
    city: str
    provinces: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfficeAreaRow:
    """An office (by code) serves a regency; `is_configured` says whether a source names it."""

    office: str
    regency: str
    is_default: bool
    is_configured: bool


def _rows(name: str) -> Iterator[dict[str, str]]:
    path = DATA / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_areas(province_codes: Collection[str] | None = None) -> list[AreaRow]:
    """Return every area (of these provinces), each after the area above it.

    Raises KeyError for an area whose parent is not in the files.
    """
    areas: dict[str, AreaRow] = {}
    for name in ("provinces.csv", "regencies.csv", "districts.csv", "villages.csv.gz"):
        for row in _rows(name):
            if province_codes is None or row["code"][:2] in province_codes:
                areas[row["code"]] = _area(row, areas)
    return list(areas.values())


def _area(row: dict[str, str], areas: dict[str, AreaRow]) -> AreaRow:
    code, name = row["code"], row["name"]
    digits = PARENT_DIGITS.get(len(code))
    parent = areas[code[:digits]] if digits else None
    full_name = f"{name}, {parent.full_name}" if parent else name
    is_village = len(code) == 10
    return AreaRow(
        code=code,
        name=name,
        level=Area.Level.VILLAGE if is_village else LEVELS[len(code)],
        parent_id=parent.code if parent else None,
        full_name=full_name,
        search_name=plain(name),
        search_words="" if is_village else place_words(code, full_name.split(", ")),
        utc_offset=int(row.get("utc_offset") or (parent.utc_offset if parent else "")),
        population=int(row["population"]) if row.get("population") else None,
        area_km2=Decimal(row["area_km2"]) if row.get("area_km2") else None,
        capital=row.get("capital") or "",
        postal_code=row.get("postal_code") or "",
    )


def read_offices() -> list[OfficeRow]:
    """Return every Kanwil with its provinces, then branches, then sub-branches."""
    kanwil = [
        OfficeRow(
            code=row["code"],
            name=row["name"],
            kind="kanwil",
            parent="",
            city=row["city"],
            provinces=tuple(row["provinces"].split()),
        )
        for row in _rows("kanwil.csv")
    ]
    branches = [
        OfficeRow(row["code"], row["name"], row["kind"], row["parent"], row["city"])
        for row in _rows("offices.csv")
    ]
    return kanwil + sorted(branches, key=lambda office: office.kind)


def read_office_areas() -> list[OfficeAreaRow]:
    """Return which office serves which regency."""
    return [
        OfficeAreaRow(
            office=row["office"],
            regency=row["regency"],
            is_default=row["is_default"] == "yes",
            is_configured=row["is_configured"] == "yes",
        )
        for row in _rows("office_areas.csv")
    ]


def read_holidays() -> list[tuple[date, str]]:
    """Return the national holidays with their names."""
    return [(date.fromisoformat(row["date"]), row["name"]) for row in _rows("holidays.csv")]
