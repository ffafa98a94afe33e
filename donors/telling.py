"""Telling a donor: one text, rendered in each payer's language, into the outbox."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation

from accounts.models import User
from donors.models import Donor, DonorMember
from notices.models import Message
from notices.services import post_message

#: Who acts for a donor in matters of money.
PAYING_ROLES = (DonorMember.Role.OWNER, DonorMember.Role.PAYER)


def payers_of(donor: Donor) -> list[User]:
    """Return the people who are told about a donor's money."""
    members = DonorMember.objects.filter(
        donor=donor, left_at__isnull=True, role__in=PAYING_ROLES, user__is_active=True
    )
    return [member.user for member in members.select_related("user").order_by("pk")]


def tell_donor(
    *,
    donor: Donor,
    key: str,
    kind: str,
    text: Callable[[User], tuple[str, str]],
    now: datetime,
    not_before: datetime | None = None,
) -> list[Message]:
    """Put one message per payer of the donor into the outbox, in the caller's transaction.

    `text(user)` returns subject and body and is called in the user's language. `key`
    says what it is about; a second call with the same key adds nothing.
    """
    told = []
    for user in payers_of(donor):
        with translation.override(user.language):
            subject, body = text(user)
        told.append(
            post_message(
                key=f"{key}:{user.pk}",
                kind=kind,
                user=user,
                subject=subject,
                body=body,
                now=now,
                not_before=not_before,
            )
        )
    return told
