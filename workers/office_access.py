"""Who may read which office, and who may change the table; everyone else reads 403 or 404."""

from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from regions.holiday_csv import read_day
from regions.models import Holiday, Office
from workers import desk_selectors, office_selectors
from workers.models import Occupation

head_office_only = roles_only(Role.Kind.HEAD_OFFICE)
office_readers = roles_only(
    *desk_selectors.BRANCH_ROLES,
    Role.Kind.REGIONAL_ADMIN,
    Role.Kind.HEAD_OFFICE,
    Role.Kind.AUDITOR,
)
#: Those who watch over more than one branch.
gap_readers = roles_only(Role.Kind.REGIONAL_ADMIN, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)


def office_for(user: User, code: str) -> Office:
    """Return an office that the user may read, or raise Http404."""
    found = office_selectors.readable_offices(user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def holiday_for(day: str) -> Holiday:
    """Return the holiday of a day written 2027-08-17, or raise Http404."""
    date = read_day(day)
    found = Holiday.objects.filter(date=date).first() if date else None
    if found is None:
        raise Http404
    return found


def occupation_for(code: str) -> Occupation:
    """Return a job of the list, or raise Http404."""
    found = Occupation.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found
