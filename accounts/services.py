"""Opening accounts for others, and what a user may change about his own."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User


class AddressTaken(Exception):
    """Another account already signs in by this e-mail address."""


def create_account(
    *,
    email: str,
    name: str,
    now: datetime,
    password: str | None = None,
    phone: str = "",
    language: str = "id",
    verified: bool = False,
) -> User:
    """Open an account for somebody else, who signs in by a code or the password.

    `phone` is cleaned (`bricks.phones`). Unless `verified`, the first sign-in proves
    the address. Raises AddressTaken.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=email,
                password=password,
                name=name,
                phone=phone,
                language=language,
                phone_verified_at=now if verified and phone else None,
            )
            EmailAddress.objects.create(
                user=user, email=user.email, primary=True, verified=verified
            )
    except IntegrityError as error:
        raise AddressTaken from error
    return user


def account_for(*, email: str, name: str, now: datetime) -> User:
    """Return the account of an e-mail address, opened where there is none.

    Two calls at once make one account.
    """
    known = User.objects.filter(email=email.lower()).first()
    if known:
        return known
    try:
        return create_account(email=email, name=name, now=now)
    except AddressTaken:
        return User.objects.get(email=email.lower())


def set_language(*, user: User, language: str) -> None:
    """Remember in which language the user reads pages and messages; others are ignored."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


def keep_phone(*, user: User, phone: str, verified_at: datetime | None) -> None:
    """Set the user's cleaned phone number, and when a code proved that it is his."""
    user.keep_phone(phone)
    user.phone_verified_at = verified_at
    user.save(update_fields=["phone", "phone_index", "phone_verified_at"])
