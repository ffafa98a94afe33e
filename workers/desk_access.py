"""Who may read which case at the desk, and who may act on it; everyone else reads 404."""

from uuid import UUID

from django.http import Http404, HttpRequest

from accounts.access import roles_only
from accounts.models import Role, User
from workers import desk_selectors
from workers.models import Enrollment

#: Doors of the desk: branch officers and their supervisors.
branch_only = roles_only(*desk_selectors.BRANCH_ROLES)
supervisors_only = roles_only(Role.Kind.BRANCH_SUPERVISOR)
#: The page of a case is also read by those who watch over branches.
staff_only = roles_only(
    *desk_selectors.BRANCH_ROLES,
    Role.Kind.REGIONAL_ADMIN,
    Role.Kind.HEAD_OFFICE,
    Role.Kind.AUDITOR,
)


class StaffRequest(HttpRequest):
    """A request that one of the doors below has let in."""

    user: User


def watched_case_for(user: User, uuid: UUID) -> Enrollment:
    """Return a case that a member of staff may read, or raise Http404."""
    found = desk_selectors.watched_cases(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def desk_case_for(user: User, uuid: UUID) -> Enrollment:
    """Return a case of the user's own desk, on which he may act, or raise Http404."""
    found = watched_case_for(user, uuid)
    if not desk_selectors.works_at_desk_of(user, found):
        raise Http404
    return found
