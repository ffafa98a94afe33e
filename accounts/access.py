"""Whose pages are whose: donors and staff do not meet on one page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User

View = Callable[..., HttpResponse]


def donors_only(view: View) -> View:
    """Let donors in; ask strangers to sign in; refuse staff (403), who are no donors."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_donor:  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def roles_only(*kinds: str) -> Callable[[View], View]:
    """Let only those in who hold one of the named roles; refuse everybody else (403)."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_role(*kinds):  # type: ignore[union-attr]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def user_of(request: HttpRequest) -> User:
    """Return who is signed in. Behind `login_required`; raises PermissionDenied elsewhere."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
