"""A branch allows messages to the workers of a programme, or forbids them again (P19)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from contributions.models import StageRelease
from donors.models import Programme


def release_stage(*, programme: Programme, reason: str, by: User, now: datetime) -> bool:
    """Allow the workers of a programme to be told of the end of their cover; audited.

    False, and nothing is written, where that is allowed already.
    """
    try:
        with transaction.atomic():
            StageRelease.objects.create(
                programme=programme, reason=reason, released_by=by, released_at=now
            )
            audit.record(
                action="programme.stage_released",
                obj=programme,
                actor=by,
                office=programme.opened_by_office,
                now=now,
                after={"reason": reason},
            )
    except IntegrityError:
        return False
    return True


def hold_stage(*, programme: Programme, by: User, now: datetime) -> bool:
    """Take the permission back; False where there is none. Audited."""
    with transaction.atomic():
        held = StageRelease.objects.filter(programme=programme, ended_at__isnull=True)
        if not held.update(ended_at=now):
            return False
        audit.record(
            action="programme.stage_held",
            obj=programme,
            actor=by,
            office=programme.opened_by_office,
            now=now,
        )
    return True
