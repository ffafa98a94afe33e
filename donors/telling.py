"""Telling a donor: one text, rendered in each payer's language, into the outbox."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation

from accounts.models import User
from donors.models import Donor, DonorMember
from notices.models import Message
from notices.services import Draft, post_many, post_message

#: Who acts for a donor in matters of money.
PAYING_ROLES = (DonorMember.Role.OWNER, DonorMember.Role.PAYER)


@dataclass(frozen=True)
class DonorLetter:
    """One text to one donor of many; each field as in `tell_donor`."""

    donor_id: int
    key: str
    kind: str
    text: Callable[[User], tuple[str, str]]


def payers_of(donor: Donor) -> list[User]:
    """Return the people who are told about a donor's money."""
    return payers_by_donor([donor.pk]).get(donor.pk, [])


def payers_by_donor(donor_ids: Collection[int]) -> dict[int, list[User]]:
    """Return by donor the people who are told about his money, in one query."""
    members = DonorMember.objects.filter(
        donor__in=donor_ids, left_at__isnull=True, role__in=PAYING_ROLES, user__is_active=True
    )
    payers = defaultdict(list)
    for member in members.select_related("user").order_by("pk"):
        payers[member.donor_id].append(member.user)
    return dict(payers)


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


def tell_donors(
    letters: Sequence[DonorLetter], *, now: datetime, not_before: datetime | None = None
) -> int:
    """Put one message per letter and payer of its donor into the outbox, in the caller's
    transaction; return how many were not there before.

    As `tell_donor` for each, by a number of statements that does not grow with them.
    """
    payers = payers_by_donor({letter.donor_id for letter in letters})
    drafts = []
    for letter in letters:
        for user in payers.get(letter.donor_id, []):
            with translation.override(user.language):
                subject, body = letter.text(user)
            key = f"{letter.key}:{user.pk}"
            drafts.append(Draft(key, letter.kind, user, subject, body, not_before))
    return post_many(drafts, now=now)
