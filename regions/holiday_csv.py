"""The holidays as a file: one day a row, out and in.

A file says everything about the years that it names: a day of such a year that is not
listed goes. Other years stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _

from bricks.tables import Line, write_table
from regions.models import Holiday
from regions.office_csv import Problem

COLUMNS = ("tanggal", "nama")
LONGEST_NAME = 100
#: Years, counted from the present one, in which a day may be entered.
YEARS_BACK, YEARS_AHEAD = 1, 3
_DAY = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}")

Days = Mapping[date, str]


def current_days() -> dict[date, str]:
    """Read every holiday with its name, in one query."""
    return dict(Holiday.objects.values_list("date", "name"))


def fingerprint(days: Days) -> str:
    """What tells two tables of holidays apart."""
    told = ";".join(f"{day} {name}" for day, name in sorted(days.items()))
    return hashlib.sha256(told.encode()).hexdigest()


def write_holidays(days: Days, *, year: int | None = None) -> str:
    """Write the holidays, of one year if one is given, as the text of a file."""
    chosen = sorted((day, name) for day, name in days.items() if year in (None, day.year))
    return write_table(COLUMNS, [(f"{day:%d-%m-%Y}", name) for day, name in chosen])


@dataclass(frozen=True)
class DayStep:
    """One day that comes, goes, or is called otherwise; row 0: the file leaves it out."""

    number: int
    day: date
    before: str
    after: str

    @property
    def kind(self) -> str:
        return "new" if not self.before else "changed" if self.after else "removed"


@dataclass
class HolidayPlan:
    """What a file would do: nothing at all while it has a problem."""

    problems: list[Problem] = field(default_factory=list)
    steps: list[DayStep] = field(default_factory=list)
    rows: int = 0
    unchanged: int = 0

    @property
    def is_ready(self) -> bool:
        return bool(self.steps) and not self.problems


def plan_holidays(lines: Sequence[Line], days: Days, *, this_year: int) -> HolidayPlan:
    """Compare a file with the holidays: what it would change, or why it cannot."""
    plan = HolidayPlan(rows=len(lines))
    read: dict[date, Line] = {}
    for line in lines:
        problem = _problem(line, read, this_year)
        if problem:
            plan.problems.append(problem)
    years = {day.year for day in read}
    for day, line in sorted(read.items()):
        before, after = days.get(day, ""), line.cells["nama"]
        if before != after:
            plan.steps.append(DayStep(line.number, day, before, after))
        else:
            plan.unchanged += 1
    left_out = sorted(day for day in days if day.year in years and day not in read)
    plan.steps += [DayStep(0, day, days[day], "") for day in left_out]
    plan.steps.sort(key=lambda step: step.day)
    return plan


def _problem(line: Line, read: dict[date, Line], this_year: int) -> Problem | None:
    """Read one row into `read`, or say what is wrong with it."""
    day = read_day(line.cells["tanggal"])
    if day is None:
        sentence = _("Tulis tanggal-bulan-tahun, misalnya 17-08-2027.")
        return Problem(line.number, "tanggal", sentence)
    if not this_year - YEARS_BACK <= day.year <= this_year + YEARS_AHEAD:
        return Problem(line.number, "tanggal", _("Tahun ini terlalu jauh. Periksa lagi."))
    if day in read:
        told = {"number": read[day].number}
        sentence = _("Tanggal ini sudah ada di baris %(number)d.") % told
        return Problem(line.number, "tanggal", sentence)
    name = line.cells["nama"]
    if not name:
        return Problem(line.number, "nama", _("Kolom ini harus diisi."))
    if len(name) > LONGEST_NAME:
        told = {"most": LONGEST_NAME}
        return Problem(line.number, "nama", _("Paling panjang %(most)d huruf.") % told)
    read[day] = line
    return None


def read_day(text: str) -> date | None:
    """Read 17-08-2027, 17/8/2027, 17.08.2027 or 2027-08-17; None where it is no day."""
    if not _DAY.fullmatch(text):
        return None
    shape = "%Y-%m-%d" if text[:4].isdecimal() else "%d-%m-%Y"
    try:
        return datetime.strptime(re.sub("[/.]", "-", text), shape).date()  # noqa: DTZ007
    except ValueError:
        return None
