"""Which donors and programmes a person may act for, and in which role."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from donors.models import Donor, DonorMember, Programme

#: Who may enter workers, and who may only look on.
WRITERS = (DonorMember.Role.OWNER, DonorMember.Role.MAKER)


def own_donors(user: Any) -> QuerySet[Donor]:
    """Return the donors for which a person acts in any role."""
    if not user.is_authenticated:
        return Donor.everything.none()
    return Donor.everything.filter(members__user=user, members__left_at__isnull=True)


def writable_donors(user: Any) -> QuerySet[Donor]:
    """Return the donors for which a person may enter workers."""
    if not user.is_authenticated:
        return Donor.everything.none()
    return Donor.everything.filter(
        members__user=user, members__left_at__isnull=True, members__role__in=WRITERS
    )


def may_write(user: User, donor_id: int) -> bool:
    """Tell whether a person may enter and mend workers for a donor."""
    return writable_donors(user).filter(pk=donor_id).exists()


def organisation_programmes(user: Any) -> QuerySet[Programme]:
    """Return the open programmes of organisations for which a person may enter workers."""
    organisations = writable_donors(user).exclude(kind=Donor.Kind.PERSON)
    return (
        Programme.objects.filter(donor__in=organisations, closed_at__isnull=True)
        .select_related("donor")
        .order_by("donor__name", "name")
    )


def person_donor(user: Any) -> Donor | None:
    """Return the donor that a user is himself; None before his first order."""
    if not user.is_authenticated:
        return None
    return Donor.everything.filter(person=user).first()
