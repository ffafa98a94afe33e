"""Which sponsorships a person may rule for his donors; everyone else reads 404."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404

from contributions.models import Sponsorship
from contributions.selectors import ACTING_ROLES
from donors.models import Donor, DonorMember

Status = Sponsorship.Status
GOING = (Status.ACTIVE, Status.AWAITING_PAYMENT, Status.PROPOSED)


def acting_donors(user: Any) -> QuerySet[Donor]:
    """Return the donors for whom the user may act: as owner, maker or payer."""
    members = DonorMember.objects.filter(user=user, left_at__isnull=True, role__in=ACTING_ROLES)
    return Donor.everything.filter(pk__in=members.values("donor")).order_by("name", "pk")


def controlled(user: Any) -> QuerySet[Sponsorship]:
    """Return the sponsorships that go on and that the user may rule, those that end first on
    top."""
    rows = Sponsorship.everything.filter(donor__in=acting_donors(user).values("pk"))
    return (
        rows.filter(status__in=GOING)
        .select_related("worker__occupation", "worker__village", "programme", "donor")
        .order_by(F("paid_until").asc(nulls_last=True), "pk")
    )


def chosen(user: Any, uuids: Collection[UUID]) -> list[Sponsorship]:
    """Return these sponsorships, or raise Http404 if the user may not rule one of them."""
    mine = Sponsorship.everything.filter(donor__in=acting_donors(user).values("pk"))
    whole = mine.select_related("worker", "programme", "donor").order_by("paid_until", "pk")
    found = list(whole.filter(uuid__in=set(uuids)))
    if len(found) != len(set(uuids)):
        raise Http404
    return found
