"""Questions about donors and their programmes."""

from django.db.models import QuerySet

from accounts.models import User
from donors.models import Donor, Programme


def donors_of(user: User) -> QuerySet[Donor]:
    """Return the donors for whom a user acts today."""
    return Donor.everything.filter(members__user=user, members__left_at__isnull=True)


def sertakan_of(donor: Donor) -> Programme:
    """Return the open SERTAKAN programme of a person's own donor."""
    return Programme.objects.get(donor=donor, kind=Programme.Kind.SERTAKAN, closed_at=None)


def organisations_opened_by(user: User) -> QuerySet[Programme]:
    """Return the programmes of the organisations that the user's branches opened, newest first."""
    offices = [office.pk for office in user.offices("branch_supervisor")]
    return (
        Programme.objects.filter(opened_by_office__in=offices)
        .select_related("donor")
        .order_by("-created_at", "-pk")
    )
