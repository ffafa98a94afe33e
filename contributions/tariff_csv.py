"""Tariffs as a file: one bracket from one month on a row, out and in.

What a file does not name stays as it is: a new table is 33 rows with a new first month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from bricks.rupiah import NotRupiah, parse_rupiah
from bricks.tables import Line, write_table
from contributions.tariff_rows import Edit, Key, TariffRows, key_of
from contributions.tariffs import Price, TariffRow
from regions.holiday_csv import read_day
from regions.office_csv import Problem

COLUMNS = ("golongan", "dari_bulan", "sampai_bulan", "jkk", "jkm", "jht", "dasar_hukum")
PRICE_COLUMNS = ("golongan", "penghasilan_mulai", "jkk", "jkm", "jkk_jkm", "jht", "dasar_hukum")
#: Two laws and a sign between them fit into the 120 letters of a month's legal basis.
LONGEST_BASIS = 58
LOWEST, HIGHEST = 100, 10_000_000
FIRST_YEAR, LAST_YEAR = 2016, 2040
_MONTH = re.compile(r"(?:(?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4})|(?P<y2>[0-9]{4})-(?P<m2>[0-9]{2}))")


def write_tariffs(rows: TariffRows) -> str:
    """Write every tariff as the text of a file."""
    ordered = sorted(
        (row for row in rows.rows.values() if isinstance(row, TariffRow)),
        key=lambda row: (row.first_month, row.bracket),
    )
    return write_table(
        COLUMNS,
        [[_cell(getattr(row, name)) for name in TariffRow.__dataclass_fields__] for row in ordered],
    )


def write_prices(prices: Sequence[tuple[int, int, Price]]) -> str:
    """Write the table of a month: bracket, lowest income and price of each."""
    return write_table(
        PRICE_COLUMNS,
        [(n, bound, p.jkk, p.jkm, p.jkk + p.jkm, p.jht, p.legal_basis) for n, bound, p in prices],
    )


def _cell(value: object) -> object:
    return f"{value:%d-%m-%Y}" if isinstance(value, date) else value


def read_month(text: str) -> date | None:
    """Read 01-2027, 2027-01 or the first day of a month; None where it is no month."""
    found = _MONTH.fullmatch(text)
    if not found:
        day = read_day(text)
        return day if day and day.day == 1 else None
    year, month = found["y"] or found["y2"], found["m"] or found["m2"]
    try:
        return date(int(year), int(month), 1)
    except ValueError:
        return None


@dataclass
class TariffPlan:
    """What a file would do: nothing at all while it has a problem."""

    problems: list[Problem] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rows: int = 0
    unchanged: int = 0


def plan_tariffs(lines: Sequence[Line], rows: TariffRows) -> TariffPlan:
    """Compare a file with the tariffs: what it would change, or why it cannot."""
    plan, read = TariffPlan(rows=len(lines)), dict[Key, int]()
    known = {number for number, _bound in rows.bounds}
    for line in lines:
        try:
            row = _read(line, known)
        except _BadCell as bad:
            plan.problems.append(Problem(line.number, *bad.args))
            continue
        if key_of(row) in read:
            sentence = _("Golongan dan bulan ini sudah ada di baris %(number)d.")
            told = {"number": read[key_of(row)]}
            plan.problems.append(Problem(line.number, "golongan", sentence % told))
            continue
        read[key_of(row)] = line.number
        before = rows.rows.get(key_of(row))
        if before == row:
            plan.unchanged += 1
        else:
            plan.edits.append(Edit(before, row))
    return plan


class _BadCell(ValueError):
    """The column, and a sentence for who sent the file."""


def _read(line: Line, known: set[int]) -> TariffRow:
    """Read one row. Raises _BadCell."""
    cells = line.cells
    bracket = cells["golongan"]
    if not bracket.isascii() or not bracket.isdecimal() or int(bracket) not in known:
        raise _BadCell("golongan", _("Tulis nomor golongan, 1 sampai 33."))
    first, last = _month(cells, "dari_bulan"), None
    if cells["sampai_bulan"]:
        last = _month(cells, "sampai_bulan")
        if last < first:
            raise _BadCell("sampai_bulan", _("Bulan terakhir mendahului bulan pertama."))
    basis = cells["dasar_hukum"]
    if not basis or len(basis) > LONGEST_BASIS:
        sentence = _("Tulis dasar hukum, paling panjang %(most)d huruf.") % {"most": LONGEST_BASIS}
        raise _BadCell("dasar_hukum", sentence)
    return TariffRow(
        bracket=int(bracket),
        first_month=first,
        last_month=last,
        jkk=_amount(cells, "jkk", LOWEST),
        jkm=_amount(cells, "jkm", LOWEST),
        jht=_amount(cells, "jht", 0),
        legal_basis=basis,
    )


def _month(cells: Mapping[str, str], column: str) -> date:
    month = read_month(cells[column])
    if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise _BadCell(column, _("Tulis bulan, misalnya 01-2027."))
    return month


def _amount(cells: Mapping[str, str], column: str, lowest: int) -> int:
    try:
        amount = parse_rupiah(cells[column])
    except NotRupiah:
        amount = -1
    if not lowest <= amount <= HIGHEST:
        raise _BadCell(column, _("Tulis rupiah bulat, misalnya 10.000."))
    return amount
