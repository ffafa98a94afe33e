"""Questions about areas, offices and working days. Nothing here writes."""

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import Q

from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea
from regions.search import search_villages

__all__ = [
    "add_working_days",
    "children_of",
    "default_office_for",
    "default_offices",
    "find_village",
    "is_working_day",
    "kanwil_of",
    "known_codes",
    "offices_for",
    "path_of",
    "provinces_of",
    "search_villages",
    "unconfigured_regencies",
    "utc_offset_of",
    "working_days_between",
]

# The levels above a village, from the top, as a cascade of lists shows them.
LIST_LEVELS = (Area.Level.PROVINCE, Area.Level.REGENCY, Area.Level.DISTRICT)
SATURDAY = 5

_VILLAGE_CODE = re.compile(r"[0-9]{10}")


# --- areas -------------------------------------------------------------------------


def children_of(code: str = "") -> list[Area]:
    """Return the areas directly below a code, by name; the provinces for an empty one."""
    parent = Q(parent=code) if code else Q(parent__isnull=True)
    return list(Area.objects.filter(parent).order_by("name", "code"))


def path_of(code: str) -> list[Area]:
    """Return the area of a code with those above it, the province first; [] for no area."""
    codes = [code[:digits] for digits in (2, 4, 6, 10) if digits <= len(code)]
    areas = Area.objects.in_bulk(codes)
    return [areas[part] for part in codes] if code and code in areas else []


def find_village(code: str) -> Area | None:
    """Return the village of a code, or None where the code is none of a village."""
    if not _VILLAGE_CODE.fullmatch(code):
        return None
    return Area.objects.filter(code=code, level=Area.Level.VILLAGE).first()


def known_codes(codes: Iterable[str]) -> set[str]:
    """Return those of the codes that the table of areas knows today."""
    return set(Area.objects.filter(code__in=set(codes)).values_list("code", flat=True))


def utc_offset_of(village_code: str) -> int:
    """Return 7, 8 or 9 (WIB, WITA, WIT) for a village. Raises Area.DoesNotExist."""
    return Area.objects.only("utc_offset").get(code=village_code).utc_offset


# --- offices -----------------------------------------------------------------------


def offices_for(*, village_code: str) -> list[Office]:
    """Return the open offices that serve the village's regency, the default first.

    Where none serves it, the branches of its province's Kanwil stand in, and where
    that has none, the Kanwil; [] only for a village of no loaded province.
    """
    serving = Office.objects.filter(is_open=True, areas__regency=village_code[:4])
    offices = list(serving.order_by("-areas__is_default", "kind", "name"))
    if offices:
        return offices
    kanwil = _kanwil_of_province(village_code[:2])
    if kanwil is None:
        return []
    branches = Office.objects.filter(is_open=True, parent=kanwil)
    return list(branches.order_by("name")) or [kanwil]


def default_office_for(*, village_code: str) -> Office | None:
    """Return the office whose desk a case from this village goes to (`offices_for`)."""
    offices = offices_for(village_code=village_code)
    return offices[0] if offices else None


def default_offices(regency_codes: Collection[str]) -> dict[str, Office]:
    """Return the open default office of each of these regencies, in one query."""
    rows = OfficeArea.objects.filter(
        regency__in=regency_codes, is_default=True, office__is_open=True
    ).select_related("office")
    return {row.regency_id: row.office for row in rows}


def kanwil_of(office: Office) -> Office:
    """Return the Kanwil above an office; a Kanwil is its own."""
    while office.parent is not None:
        office = office.parent
    return office


def provinces_of(kanwil: Office) -> list[Area]:
    """Return the provinces that a Kanwil oversees, by code."""
    return list(kanwil.provinces.order_by("code"))


def unconfigured_regencies(*, kanwil: Office | None = None) -> list[OfficeArea]:
    """Return the regencies "belum diatur": a stand-in office serves them, by code.

    Each row bears its `regency` and `office`. Only those of a Kanwil, if one is given.
    """
    rows = OfficeArea.objects.filter(is_default=True, is_configured=False)
    if kanwil is not None:
        rows = rows.filter(regency__parent__in=provinces_of(kanwil))
    return list(rows.select_related("regency", "office").order_by("regency"))


def _kanwil_of_province(province_code: str) -> Office | None:
    row = KanwilProvince.objects.filter(province=province_code).select_related("office").first()
    return row.office if row else None


# --- working days ------------------------------------------------------------------
# Days are dates of Asia/Jakarta (house section 6). The holidays are read once a call.


def is_working_day(day: date) -> bool:
    """Tell whether offices work on a day: Monday to Friday and no holiday."""
    return _works(day, _holidays(day, day))


def add_working_days(start: date, n: int) -> date:
    """Return the n-th working day after `start`; for 0 the first from `start` itself on.

    A case handed in on Friday that may take 2 working days is due on Tuesday. Raises
    ValueError for a negative count.
    """
    if n < 0:
        raise ValueError("working days are counted forwards")
    holidays = _holidays(start)
    day = start
    if n == 0:
        while not _works(day, holidays):
            day += timedelta(days=1)
    while n > 0:
        day += timedelta(days=1)
        n -= _works(day, holidays)
    return day


def working_days_between(start: date, end: date) -> int:
    """Count the working days after `start` up to and with `end`; 0 where `end` is not later.

    The inverse of `add_working_days`: between a start and its n-th working day lie n.
    """
    holidays = _holidays(start, end)
    days = (start + timedelta(days=k) for k in range(1, (end - start).days + 1))
    return sum(_works(day, holidays) for day in days)


def _works(day: date, holidays: set[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def _holidays(first: date, last: date | None = None) -> set[date]:
    rows = Holiday.objects.filter(date__gte=first)
    if last is not None:
        rows = rows.filter(date__lte=last)
    return set(rows.values_list("date", flat=True))
