"""Tariffs and reliefs as head office edits them: rows, an edit of one, what edits make of all.

A row is found by its key: bracket and first month, or sector, funding and first month.
Nothing here writes; `contributions.services.tariff_changes` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from bricks.months import add_months, first_of_month
from contributions.models import IncomeBracket, Relief, Tariff
from contributions.tariffs import NoTariff, ReliefRow, TariffRow, TariffTable
from donors.models import Funding
from workers.models import Sector

Row = TariffRow | ReliefRow
Key = tuple[Any, ...]
#: The first month that any tariff speaks of, and how far ahead months are sold.
FIRST_MONTH = date(2016, 1, 1)
MONTHS_AHEAD = 132


def key_of(row: Row) -> Key:
    """What no two rows of a table share; the name of the table comes first."""
    if isinstance(row, TariffRow):
        return ("tariff", row.bracket, row.first_month)
    return ("relief", row.sector, row.funding, row.first_month)


@dataclass(frozen=True)
class Edit:
    """One row that comes (`before` is None) or becomes another one."""

    before: Row | None
    after: Row

    def told(self) -> dict[str, Any]:
        """Write it as `TariffChange.rows` and the preview keep it."""
        before = _told(self.before) if self.before else None
        return {"table": key_of(self.after)[0], "before": before, "after": _told(self.after)}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Edit:
        """Read what `told` wrote."""
        kind = TariffRow if told["table"] == "tariff" else ReliefRow
        before = told["before"]
        return cls(_read(kind, before) if before else None, _read(kind, told["after"]))


def _told(row: Row) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(row).items()}


def _read(kind: type[Row], told: Mapping[str, Any]) -> Row:
    months = {name: _day(told[name]) for name in ("first_month", "last_month")}
    return kind(**{**told, **months})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True)
class TariffRows:
    """Every row at one moment."""

    bounds: tuple[tuple[int, int], ...]
    rows: Mapping[Key, Row]

    @classmethod
    def load(cls) -> TariffRows:
        """Read them, in three statements."""
        rows: list[Row] = [
            TariffRow(*values)
            for values in Tariff.objects.values_list(*TariffRow.__dataclass_fields__)
        ]
        rows += [
            ReliefRow(*values)
            for values in Relief.objects.values_list(*ReliefRow.__dataclass_fields__)
        ]
        bounds = tuple(IncomeBracket.objects.values_list("number", "lower_bound"))
        return cls(bounds, {key_of(row): row for row in rows})

    def table(self) -> TariffTable:
        """The rule over these rows."""
        return TariffTable(
            lower_bounds=self.bounds,
            tariffs=[row for row in self.rows.values() if isinstance(row, TariffRow)],
            reliefs=[row for row in self.rows.values() if isinstance(row, ReliefRow)],
        )

    def fingerprint(self) -> str:
        """What tells two moments apart."""
        told = [_told(row) for _key, row in sorted(self.rows.items(), key=lambda x: str(x[0]))]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def edited(self, edits: Iterable[Edit]) -> TariffRows:
        """The rows once the edits are done."""
        rows = dict(self.rows)
        for edit in edits:
            if edit.before:
                rows.pop(key_of(edit.before), None)
            rows[key_of(edit.after)] = edit.after
        return TariffRows(self.bounds, rows)

    def without(self, edits: Sequence[Edit]) -> TariffRows:
        """The rows as if the edits had not been done; of what came after them, the same."""
        rows = dict(self.rows)
        for edit in reversed(edits):
            rows.pop(key_of(edit.after), None)
            if edit.before:
                rows[key_of(edit.before)] = edit.before
        return TariffRows(self.bounds, rows)

    def turns(self) -> set[date]:
        """The months in which a row begins, or has ended."""
        ends = {row.last_month for row in self.rows.values() if row.last_month}
        return {row.first_month for row in self.rows.values()} | {add_months(m, 1) for m in ends}

    def is_done(self, edits: Iterable[Edit]) -> bool:
        """Whether every edit is in place already."""
        return all(self.rows.get(key_of(edit.after)) == edit.after for edit in edits)


@dataclass(frozen=True)
class Cell:
    """Months in a row, of one bracket, sector and funding, that cost the same; JHT in full."""

    bracket: int
    sector: str
    funding: str
    first_month: date
    last_month: date
    jkk: int
    jkm: int
    jht: int

    @property
    def what(self) -> tuple[Any, ...]:
        """All but the months."""
        return self.bracket, self.sector, self.funding, self.jkk, self.jkm, self.jht


@dataclass(frozen=True)
class Changed:
    """Cells with their new price, and the first bracket and month without any, if there is one."""

    cells: tuple[Cell, ...]
    gap: tuple[int, date] | None = None


def changed_cells(
    old: TariffRows, new: TariffRows, edits: Sequence[Edit], *, today: date
) -> Changed:
    """Find the months whose price differs between two moments.

    Only what the edits can touch is looked at, up to MONTHS_AHEAD from `today`, and once
    per stretch of months in which no row begins or ends. A gap is a month that had a price
    and has none any more.
    """
    before, after = old.table(), new.table()
    horizon = add_months(first_of_month(today), MONTHS_AHEAD)
    turns = sorted(old.turns() | new.turns())
    cells: list[Cell] = []
    gap = None
    for (sector, funding, bracket), (first, last) in sorted(_touched(edits, after).items()):
        for month, until in _stretches(first, min(last or horizon, horizon), turns):
            asked = {"month": month, "bracket": bracket, "sector": sector, "funding": funding}
            was, becomes = _parts(before, asked), _parts(after, asked)
            if was and not becomes:
                gap = gap or (bracket, month)
            if becomes and was != becomes:
                _add(cells, Cell(bracket, sector, funding, month, until, *becomes))
    return Changed(tuple(cells), gap)


def _stretches(first: date, last: date, turns: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Cut the months from first to last where a price may turn."""
    if first > last:
        return
    begins = [first, *(month for month in turns if first < month <= last)]
    ends = [*(add_months(month, -1) for month in begins[1:]), last]
    yield from zip(begins, ends, strict=True)


def _touched(
    edits: Sequence[Edit], table: TariffTable
) -> dict[tuple[str, str, int], tuple[date, date | None]]:
    """Per sector, funding and bracket, the first and last month that the edits can touch."""
    spans: dict[tuple[str, str, int], tuple[date, date | None]] = {}
    for row in (row for edit in edits for row in (edit.before, edit.after) if row):
        if isinstance(row, TariffRow):
            keys = [(s, f, row.bracket) for s in Sector.values for f in Funding.values]
        else:
            keys = [(row.sector, row.funding, bracket) for bracket in table.brackets]
        for key in keys:
            first, last = spans.get(key, (row.first_month, row.last_month))
            ends = None if last is None or row.last_month is None else max(last, row.last_month)
            spans[key] = (max(FIRST_MONTH, min(first, row.first_month)), ends)
    return spans


def _parts(table: TariffTable, asked: dict[str, Any]) -> tuple[int, int, int] | None:
    try:
        price = table.price(**asked, jht=True)
    except NoTariff:
        return None
    return price.jkk, price.jkm, price.jht


def _add(cells: list[Cell], cell: Cell) -> None:
    """Append a month, or lengthen the last cell by it."""
    last = cells[-1] if cells else None
    if last and last.what == cell.what and add_months(last.last_month, 1) == cell.first_month:
        cells[-1] = replace(last, last_month=cell.last_month)
    else:
        cells.append(cell)
