"""Tokens by which a user's programs read the API: made, shown once, withdrawn."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from knox.models import AuthToken

from accounts import audit
from accounts.models import User

#: Enough for the programs of one person; more are forgotten ones.
MOST_TOKENS = 5
ID_LENGTH = 16


class TooManyTokens(Exception):
    """The user has to withdraw a token before he can make another."""


def tokens_of(user: User, *, now: datetime) -> QuerySet[AuthToken]:
    """Return the user's tokens that still open something, the newest first."""
    return AuthToken.objects.filter(user=user, expiry__gt=now).order_by("-created")


def id_of(token: AuthToken) -> str:
    """Return what a page calls a token: the beginning of its hash, which opens nothing."""
    return token.digest[:ID_LENGTH]


def create_token(*, user: User, now: datetime) -> str:
    """Make a token and return it; only its hash is kept, so nobody can read it again.

    It may do what its owner may, as long as he may. Raises TooManyTokens.
    """
    with transaction.atomic():
        # The row of the user is locked, so that two clicks do not pass the limit together.
        User.objects.select_for_update().get(pk=user.pk)
        if tokens_of(user, now=now).count() >= MOST_TOKENS:
            raise TooManyTokens
        kept, token = AuthToken.objects.create(user=user)
        audit.record(action="token.created", obj=user, actor=user, now=now, after=_named(kept))
    return str(token)


def revoke_token(*, user: User, token_id: str, now: datetime) -> bool:
    """Withdraw a token of the user by its `id_of`; tell whether there was one. Repeatable."""
    if len(token_id) != ID_LENGTH:
        return False
    with transaction.atomic():
        found = AuthToken.objects.filter(user=user, digest__startswith=token_id)
        gone, _kinds = found.delete()
        if gone:
            after = {"token": token_id}
            audit.record(action="token.revoked", obj=user, actor=user, now=now, after=after)
    return bool(gone)


def _named(token: AuthToken) -> dict[str, str]:
    return {"token": id_of(token), "expires_at": token.expiry.isoformat()}
