"""Understanding a file that came back: which line says what, and which cannot be used."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workers.checkfile import columns as c
from workers.checkfile.reading import Cell, Table, Unreadable

Text = str | Promise

HEADING_WITHIN = 10
#: BPJS Ketenagakerjaan writes eleven; old numbers bear letters (domain reference 2).
_KPJ = re.compile(r"[0-9A-Z]{5,20}")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
EARLIEST = date(1978, 1, 1)
LATEST = date(2100, 1, 1)
SANDBOX = "kotak pasir"


class NoHeading(Unreadable):
    """No row names the columns that every answer needs."""

    sentence = gettext_lazy("Kolom baris dan kasus tidak ditemukan. Pakai tabel dari berkas ini.")


@dataclass(frozen=True)
class Fault:
    """A row of the file that cannot be used: its number in the file, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Line:
    """What one line answers; `kpj` stands apart because it is sealed."""

    number: int
    answer: dict[str, Any]
    kpj: str = ""


@dataclass
class Answers:
    """A whole file, understood. Nothing of it is kept yet."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: Lines that are there and say nothing.
    silent: int = 0
    unread: list[str] = field(default_factory=list)
    is_sandbox: bool = False


class _Wrong(ValueError):
    """A cell that cannot be used; the text says why."""


def understand(table: Table, *, target: str, cases: Mapping[int, str], today: date) -> Answers:
    """Read the rows of a file as answers to the lines of one batch.

    `cases` names the case of each line: a line of another batch has another number there,
    and is refused. Raises NoHeading.
    """
    start, heading = _heading(table)
    asked = c.ASKED[target]
    found = Answers(
        unread=[name for name in heading if name not in (*c.TOLD, *asked, c.SOURCE, "")]
    )
    rows = [(number, dict(zip(heading, cells, strict=False))) for number, cells in table[start:]]
    twice = {
        line for line, times in Counter(_number(row) for _row, row in rows).items() if times > 1
    }
    for number, row in rows:
        found.is_sandbox = found.is_sandbox or _plain(row.get(c.SOURCE)) == SANDBOX
        try:
            line = _line(row, cases, twice)
            answer, kpj = _answer(row, asked, today)
        except _Wrong as wrong:
            found.faults.append(Fault(number, str(wrong)))
            continue
        if answer or kpj:
            found.lines.append(Line(line, answer, kpj))
        else:
            found.silent += 1
    return found


def _heading(table: Table) -> tuple[int, list[str]]:
    for position, (_number, cells) in enumerate(table[:HEADING_WITHIN]):
        names = [c.plain_heading(cell) for cell in cells]
        if c.LINE in names and c.CASE in names:
            return position + 1, names
    raise NoHeading


# --- one row ---------------------------------------------------------------------------
def _line(row: Mapping[str, Cell], cases: Mapping[int, str], twice: set[int | None]) -> int:
    number = _number(row)
    if number is None:
        raise _Wrong(_("Nomor barisnya tidak terbaca."))
    if number in twice:
        raise _Wrong(_("Baris %(line)d muncul lebih dari sekali.") % {"line": number})
    if number not in cases:
        raise _Wrong(_("Baris %(line)d tidak ada dalam berkas ini.") % {"line": number})
    if _plain(row.get(c.CASE)).upper() != cases[number]:
        raise _Wrong(_("Nomor kasus pada baris %(line)d milik berkas lain.") % {"line": number})
    return number


def _answer(
    row: Mapping[str, Cell], asked: tuple[str, ...], today: date
) -> tuple[dict[str, Any], str]:
    said = {name: row.get(name, "") for name in asked}
    answer: dict[str, Any] = {}
    for column, name, read in _READERS:
        if said.get(column, "") not in ("", None):
            answer[name] = read(said[column])
    if "dead_on" in answer:
        if not answer.get("dead"):
            raise _Wrong(_("Ada tanggal meninggal, tetapi kolom meninggal bukan ya."))
        if answer["dead_on"] > today.isoformat():
            raise _Wrong(_("Tanggal meninggal belum tiba."))
    if (
        answer.get("identity") == "not_found"
        and len(answer) > 1
        and set(answer.values())
        - {
            "not_found",
            False,
        }
    ):
        raise _Wrong(_("Tidak ditemukan, tetapi kolom lain terisi."))
    return answer, _kpj(said.get(c.KPJ, ""))


def _number(row: Mapping[str, Cell]) -> int | None:
    text = _plain(row.get(c.LINE))
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _identity(cell: Cell) -> str:
    word = _plain(cell).replace("_", " ")
    if word not in c.IDENTITIES:
        raise _Wrong(_("Identitas: tulis cocok, tidak cocok, atau tidak ditemukan."))
    return c.IDENTITIES[word]


def _yes_no(cell: Cell) -> bool:
    word = _plain(cell)
    if word not in c.YES_NO:
        raise _Wrong(_("Karyawan dan meninggal: tulis ya atau tidak."))
    return c.YES_NO[word]


def _day(cell: Cell) -> str:
    day = cell.date() if isinstance(cell, datetime) else cell
    if not isinstance(day, date):
        day = _typed_day(_plain(cell))
    if not EARLIEST <= day < LATEST:
        raise _Wrong(_("Tanggalnya di luar batas yang wajar."))
    return day.isoformat()


def _typed_day(text: str) -> date:
    first, year = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    try:
        if first:
            return date(int(first[3]), int(first[2]), int(first[1]))
        if year:
            return date(int(year[1]), int(year[2]), int(year[3]))
    except ValueError:
        raise _Wrong(_("Tanggal ini tidak ada di kalender.")) from None
    raise _Wrong(_("Tanggal: tulis HH-BB-TTTT."))


def _kpj(cell: Cell) -> str:
    if cell in ("", None):
        return ""
    text = cell.replace(" ", "").upper() if isinstance(cell, str) else ""
    if not _KPJ.fullmatch(text):
        # A number cell has lost its zeros, as a NIK would.
        raise _Wrong(_("KPJ: tulis sebagai teks, 5 sampai 20 angka atau huruf."))
    return text


_READERS: tuple[tuple[str, str, Callable[[Cell], Any]], ...] = (
    (c.IDENTITY, "identity", _identity),
    (c.UNTIL, "member_until", _day),
    (c.EMPLOYEE, "employee", _yes_no),
    (c.DEAD, "dead", _yes_no),
    (c.DEAD_ON, "dead_on", _day),
)


def _plain(cell: Cell) -> str:
    """Return a cell as a word, whichever kind the spreadsheet made of it."""
    if isinstance(cell, bool):
        return "ya" if cell else "tidak"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str("" if cell is None else cell).strip().casefold()
