"""Who may fetch which certificates; everyone else reads 404."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.http import Http404

from accounts.models import User
from contributions.models import CertificateBatch
from donors.models import Donor
from donors.selectors import donors_of

SHOWN = 20


def certificate_batch_for(user: User, uuid: UUID) -> CertificateBatch:
    """Return certificates that were asked for a donor of the user, or raise Http404."""
    rows = CertificateBatch.objects.filter(donor__in=donors_of(user), uuid=uuid)
    found = rows.select_related("donor__opened_by_office").first()
    if found is None:
        raise Http404
    return found


def certificate_batches(donors: Collection[Donor], *, now: datetime) -> list[CertificateBatch]:
    """Return the newest certificates of many that were asked for these donors and are kept."""
    rows = CertificateBatch.objects.filter(donor__in=donors, expires_at__gt=now)
    return list(rows.select_related("donor").order_by("-asked_at", "-pk")[:SHOWN])
