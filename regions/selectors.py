"""Questions about areas, offices and working days. Nothing here writes."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea, OfficeException
from regions.search import search_villages

__all__ = [
    "Gap",
    "LackingYear",
    "add_working_days",
    "children_of",
    "default_office_for",
    "default_offices",
    "find_village",
    "gaps",
    "holiday_years",
    "holidays_of",
    "is_working_day",
    "kanwil_of",
    "known_codes",
    "lacking_years",
    "offices_for",
    "offices_of_villages",
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
OCTOBER = 10

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
    """Return the open offices that serve the village, the one that takes its cases first.

    That is the office named for the village or its district (`OfficeException`), else
    the default of its regency. Where none serves it, the branches of its province's
    Kanwil stand in, and where that has none, the Kanwil; [] only for a village of no
    loaded province. The number of queries does not grow with the offices.
    """
    serving = Office.objects.filter(is_open=True, areas__regency=village_code[:4])
    offices = list(serving.order_by("-areas__is_default", "kind", "name"))
    named = _exceptions([village_code]).get(village_code)
    if named is not None:
        return [named, *(office for office in offices if office != named)]
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


def offices_of_villages(village_codes: Collection[str]) -> dict[str, Office]:
    """Return the open office that takes each of these villages' cases, in two queries.

    A village whose regency has no open default office is left out.
    """
    named = _exceptions(village_codes)
    defaults = default_offices({code[:4] for code in village_codes})
    return {
        code: named.get(code) or defaults[code[:4]]
        for code in village_codes
        if code in named or code[:4] in defaults
    }


def _exceptions(village_codes: Collection[str]) -> dict[str, Office]:
    """Find the open offices named for these villages or their districts, in one query."""
    rows = OfficeException.objects.filter(
        area__in={part for code in village_codes for part in (code[:6], code)},
        office__is_open=True,
    )
    offices = {row.area_id: row.office for row in rows.select_related("office")}
    named = {code: offices.get(code) or offices.get(code[:6]) for code in village_codes}
    return {code: office for code, office in named.items() if office is not None}


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


@dataclass(frozen=True)
class Gap:
    """A regency that no open branch serves, or only one that stands in ("belum diatur")."""

    regency: Area
    is_served: bool
    stand_in: Office | None


def gaps(*, kanwil: Office | None = None) -> list[Gap]:
    """Return the gaps by code, of all Kanwil or of one, in four queries.

    `stand_in` is the office that takes the regency's cases meanwhile (`offices_for`);
    None only where the province has no Kanwil.
    """
    overseen = KanwilProvince.objects.select_related("office")
    if kanwil is not None:
        overseen = overseen.filter(office=kanwil)
    kanwil_of_province = {row.province_id: row.office for row in overseen}
    regencies = Area.objects.filter(level=Area.Level.REGENCY)
    if kanwil is not None:
        regencies = regencies.filter(parent__in=kanwil_of_province)
    serving: dict[str, list[OfficeArea]] = {}
    rows = OfficeArea.objects.filter(office__is_open=True).select_related("office")
    for row in rows.order_by("-is_default", "office__kind", "office__name"):
        serving.setdefault(row.regency_id, []).append(row)
    branches: dict[int, Office] = {}
    for branch in Office.objects.filter(is_open=True, kind=Office.Kind.KC).order_by("-name"):
        branches[branch.parent_id or 0] = branch
    found = []
    for regency in regencies.order_by("code"):
        first = next(iter(serving.get(regency.code, [])), None)
        if first is not None and first.is_configured:
            continue
        above = kanwil_of_province.get(regency.province_code)
        stand_in = first.office if first else above and branches.get(above.pk, above)
        found.append(Gap(regency=regency, is_served=first is not None, stand_in=stand_in))
    return found


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


def holidays_of(year: int) -> list[Holiday]:
    """Return the holidays of a year, in order."""
    return list(Holiday.objects.filter(date__year=year).order_by("date"))


@dataclass(frozen=True)
class LackingYear:
    """A year whose holidays head office must look at: none, or fewer than it had before."""

    year: int
    held: int
    usual: int


def lacking_years(today: date) -> list[LackingYear]:
    """Name this year where it has no holiday, and from October on the next while it has
    none, or fewer than this one. One query."""
    counts = holiday_years(today)
    this, following = today.year, today.year + 1
    found = [] if counts[this] else [LackingYear(this, 0, 0)]
    if today.month >= OCTOBER and (not counts[following] or counts[following] < counts[this]):
        found.append(LackingYear(following, counts[following], counts[this]))
    return found


def holiday_years(today: date) -> dict[int, int]:
    """Count the holidays of this year and the next, and of every other year that has any."""
    days = Holiday.objects.values_list("date", flat=True)
    counts = dict.fromkeys((today.year, today.year + 1), 0)
    for day in days:
        counts[day.year] = counts.get(day.year, 0) + 1
    return dict(sorted(counts.items()))


def _works(day: date, holidays: set[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def _holidays(first: date, last: date | None = None) -> set[date]:
    rows = Holiday.objects.filter(date__gte=first)
    if last is not None:
        rows = rows.filter(date__lte=last)
    return set(rows.values_list("date", flat=True))
