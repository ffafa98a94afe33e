"""What every step of a case leaves behind: a line in its thread, one in the audit log."""

from datetime import datetime
from typing import Any

from accounts.audit import record
from accounts.models import User
from workers.models import BulkDecision, Enrollment, EnrollmentEvent


def tell_thread(
    *,
    enrollment: Enrollment,
    kind: str,
    now: datetime,
    actor: User | None = None,
    note: str = "",
    reasons: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
    bulk: BulkDecision | None = None,
) -> EnrollmentEvent:
    """Write one step into the thread and the audit log, in the caller's transaction.

    A missing actor is the clock. `bulk` is the decision on many cases of which the step
    is a part; the audit log names it and who confirmed it. The note is people's words and
    stays in the thread; the audit log bears only what `before` and `after` say, without
    personal data, and what is `personal` (name: before and after) sealed.
    """
    through = {"bulk": bulk.pk, "confirmed_by": bulk.confirmed_by_id} if bulk else {}
    record(
        action=f"enrollment.{kind}",
        obj=enrollment,
        now=now,
        actor=actor,
        office=enrollment.office,
        before=before,
        after={**(after or {}), **({"reasons": reasons} if reasons else {}), **through},
        personal=personal,
    )
    return EnrollmentEvent.objects.create(
        enrollment=enrollment,
        at=now,
        actor=actor,
        kind=kind,
        note=note,
        reasons=reasons or {},
        bulk=bulk,
    )
