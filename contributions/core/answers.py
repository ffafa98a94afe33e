"""Understanding a table that BPJS sent back: which line says what, and which cannot be used."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.core import columns as c
from contributions.core.protocol import Answer
from workers.checkfile.reading import Bounds, Cell, Table, Unreadable

#: A remittance has at most 10.000 lines; an answer may bear those of others too.
BOUNDS = Bounds(rows=25_000, unfolded=40 * 1024 * 1024, tags=2_000_000)
HEADING_WITHIN = 10
_KPJ = re.compile(r"[0-9A-Z]{5,20}")
_LINE = re.compile(r"[0-9]{1,15}")
LONGEST_RECEIPT = 40


class NoHeading(Unreadable):
    """No row names the columns that every answer needs."""

    sentence = gettext_lazy("Kolom baris dan hasil tidak ditemukan. Pakai tabel dari berkas kita.")


@dataclass(frozen=True)
class Row:
    """One row of the file: what it answers, or why it cannot be used."""

    row: int
    answer: Answer | None = None
    fault: str = ""
    #: The number of another remittance that it names.
    other: str = ""


@dataclass
class Understood:
    """A whole file, understood. Nothing of it is kept yet."""

    rows: list[Row] = field(default_factory=list)
    #: Lines that are there and say nothing.
    silent: int = 0


class _Wrong(ValueError):
    """A cell that cannot be used; the text says why."""


def understand(table: Table, *, number: str) -> Understood:
    """Read the rows of a file as answers to the lines of the remittance of a number.

    Raises NoHeading.
    """
    start, heading = _heading(table)
    rows = [(at, dict(zip(heading, cells, strict=False))) for at, cells in table[start:]]
    times = Counter(_plain(row.get(c.LINE)) for _at, row in rows)
    found = Understood()
    for at, row in rows:
        try:
            answer = _answer(row, times)
        except _Wrong as wrong:
            found.rows.append(Row(at, fault=str(wrong)))
            continue
        if answer is None:
            found.silent += 1
            continue
        named = _plain(row.get(c.NUMBER)).upper()
        is_other = bool(named) and named != number
        found.rows.append(Row(at, answer=answer, other=named if is_other else ""))
    return found


def _heading(table: Table) -> tuple[int, list[str]]:
    for position, (_number, cells) in enumerate(table[:HEADING_WITHIN]):
        names = [c.plain_heading(cell) for cell in cells]
        if c.LINE in names and c.RESULT in names:
            return position + 1, names
    raise NoHeading


def _answer(row: Mapping[str, Cell], times: Counter[str]) -> Answer | None:
    word = _plain(row.get(c.RESULT))
    if not word:
        return None
    line = _plain(row.get(c.LINE))
    if not _LINE.fullmatch(line):
        raise _Wrong(_("Nomor barisnya tidak terbaca."))
    if times[line] > 1:
        raise _Wrong(_("Baris %(line)s muncul lebih dari sekali.") % {"line": line})
    if word not in c.RESULTS:
        raise _Wrong(_("Hasil: tulis diterima atau ditolak."))
    if c.RESULTS[word]:
        return Answer(int(line), accepted=True, kpj=_kpj(row), receipt=_receipt(row))
    reason = _shown(row.get(c.REASON))
    if not reason:
        raise _Wrong(_("Ditolak tanpa alasan. Tulis alasan dari BPJS."))
    return Answer(int(line), accepted=False, reason=reason)


def _kpj(row: Mapping[str, Cell]) -> str:
    cell = row.get(c.KPJ)
    text = cell.replace(" ", "").upper() if isinstance(cell, str) else ""
    if not _KPJ.fullmatch(text):
        # A number cell has lost its zeros.
        raise _Wrong(_("KPJ: tulis sebagai teks, 5 sampai 20 angka atau huruf."))
    return text


def _receipt(row: Mapping[str, Cell]) -> str:
    text = _shown(row.get(c.RECEIPT))
    if not text or len(text) > LONGEST_RECEIPT:
        raise _Wrong(_("Diterima tanpa nomor bukti, atau nomornya terlalu panjang."))
    return text


def _shown(cell: Cell) -> str:
    """Return a cell as it is read, whichever kind the spreadsheet made of it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str("" if cell is None else cell).split())


def _plain(cell: Cell) -> str:
    return _shown(cell).casefold()
