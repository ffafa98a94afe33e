"""The table of offices as a file: one row per office and area, out and in.

A file may name some offices only; the others stay. For an office that it names, the
file says everything: an area that is not listed is no longer its own. What the file
moves away from an office that it does not name is shown there too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from bricks.tables import Line, write_table
from regions.models import Area
from regions.office_table import CODE, KANWIL, Change, Row, Serves, Table, changes, faults
from regions.office_words import FIELDS, place_names, say_fault, say_value

COLUMNS = (
    "kode_kantor",
    "nama",
    "jenis",
    "induk",
    "kota",
    "alamat",
    "telepon",
    "buka",
    "kode_wilayah",
    "nama_wilayah",
    "utama",
    "diatur",
)
#: Column of the file: field of an office.
OWN = {
    "nama": "name",
    "jenis": "kind",
    "induk": "parent",
    "kota": "city",
    "alamat": "address",
    "telepon": "phone",
}
LONGEST = {"nama": 100, "kota": 60, "alamat": 200, "telepon": 20}
YES, NO = "ya", "tidak"
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{1,19}")
_AREA = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10}")
_PLAIN_NUMBER = re.compile(r"0[0-9]{6,13}")


def tidy_phone(text: str) -> str:
    """Put a space into a number that begins with 0: spreadsheets swallow that 0 else.

    Raises ValueError where the text is no telephone number.
    """
    text = " ".join(text.split())
    if text and not _PHONE.fullmatch(text):
        raise ValueError(text)
    return f"{text[:4]} {text[4:]}" if _PLAIN_NUMBER.fullmatch(text) else text


def write_offices(table: Table) -> str:
    """Write the whole table as the text of a file."""
    areas: dict[str, list[tuple[str, str, str]]] = {code: [] for code in table.offices}
    for province, office in table.provinces.items():
        areas[office].append((province, "", ""))
    for (office, regency), how in table.areas.items():
        areas[office].append((regency, _yes(how.is_default), _yes(how.is_configured)))
    for area, office in table.exceptions.items():
        areas[office].append((area, "", ""))
    names = place_names({area for rows in areas.values() for area, *_how in rows})
    return write_table(
        COLUMNS,
        [
            (*_own_cells(code, row), area, names.get(area, ""), *how)
            for code, row in sorted(table.offices.items(), key=lambda item: _order(*item))
            for area, *how in sorted(areas[code]) or [("", "", "")]
        ],
    )


def _order(code: str, row: Row) -> tuple[int, str]:
    return (0 if row.kind == KANWIL else 1 if row.kind == "kc" else 2, code)


def _own_cells(code: str, row: Row) -> tuple[str, ...]:
    is_open = _yes(row.is_open)
    return (code, row.name, row.kind, row.parent, row.city, row.address, row.phone, is_open)


def _yes(value: bool) -> str:  # noqa: FBT001
    return YES if value else NO


# --- reading -----------------------------------------------------------------------
@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: where, and what to do. Row 0 stands for the whole file."""

    number: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Step:
    """One change as the preview shows it; row 0: it follows from another row."""

    number: int
    change: Change
    office: str
    label: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """Whether something comes, goes, or becomes another."""
        return "new" if not self.before else "changed" if self.after else "removed"


@dataclass
class Plan:
    """What a file would do: nothing at all while it has a problem."""

    wanted: Table
    problems: list[Problem] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rows: int = 0
    unchanged: int = 0

    @property
    def is_ready(self) -> bool:
        return bool(self.steps) and not self.problems


@dataclass
class _Reading:
    """What has been read of a file so far."""

    table: Table
    known: dict[str, str]
    wanted: Table
    problems: list[Problem] = field(default_factory=list)
    first: dict[str, Line] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def refuse(self, line: Line, column: str, sentence: str) -> None:
        self.problems.append(Problem(line.number, column, sentence))


def plan_offices(lines: Sequence[Line], table: Table) -> Plan:
    """Compare a file with the table: what it would change, or why it cannot."""
    codes = {line.cells["kode_wilayah"] for line in lines}
    well_formed = {code for code in codes if _AREA.fullmatch(code)}
    levels = dict(Area.objects.filter(code__in=well_formed).values_list("code", "level"))
    reading = _Reading(table=table, known=levels, wanted=table.copy())
    named = {line.cells["kode_kantor"] for line in lines}
    for line in lines:
        _read_office(reading, line, named)
    _clear_areas(reading)
    for line in lines:
        if line.cells["kode_kantor"] in reading.first:
            _read_area(reading, line)
    plan = Plan(reading.wanted, reading.problems, rows=len(lines))
    if not plan.problems:
        _compare(plan, reading)
    return plan


def _read_office(reading: _Reading, line: Line, named: set[str]) -> None:
    code = line.cells["kode_kantor"]
    first = reading.first.get(code)
    if first is not None:
        for column in (*OWN, "buka"):
            if line.cells[column] not in ("", first.cells[column]):
                told = {"number": first.number}
                sentence = _("Berbeda dari baris %(number)d untuk kantor yang sama.") % told
                reading.refuse(line, column, sentence)
        return
    if not CODE.fullmatch(code):
        sentence = _("Kode kantor terdiri dari huruf besar, angka, dan tanda hubung.")
        reading.refuse(line, "kode_kantor", sentence)
        return
    reading.first[code] = line
    known = reading.table.offices.get(code)
    _check_own(reading, line, known, named)
    own: dict[str, Any] = {name: line.cells[column] for column, name in OWN.items()}
    row = Row(**own)
    try:
        row.phone = tidy_phone(row.phone)
    except ValueError:
        reading.refuse(line, "telepon", _("Nomor telepon ini tidak terbaca."))
    if row.phone.isdecimal() and len(row.phone) > 5:
        sentence = _("Angka 0 di depan hilang. Tulis dengan spasi, misalnya 0711 123456.")
        reading.refuse(line, "telepon", sentence)
    row.is_open = known.is_open if known else True
    reading.wanted.offices[code] = row


