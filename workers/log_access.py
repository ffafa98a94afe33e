"""Who may read the two logs, and who may name a deputy; everyone else reads 403 or 404."""

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import View, roles_only, user_of
from accounts.models import Role, User
from accounts.selectors import deputies_of
from workers.log_selectors import READERS

log_readers = roles_only(*READERS)


def in_charge_only(view: View) -> View:
    """Let supervisors in who are none as a deputy; refuse everybody else (403)."""

    @roles_only(Role.Kind.BRANCH_SUPERVISOR)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not user_of(request).offices_in_charge:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def deputy_for(supervisor: User, pk: int) -> Role:
    """Return the role of a deputy at the supervisor's own offices, or raise Http404."""
    found = deputies_of(supervisor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
