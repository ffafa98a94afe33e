"""Questions about offices for those who look after them: the list, one office, the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from accounts.models import Role, User
from regions import selectors as regions
from regions.models import Area, KanwilProvince, Office, OfficeArea, OfficeException
from workers.desk_selectors import watched_offices
from workers.models import Enrollment, Occupation, Worker


# --- the list ----------------------------------------------------------------------
def readable_offices(user: User) -> QuerySet[Office]:
    """The offices that a user may read: those he watches, and his own Kanwil."""
    if user.is_head_office:
        found = Office.objects.all()
    else:
        kanwil = [o.pk for o in user.offices(Role.Kind.REGIONAL_ADMIN, Role.Kind.AUDITOR)]
        watched = watched_offices(user).values("pk")
        found = Office.objects.filter(Q(pk__in=kanwil) | Q(pk__in=watched))
    return found.select_related("parent__parent", "successor")


@dataclass
class OfficeLine:
    """One office in the list."""

    office: Office
    served: int = 0
    unset: int = 0


@dataclass
class OfficeGroup:
    """A Kanwil with those of its branches that are listed."""

    kanwil: Office
    provinces: list[str] = field(default_factory=list)
    lines: list[OfficeLine] = field(default_factory=list)
    #: Whether the reader may open the Kanwil's own page.
    is_readable: bool = False


def office_groups(
    user: User, *, text: str = "", kind: str = "", province: str = "", only_gaps: bool = False
) -> list[OfficeGroup]:
    """List the offices that a user may read by Kanwil, in three queries.

    A sub-branch follows its branch. `only_gaps` keeps offices that stand in somewhere.
    """
    offices = _narrowed(readable_offices(user), text=text, kind=kind, province=province)
    offices = offices.annotate(
        served=Count("areas", distinct=True),
        unset=Count(
            "areas", filter=Q(areas__is_default=True, areas__is_configured=False), distinct=True
        ),
    )
    if only_gaps:
        offices = offices.filter(unset__gt=0)
    groups: dict[int, OfficeGroup] = {}
    for office in sorted(offices, key=_place):
        kanwil = regions.kanwil_of(office)
        group = groups.setdefault(kanwil.pk, OfficeGroup(kanwil))
        if office == kanwil:
            group.is_readable = True
        else:
            group.lines.append(OfficeLine(office, office.served, office.unset))
    overseen = KanwilProvince.objects.filter(office__in=groups).select_related("province")
    for row in overseen.order_by("province"):
        groups[row.office_id].provinces.append(row.province.name)
    return list(groups.values())


def _narrowed(
    offices: QuerySet[Office], *, text: str, kind: str, province: str
) -> QuerySet[Office]:
    if text:
        offices = offices.filter(
            Q(name__icontains=text) | Q(city__icontains=text) | Q(code__icontains=text)
        )
    if kind:
        offices = offices.filter(kind=kind)
    if province:
        serving = OfficeArea.objects.filter(regency__parent=province)
        overseeing = KanwilProvince.objects.filter(province=province)
        offices = offices.filter(
            Q(pk__in=serving.values("office")) | Q(pk__in=overseeing.values("office"))
        )
    return offices


def _place(office: Office) -> tuple[str, int, str, int, str]:
    """Order by Kanwil, then by branch, a sub-branch after its branch."""
    if office.parent is None:
        return (office.name, 0, "", 0, "")
    is_sub = office.kind == Office.Kind.KCP
    branch = office.parent if is_sub else office
    kanwil = branch.parent or branch
    return (kanwil.name, 1, branch.name, int(is_sub), office.name)


# --- one office --------------------------------------------------------------------
@dataclass(frozen=True)
class AreaLine:
    """A regency that an office serves, and who is its default."""

    area: OfficeArea
    default: Office | None


@dataclass(frozen=True)
class OfficePage:
    """Everything on the page of one office."""

    office: Office
    kanwil: Office
    provinces: list[Area]
    areas: list[AreaLine]
    exceptions: list[OfficeException]
    branches: list[Office]
    open_cases: int
    staff: int


def office_page(office: Office) -> OfficePage:
    """Read what the page of an office shows; the number of queries does not grow with it."""
    areas = list(office.areas.select_related("regency").order_by("regency"))
    defaults = {
        row.regency_id: row.office
        for row in OfficeArea.objects.filter(
            is_default=True, regency__in=[row.regency_id for row in areas]
        ).select_related("office")
    }
    below = Office.objects.filter(Q(parent=office) | Q(parent__parent=office))
    return OfficePage(
        office=office,
        kanwil=regions.kanwil_of(office),
        provinces=regions.provinces_of(office),
        areas=[AreaLine(row, defaults.get(row.regency_id)) for row in areas],
        exceptions=list(office.exceptions.select_related("area").order_by("area")),
        branches=sorted(below.select_related("parent__parent"), key=_place),
        open_cases=open_cases(office),
        staff=staff_of(office),
    )


def open_cases(office: Office) -> int:
    """Count the cases of an office that still have a way before them."""
    return Enrollment.everything.filter(office=office, status__in=Enrollment.OPEN).count()


def staff_of(office: Office) -> int:
    """Count the people who hold a role at an office today."""
    roles = Role.objects.filter(office=office, ended_at__isnull=True, user__is_active=True)
    return roles.values("user").distinct().count()


def possible_successors(office: Office) -> QuerySet[Office]:
    """The open branches that may take a closing office's place, those of its Kanwil first."""
    kanwil = regions.kanwil_of(office)
    near = Q(parent=kanwil) | Q(parent__parent=kanwil)
    branches = Office.objects.filter(is_open=True).exclude(kind=Office.Kind.KANWIL)
    return (
        branches.exclude(pk=office.pk)
        .annotate(is_near=Count("pk", filter=near))
        .order_by("-is_near", "name")
    )


