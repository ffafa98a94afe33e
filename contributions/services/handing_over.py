"""The donor hands a sponsorship over: the link that he sends to whoever goes on."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions import locks
from contributions.models import HandOver, Sponsorship
from contributions.services.taking_over import is_to_hand_over


class CannotHandOver(Exception):
    """The sponsorship is over or withheld, or somebody takes it over already."""

    def __str__(self) -> str:
        return str(_("Sponsor ini tidak dapat diserahkan sekarang."))


def make_link(*, sponsorship: Sponsorship, by: User, now: datetime) -> HandOver:
    """Offer a running sponsorship by a fresh link; an earlier one stops working at once.

    Nothing else changes: it goes on until the branch has approved the other donor's case.
    Raises CannotHandOver.
    """
    with transaction.atomic():
        locks.lock_workers([sponsorship.worker_id])
        row = Sponsorship.everything.get(pk=sponsorship.pk)
        if not is_to_hand_over(row, today=jakarta_date(now)):
            raise CannotHandOver
        _revoke(row, now)
        made = HandOver.everything.create(
            sponsorship=row,
            made_by=by,
            made_at=now,
            expires_at=now + timedelta(days=settings.HAND_OVER_LINK_DAYS),
        )
        audit.record(action="hand_over.offered", obj=made, actor=by, now=now)
        return made


def revoke_link(*, sponsorship: Sponsorship, by: User, now: datetime) -> bool:
    """Take the offer back; False where there was none, or it was accepted meanwhile."""
    with transaction.atomic():
        locks.lock_workers([sponsorship.worker_id])
        revoked = _revoke(sponsorship, now)
        if revoked:
            audit.record(action="hand_over.revoked", obj=sponsorship, actor=by, now=now)
        return revoked


def _revoke(sponsorship: Sponsorship, now: datetime) -> bool:
    rows = HandOver.everything.filter(
        sponsorship=sponsorship, used_at__isnull=True, revoked_at__isnull=True
    )
    return rows.update(revoked_at=now) > 0