def _check_own(reading: _Reading, line: Line, known: Row | None, named: set[str]) -> None:
    cells = line.cells
    for column, most in LONGEST.items():
        if len(cells[column]) > most:
            told = {"most": most}
            reading.refuse(line, column, _("Paling panjang %(most)d huruf.") % told)
    for column in ("nama", "kota", "telepon"):
        if not cells[column]:
            reading.refuse(line, column, _("Kolom ini harus diisi."))
    if cells["jenis"] not in (KANWIL, "kc", "kcp"):
        reading.refuse(line, "jenis", _("Jenis kantor: kanwil, kc, atau kcp."))
    elif known is None and cells["jenis"] == KANWIL:
        reading.refuse(line, "jenis", _("Kantor wilayah baru tidak dibuat lewat berkas."))
    if cells["induk"] and cells["induk"] not in named | set(reading.table.offices):
        reading.refuse(line, "induk", _("Kode kantor induk ini tidak dikenal."))
    if cells["buka"] not in (YES, NO):
        reading.refuse(line, "buka", _("Isi ya atau tidak."))
    elif (cells["buka"] == YES) != (known.is_open if known else True):
        reading.refuse(line, "buka", _("Kantor dibuka dan ditutup di halamannya sendiri."))


def _clear_areas(reading: _Reading) -> None:
    """Take every area from the offices that the file names; it gives them back below."""
    wanted, named = reading.wanted, reading.first
    wanted.provinces = {p: o for p, o in wanted.provinces.items() if o not in named}
    wanted.areas = {key: how for key, how in wanted.areas.items() if key[0] not in named}
    wanted.exceptions = {a: o for a, o in wanted.exceptions.items() if o not in named}


def _read_area(reading: _Reading, line: Line) -> None:
    code, area = line.cells["kode_kantor"], line.cells["kode_wilayah"]
    if not area:
        return
    level = reading.known.get(area)
    if level is None:
        reading.refuse(line, "kode_wilayah", _("Kode wilayah ini tidak dikenal."))
        return
    is_regency = level == Area.Level.REGENCY
    # A province, district or village has one office; a regency may have several.
    place = (code if is_regency else "", area)
    if place in reading.rows:
        told = {"number": reading.rows[place]}
        sentence = _("Wilayah ini sudah ada di baris %(number)d.") % told
        reading.refuse(line, "kode_wilayah", sentence)
        return
    reading.rows[place] = line.number
    if is_regency:
        _read_regency(reading, line, code, area)
    elif level == Area.Level.PROVINCE:
        reading.wanted.provinces[area] = code
    else:
        reading.wanted.exceptions[area] = code


def _read_regency(reading: _Reading, line: Line, code: str, regency: str) -> None:
    for column in ("utama", "diatur"):
        if line.cells[column] not in (YES, NO):
            reading.refuse(line, column, _("Isi ya atau tidak."))
            return
    how = Serves(line.cells["utama"] == YES, line.cells["diatur"] == YES)
    if how.is_default:
        # The default passes on from an office that the file does not name.
        former = reading.wanted.default_of(regency)
        if former and former not in reading.first:
            reading.wanted.areas[former, regency].is_default = False
    reading.wanted.areas[code, regency] = how


def _compare(plan: Plan, reading: _Reading) -> None:
    """Judge the wanted table by the rules, and list what differs."""
    broken = faults(reading.table, plan.wanted)
    found = changes(reading.table, plan.wanted)
    names = place_names({c.area for c in found} | {f.area for f in broken})
    for fault in broken:
        places = [(fault.office, fault.area), ("", fault.area)]
        numbers = [reading.rows[place] for place in places if place in reading.rows]
        line = reading.first.get(fault.office)
        number = numbers[0] if numbers else line.number if line else 0
        column = "kode_wilayah" if fault.area else "kode_kantor"
        plan.problems.append(Problem(number, column, say_fault(fault, names)))
    plan.problems.sort(key=lambda problem: problem.number)
    plan.steps = [_step(change, reading, plan.wanted, names) for change in found]
    touched = {step.number for step in plan.steps}
    plan.unchanged = plan.rows - len(touched - {0})


def _step(change: Change, reading: _Reading, wanted: Table, names: dict[str, str]) -> Step:
    place = (change.office if change.what == "regency" else "", change.area)
    line = reading.first.get(change.office)
    number = reading.rows.get(place, 0) if change.area else line.number if line else 0
    if number and change.what in ("province", "exception") and not change.after:
        # The row names the new office; that the former one loses it follows.
        number = 0
    return Step(
        number=number,
        change=change,
        office=wanted.offices[change.office].name,
        label=names.get(change.area) or str(FIELDS[change.what]),
        before=str(say_value(change, change.before)),
        after=str(say_value(change, change.after)),
    )