def regencies_of(kanwil: Office) -> list[Area]:
    """The regencies and cities in a Kanwil's provinces, by code."""
    provinces = KanwilProvince.objects.filter(office=kanwil).values("province")
    return list(
        Area.objects.filter(level=Area.Level.REGENCY, parent__in=provinces)
        .select_related("parent")
        .order_by("code")
    )


def overseen_provinces() -> list[tuple[Area, Office | None]]:
    """Every province with the Kanwil that oversees it, in two queries."""
    overseen = {
        row.province_id: row.office for row in KanwilProvince.objects.select_related("office")
    }
    provinces = Area.objects.filter(level=Area.Level.PROVINCE).order_by("code")
    return [(province, overseen.get(province.code)) for province in provinces]


# --- gaps --------------------------------------------------------------------------
@dataclass(frozen=True)
class GapLine:
    """A gap, with the people and cases that it is about."""

    gap: regions.Gap
    workers: int
    cases: int


def gaps_seen(user: User, *, kanwil: Office | None = None) -> list[regions.Gap]:
    """The gaps in the provinces that a user watches over: his Kanwil's, or all."""
    if user.is_head_office:
        return regions.gaps(kanwil=kanwil)
    own = user.offices(Role.Kind.REGIONAL_ADMIN, Role.Kind.AUDITOR)
    return [
        gap
        for office in own
        if office.kind == Office.Kind.KANWIL and kanwil in (None, office)
        for gap in regions.gaps(kanwil=office)
    ]


def gap_lines(gaps: Iterable[regions.Gap]) -> list[GapLine]:
    """Count the registered workers and the open cases of each gap, in two queries."""
    gaps = list(gaps)
    codes = [gap.regency.code for gap in gaps]
    workers = _by_regency(Worker.everything.all(), codes)
    cases = _by_regency(Enrollment.everything.filter(status__in=Enrollment.OPEN), codes)
    return [GapLine(g, workers[g.regency.code], cases[g.regency.code]) for g in gaps]


def _by_regency(rows: QuerySet, codes: Collection[str]) -> Counter[str]:
    counted = (
        rows.filter(village__parent__parent__in=codes)
        .values(regency=Substr("village", 1, 4))
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Counter({row["regency"]: row["n"] for row in counted})


# --- the settings ------------------------------------------------------------------
def office_counts() -> dict[str, int]:
    """Count the open offices by kind."""
    counted = Office.objects.filter(is_open=True).values_list("kind").annotate(n=Count("pk"))
    return {kind.value: dict(counted).get(kind.value, 0) for kind in Office.Kind}


def offered_occupations() -> QuerySet[Occupation]:
    """The jobs that forms offer."""
    return Occupation.objects.filter(is_offered=True)


def occupation_lines() -> QuerySet[Occupation]:
    """Every job: those that are offered as forms list them, then the others."""
    return Occupation.objects.order_by("-is_offered", "order", "name")
