"""Writing the two logs: what was done, and which sealed datum was looked at."""

import json
from datetime import datetime
from typing import Any

from accounts.models import AuditEvent, User, ViewLog
from bricks.logs import current_request
from regions.models import Office


def record(
    *,
    action: str,
    obj: Any,
    now: datetime,
    actor: User | None = None,
    office: Office | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one business action into the audit log, in the caller's transaction.

    `action` is dotted (`enrollment.approved`); `before` and `after` bear no
    personal data. What does (name: before and after) goes into `personal`, which is
    sealed. A missing actor is the clock, or the worker himself.
    """
    return AuditEvent.objects.create(
        at=now,
        actor=actor,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        office=office,
        before=before or {},
        after=after or {},
        personal=json.dumps(personal, default=str, ensure_ascii=False) if personal else "",
        request_id=current_request(),
    )


def forget_personal(*, obj: Any) -> int:
    """Take the personal half of an object's events away, where a promise to forget demands it.

    What was done, by whom and when stays. Returns the number of events.
    """
    events = AuditEvent.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return events.exclude(personal="").update(personal="")


def record_view(
    *,
    viewer: User,
    obj: Any,
    what: str,
    reason: str,
    now: datetime,
    office: Office | None = None,
) -> ViewLog:
    """Write one look at a sealed datum (`what`, such as `nik`) into the view log."""
    return ViewLog.objects.create(
        at=now,
        viewer=viewer,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        what=what,
        reason=reason,
        office=office,
        request_id=current_request(),
    )
