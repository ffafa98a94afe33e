"""Statements as CSV: separator and heading are found, the columns are told by a person."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from payments.statements.amounts import MARKS, Amount, NotAnAmount, read_amount, read_mark
from payments.statements.base import (
    CSV,
    LONGEST_REFERENCE,
    MOST_LINES,
    BadStatement,
    Line,
    Statement,
    plain,
    prove,
    refuse,
)
from payments.statements.days import NotADay, is_pending, read_day

DELIMITERS = (";", ",", "\t", "|")
LOOKED_AT = 60
TWO_COLUMNS, MARKED, SIGNED = "two", "mark", "sign"
#: Rows of heading and sums that a bank may add to the lines.
MOST_ROWS = MOST_LINES + 500
_WORDS = {
    "date": ("tanggal", "tgl", "date", "posting"),
    "description": ("keterangan", "deskripsi", "uraian", "description", "berita", "remark"),
    "debit": ("debit", "debet", "keluar", "withdrawal"),
    "credit": ("kredit", "credit", "masuk", "deposit"),
    "amount": ("jumlah", "nominal", "amount", "mutasi"),
    "mark": ("d/k", "db/cr", "dk", "jenis", "d/c", "type"),
    "balance": ("saldo", "balance"),
    "reference": ("referensi", "reference", "no. ref", "ref", "jurnal"),
}


@dataclass(frozen=True)
class Row:
    """One row of the file: the number of its (last) line, and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """Where what stands: columns counted from 0; -1: not in the file.

    `way`: debit and credit in two columns; one amount with a D/K mark (in the column
    `mark`, or at the amount); one amount with a sign. `head` is the heading it was said of.
    """

    head: tuple[str, ...]
    date: int
    description: int
    way: str
    debit: int = -1
    credit: int = -1
    amount: int = -1
    mark: int = -1
    balance: int = -1
    reference: int = -1

    def as_json(self) -> dict[str, Any]:
        """Return what BankAccount.columns keeps."""
        return {**asdict(self), "head": list(self.head)}


def columns_from(kept: Any, head: Sequence[str]) -> Columns | None:
    """Return the columns remembered of an account, if the file has the same heading."""
    try:
        found = Columns(**{**kept, "head": tuple(kept["head"])})
    except (KeyError, TypeError):
        return None
    return found if found.head == tuple(head) else None


def rows_of(text: str) -> list[Row]:
    """Cut a text into rows that bear something. Raises BadStatement."""
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(reader.line_num, tuple(plain(cell) for cell in cells)))
            if len(rows) > MOST_ROWS:
                told = {"most": MOST_LINES}
                raise BadStatement(_("Terlalu panjang. Paling banyak %(most)d baris.") % told)
    except csv.Error:
        raise BadStatement(_("Berkas ini bukan CSV yang utuh. Unduh lagi dari bank.")) from None
    if max((len(row.cells) for row in rows), default=0) < 3:
        raise BadStatement(_("Kolom berkas ini kurang dari tiga."))
    return rows


def heading_of(rows: Sequence[Row]) -> int:
    """Return the place of the row that names the columns: the one with most known words."""
    known = [word for words in _WORDS.values() for word in words]

    def score(row: Row) -> int:
        cells = [cell.lower() for cell in row.cells if cell]
        return sum(any(word in cell for word in known) for cell in cells if len(cell) < 40)

    first = rows[:LOOKED_AT]
    best = max(range(len(first)), key=lambda place: (score(first[place]), -place))
    return best if score(first[best]) > 1 else 0


def guess(head: Sequence[str], sample: Sequence[Row]) -> dict[str, int]:
    """Guess which column is what by the words of the heading; -1 where none is like it.

    A column of D/K marks is known by its cells as well: some banks leave it without a name.
    """
    found = {}
    for name, words in _WORDS.items():
        places = [
            place for place, cell in enumerate(head) if any(word in cell.lower() for word in words)
        ]
        found[name] = places[0] if places else -1
    for place in range(len(head)):
        cells = [_cell(row, place).upper() for row in sample if _cell(row, place)]
        if cells and all(cell in MARKS for cell in cells):
            found["mark"] = place
    return found


def read_csv(
    text: str,
    *,
    columns: Columns,
    first_day: date,
    last_day: date,
    opening: int | None = None,
    closing: int | None = None,
) -> Statement:
    """Read the lines of a statement and prove that it is whole.

    `opening` and `closing` are needed where the file has no balance after each line.
    Raises BadStatement, which names the line.
    """
    rows = rows_of(text)
    points: dict[str, int] = {}
    lines, skipped = [], []
    for row in rows[heading_of(rows) + 1 :]:
        line = _line(row, columns, (first_day, last_day), points)
        if line is None:
            skipped.append(row.number)
        else:
            lines.append(line)
    if len(lines) > MOST_LINES:
        told = {"most": MOST_LINES}
        raise BadStatement(_("Terlalu panjang. Paling banyak %(most)d baris.") % told)
    lines = _oldest_first(lines)
    opening, closing = _ends(lines, opening, closing)
    found = Statement(
        CSV, first_day, last_day, opening, closing, tuple(lines), skipped=tuple(skipped)
    )
    return prove(found)


