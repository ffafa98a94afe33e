"""Who may see the figures of which provinces; everyone else reads 404 (house section 8)."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from accounts.models import Role
from regions.models import Area, Office
from regions.selectors import children_of, provinces_of


@dataclass(frozen=True)
class Scope:
    """The provinces that a user may see, by name, and what they are called together.

    `office` is the Kanwil whose provinces they are; None stands for the whole country
    or for several Kanwil.
    """

    provinces: tuple[Area, ...]
    office: Office | None
    whole_country: bool


def scope_of(user: Any) -> Scope:
    """Return the provinces of a regional admin or auditor, all of them for head office.

    An auditor without an office is one of the whole country. Raises Http404 for everyone
    who has no such role.
    """
    if user.is_head_office or user.audits_the_country:
        return Scope(tuple(children_of()), None, whole_country=True)
    offices = user.offices(Role.Kind.REGIONAL_ADMIN, Role.Kind.AUDITOR)
    kanwils = {office.pk: office for office in offices if office.kind == Office.Kind.KANWIL}
    provinces = {area.pk: area for kanwil in kanwils.values() for area in provinces_of(kanwil)}
    if not provinces:
        raise Http404
    by_name = sorted(provinces.values(), key=lambda area: area.name)
    office = next(iter(kanwils.values())) if len(kanwils) == 1 else None
    return Scope(tuple(by_name), office, whole_country=False)


def province_in(scope: Scope, code: str) -> Area | None:
    """Return the province asked for; the only one where there is but one; None for all.

    A province outside the scope is a 404.
    """
    if not code:
        return scope.provinces[0] if len(scope.provinces) == 1 else None
    found = next((area for area in scope.provinces if area.pk == code), None)
    if found is None:
        raise Http404
    return found


def regency_in(scope: Scope, code: str) -> Area:
    """Return a regency or city of the scope, or raise Http404."""
    regencies = Area.objects.filter(level=Area.Level.REGENCY, parent__in=scope.provinces)
    # A NUL in the address would break PostgreSQL; no code has one.
    asked = regencies.filter(pk=code) if code.isalnum() else regencies.none()
    found = asked.select_related("parent").first()
    if found is None:
        raise Http404
    return found
