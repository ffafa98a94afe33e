"""Tables as files that a spreadsheet opens and writes: CSV with `;` between the cells.

Written with a byte-order mark, so that Excel reads the letters, and without a cell that
it would take for a formula. Read strictly: what is no such file, or larger than any
honest one, is refused with a sentence before anything is done with it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
MOST_BYTES = 1_000_000
MOST_ROWS = 5_000
LONGEST_CELL = 500
DELIMITERS = (";", ",", "\t")

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SPREADSHEET_FILE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class UnreadableFile(ValueError):
    """The file cannot be read as a table; its sentence is fit for who sent it."""


@dataclass(frozen=True)
class Line:
    """One row: its number as the spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]


def safe_cell(value: Any) -> str:
    """Write a cell so that no spreadsheet takes a text for a formula."""
    text = "" if value is None else str(value)
    is_text = not isinstance(value, int)
    return f"'{text}" if is_text and text.startswith(_STARTS_A_FORMULA) else text


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a table with its heading as the text of a file."""
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return file.getvalue()


def read_table(content: bytes, columns: Sequence[str]) -> list[Line]:
    """Read the rows of a file that has exactly these columns, in any order.

    Cells come without spaces around them and without the sign that `safe_cell` adds;
    empty rows are passed over. Raises UnreadableFile.
    """
    text = _text_of(content)
    heading = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    try:
        rows = enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), start=1)
        head = [cell.strip().lower() for cell in next(rows, (0, []))[1]]
        _check_head(head, columns)
        return [
            Line(number, _cells(number, head, row)) for number, row in _bounded(rows) if any(row)
        ]
    except csv.Error:
        raise UnreadableFile(
            _("Berkas ini bukan CSV yang utuh. Simpan ulang, lalu coba.")
        ) from None


def _text_of(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableFile(_("Berkas terlalu besar. Paling besar 1 MB."))
    if content.startswith(_SPREADSHEET_FILE):
        raise UnreadableFile(_("Ini berkas Excel. Simpan dulu sebagai CSV UTF-8."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(_("Huruf berkas tidak terbaca. Simpan sebagai CSV UTF-8.")) from None
    if "\x00" in text:
        raise UnreadableFile(_("Berkas ini bukan CSV. Simpan tabelnya sebagai CSV UTF-8."))
    if not text.strip():
        raise UnreadableFile(_("Berkas ini kosong."))
    return text


def _check_head(head: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in head]
    if missing:
        told = {"columns": ", ".join(missing)}
        raise UnreadableFile(_("Kolom ini tidak ada di baris pertama: %(columns)s.") % told)
    if len(head) != len(columns):
        told = {"columns": ", ".join(columns)}
        raise UnreadableFile(_("Kolom berkas harus tepat ini: %(columns)s.") % told)


def _bounded(rows: Iterable[tuple[int, list[str]]]) -> Iterable[tuple[int, list[str]]]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            told = {"most": MOST_ROWS}
            raise UnreadableFile(_("Berkas terlalu panjang. Paling banyak %(most)d baris.") % told)
        yield row


def _cells(number: int, head: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    if len(row) != len(head):
        told = {"number": number}
        raise UnreadableFile(_("Baris %(number)d tidak punya jumlah kolom yang sama.") % told)
    if max(map(len, row)) > LONGEST_CELL:
        told = {"number": number}
        raise UnreadableFile(_("Baris %(number)d berisi teks yang terlalu panjang.") % told)
    return dict(zip(head, map(_plain, row), strict=True))


def _plain(cell: str) -> str:
    """Take away the spaces around a cell, and the sign of `safe_cell`."""
    text = " ".join(cell.split())
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS_A_FORMULA) else text