# --- a row ---------------------------------------------------------------------------
def _line(
    row: Row, columns: Columns, period: tuple[date, date], points: dict[str, int]
) -> Line | None:
    """Read one row; None for one without a day, or without money."""
    if _is_no_day(_cell(row, columns.date)):
        return None
    try:
        amount = _amount(row, columns, points)
    except NotAnAmount as error:
        if not _is_day(_cell(row, columns.date)):
            return None
        raise refuse(row.number, str(error)) from None
    if not amount and not _is_day(_cell(row, columns.date)):
        return None
    try:
        day = read_day(_cell(row, columns.date), first=period[0], last=period[1])
    except NotADay as error:
        raise refuse(row.number, str(error)) from None
    if not amount:
        return None
    return Line(
        number=row.number,
        booked_on=day,
        amount=amount,
        description=_cell(row, columns.description),
        reference=_cell(row, columns.reference)[:LONGEST_REFERENCE],
        balance=_balance(row, columns, points),
    )


def _is_no_day(cell: str) -> bool:
    """Tell whether a cell means no day, as in headings and sums: it has no digit at all."""
    return not any(letter.isdigit() for letter in cell) and not is_pending(cell)


def _is_day(cell: str) -> bool:
    """Tell whether a cell could be a day of some year, or of a pending line."""
    if is_pending(cell):
        return True
    try:
        read_day(cell, first=date(2024, 1, 1), last=date(2024, 12, 31))
    except NotADay:
        return False
    return True


def _amount(row: Row, columns: Columns, points: dict[str, int]) -> int:
    """Return the rupiah of a row, above 0 for money in. Raises NotAnAmount."""
    if columns.way == TWO_COLUMNS:
        return _of_two(row, columns, points)
    amount = _read(row, columns.amount, points)
    if columns.way == SIGNED:
        return amount.signed
    if not amount.rupiah:
        return 0
    if columns.mark >= 0:
        return read_mark(_cell(row, columns.mark)) * abs(amount.rupiah)
    if not amount.mark:
        raise NotAnAmount(_("tanda debit atau kredit tidak ada."))
    return amount.signed


def _of_two(row: Row, columns: Columns, points: dict[str, int]) -> int:
    debit = _read(row, columns.debit, points).rupiah
    credit = _read(row, columns.credit, points).rupiah
    if debit and credit:
        raise NotAnAmount(_("debit dan kredit terisi keduanya."))
    if credit < 0:
        raise NotAnAmount(_("kolom kredit berisi jumlah di bawah nol."))
    # Banks write what went out with a minus or without.
    return credit or -abs(debit)


def _balance(row: Row, columns: Columns, points: dict[str, int]) -> int | None:
    if columns.balance < 0 or not _cell(row, columns.balance):
        return None
    try:
        return _read(row, columns.balance, points).signed
    except NotAnAmount as error:
        raise refuse(row.number, str(error)) from None


def _read(row: Row, place: int, points: dict[str, int]) -> Amount:
    """Read an amount; all of a file have one decimal sign. Raises NotAnAmount, BadStatement."""
    amount = read_amount(_cell(row, place))
    if amount.point:
        points.setdefault(amount.point, row.number)
        if len(points) > 1:
            other = next(number for point, number in points.items() if point != amount.point)
            why = _("angkanya ditulis lain daripada di baris %(other)d.") % {"other": other}
            raise refuse(row.number, why)
    return amount


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if 0 <= place < len(row.cells) else ""


# --- the whole -------------------------------------------------------------------------
def _delimiter(text: str) -> str:
    """Choose the separator that cuts most rows into the same number of cells."""
    sample = text.splitlines()[:LOOKED_AT]

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        wide = {width: count for width, count in widths.items() if width >= 3}
        width, count = max(wide.items(), key=lambda pair: pair[1], default=(0, 0))
        return count, width

    return max(DELIMITERS, key=fit)


def _oldest_first(lines: list[Line]) -> list[Line]:
    """Turn a file round that begins with the newest line."""
    days = [line.booked_on for line in lines]
    if days != sorted(days) and days == sorted(days, reverse=True):
        return lines[::-1]
    told = [line for line in lines if line.balance is not None]
    if len(told) == len(lines) > 1 and len(set(days)) == 1 and not _follows(lines):
        return lines[::-1] if _follows(lines[::-1]) else lines
    return sorted(lines, key=lambda line: line.booked_on)


def _follows(lines: Sequence[Line]) -> bool:
    return all((a.balance or 0) + b.amount == b.balance for a, b in pairwise(lines))


def _ends(lines: Sequence[Line], opening: int | None, closing: int | None) -> tuple[int, int]:
    """Return opening and closing balance: as told, else from the balances of the lines."""
    if lines and opening is None and lines[0].balance is not None:
        opening = lines[0].balance - lines[0].amount
    if lines and closing is None and lines[-1].balance is not None:
        closing = lines[-1].balance
    if opening is None or closing is None:
        raise BadStatement(_("Isi saldo awal dan saldo akhir: berkas ini tidak memuatnya."))
    return opening, closing
