"""Reading a file that came back: CSV, a workbook, or our own locked workbook.

A file is known by its content, never by its name. Everything is bounded before it is
looked at: the bytes that arrive, the bytes that a workbook unfolds to, the work that a
password costs, the rows and the columns.
"""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from xml.etree.ElementTree import ParseError as BadXml
from xml.parsers.expat import ExpatError

import msoffcrypto.exceptions
import msoffcrypto.format.ooxml
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 5 * 1024 * 1024
MOST_PARTS = 100
MOST_COLUMNS = 40
LONGEST_CELL = 500
#: Excel spins 100.000 times; a file may ask for a hundred times as much to keep us busy.
MOST_SPINS = 200_000

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (";", ",", "\t")
#: What a parser may stumble over in a file that was made to make it stumble.
BROKEN = (
    ArithmeticError,
    AttributeError,
    BadXml,
    EOFError,
    ExpatError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    msoffcrypto.exceptions.DecryptionError,
    msoffcrypto.exceptions.FileFormatError,
    msoffcrypto.exceptions.ParseError,
)


@dataclass(frozen=True)
class Bounds:
    """How much of a table is read: its rows, and of a workbook what it unfolds to, bytes
    and tags. An honest workbook needs a fifth of the bytes and half of the tags."""

    rows: int = 5_000
    unfolded: int = 8 * 1024 * 1024
    #: Each costs some microseconds.
    tags: int = 300_000


USUAL = Bounds()

Cell = str | int | float | bool | date | None
#: The number of a row as the spreadsheet shows it, and its cells.
Table = list[tuple[int, list[Cell]]]


class Unreadable(Exception):
    """The file cannot be read as an answer; its sentence is fit for who sent it."""

    sentence: ClassVar[str | Promise] = _("Berkas ini rusak. Simpan ulang, lalu unggah lagi.")

    def __str__(self) -> str:
        return str(self.sentence)


class Empty(Unreadable):
    """Nothing arrived, or nothing but empty rows."""

    sentence = _("Berkas ini kosong.")


class TooBig(Unreadable):
    """More than MOST_BYTES."""

    sentence = _("Berkas lebih dari 5 MB. Kirim hanya tabel jawabannya.")


class UnfoldsTooFar(Unreadable):
    """A workbook that unfolds to more than its bounds."""

    sentence = _("Isi berkas ini terlalu besar. Simpan tabelnya saja sebagai berkas baru.")


class TooManyRows(Unreadable):
    """More rows than its bounds, filled or not."""

    sentence = _("Berkas ini lebih dari 5.000 baris. Hapus baris kosong di bawah tabel.")

    def __init__(self, most: int = USUAL.rows) -> None:
        super().__init__()
        self.most = most

    def __str__(self) -> str:
        if self.most == USUAL.rows:
            return str(self.sentence)
        return gettext("Berkas ini terlalu panjang. Hapus baris kosong di bawah tabel.")


class NoTable(Unreadable):
    """Another kind of file."""

    sentence = _("Ini bukan tabel. Kirim CSV atau XLSX.")


class Locked(Unreadable):
    """The workbook opens with another password than the batch's."""

    sentence = _("Kata sandi berkas ini lain. Simpan tanpa kata sandi, lalu unggah lagi.")


def read_table(content: bytes, *, password: str = "", bounds: Bounds = USUAL) -> Table:
    """Return the filled rows of the first sheet, or of a CSV. Raises Unreadable."""
    if not content:
        raise Empty
    if len(content) > MOST_BYTES:
        raise TooBig
    if content.startswith(OLE):
        content = _unlocked(content, password)
    is_book = content.startswith(ZIP)
    rows = _sheet_rows(content, bounds) if is_book else _csv_rows(content, bounds)
    table = [(number, cells) for number, cells in rows if any(cell != "" for cell in cells)]
    if not table:
        raise Empty
    return table


# --- workbooks -----------------------------------------------------------------------
def _unlocked(content: bytes, password: str) -> bytes:
    """Open a workbook that Excel has locked. Raises Locked, NoTable."""
    try:
        file = msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(content))
    except BROKEN as error:
        raise NoTable from error
    if file.type != "agile" or not password or file.info["spinValue"] > MOST_SPINS:
        raise Locked
    out = io.BytesIO()
    try:
        file.load_key(password=password, verify_password=True)
        file.decrypt(out)
    except BROKEN as error:
        raise Locked from error
    return out.getvalue()


def _sheet_rows(content: bytes, bounds: Bounds) -> Table:
    try:
        book = load_workbook(_unfolded(content, bounds), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What a sheet says of its own size is not to be believed.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=bounds.rows + 1, max_col=MOST_COLUMNS, values_only=True)
        return [(number, _trimmed(row)) for number, row in _bounded(rows, bounds)]
    except BROKEN as error:
        raise Unreadable from error


def _unfolded(content: bytes, bounds: Bounds) -> io.BytesIO:
    """Return the workbook with its parts unfolded, once they are known to be bounded.

    A part may say that it is small and unfold without end, so each is read no further
    than it says, and only what was read goes on. Raises UnfoldsTooFar, NoTable, and
    Unreadable for entities, which no spreadsheet writes.
    """
    out, tags = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(content)) as box, zipfile.ZipFile(out, "w") as plain:
        parts = box.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            raise NoTable
        if len(names) != len(parts):
            raise Unreadable
        unfolded = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or unfolded > bounds.unfolded:
            raise UnfoldsTooFar
        for part in parts:
            if not part.filename.endswith((".xml", ".rels")):
                continue
            with box.open(part) as file:
                text = file.read(part.file_size)
            tags += text.count(b"<")
            if tags > bounds.tags:
                raise UnfoldsTooFar
            if text.startswith(UTF16) or b"\x00" in text[:200] or b"<!DOCTYPE" in text:
                raise Unreadable
            plain.writestr(part.filename, text)
    out.seek(0)
    return out


def _bounded(
    rows: Iterable[Sequence[object]], bounds: Bounds
) -> Iterable[tuple[int, Sequence[object]]]:
    for number, row in enumerate(rows, start=1):
        if number > bounds.rows:
            raise TooManyRows(bounds.rows)
        yield number, row


def _trimmed(row: Sequence[object]) -> list[Cell]:
    return [_cell(value) for value in row]


def _cell(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if value is None:
        return ""
    return value if isinstance(value, bool | int | float | date) else _text(str(value))


# --- CSV -----------------------------------------------------------------------------
def _csv_rows(content: bytes, bounds: Bounds) -> Table:
    text = _decoded(content)
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [
            (number, [_text(str(cell)) for cell in row[:MOST_COLUMNS]])
            for number, row in _bounded(rows, bounds)
        ]
    except csv.Error as error:
        raise NoTable from error


def _decoded(content: bytes) -> str:
    """Read UTF-8, or what Excel writes on Windows; other kinds of files are no text."""
    if (
        content.startswith((b"%PDF", b"\xff\xd8", b"\x89PNG", b"GIF8", *UTF16))
        or b"\x00" in content
    ):
        raise NoTable
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _text(cell: str) -> str:
    """Return a cell without the spaces around it and the sign that `safe_cell` adds."""
    plain = " ".join(cell[:LONGEST_CELL].split())
    return plain.removeprefix("'")
