"""Forgetting what came to nothing: drafts and cases that nobody went on with.

The consent text promises it (UU 27/2022 art. 43): what was claimed about a worker and
the photos of forms go, the row with its number and thread stays.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.audit import forget_personal
from workers.models import Enrollment, EnrollmentEvent, Evidence, Order
from workers.services.evidence import drop_file
from workers.services.ordering import discard_order
from workers.services.thread import tell_thread

Status = Enrollment.Status
BATCH = 200
NOTHING: dict[str, Any] = {
    "nik": "",
    "nik_index": "",
    "name": "",
    "name_key": "",
    "birth_date": None,
    "sex": "",
    "phone": "",
    "phone_index": "",
    "address": "",
    "address_index": "",
    "village": None,
    "occupation": None,
}


def forget_abandoned(*, now: datetime) -> dict[str, int]:
    """Forget drafts and cases that have come to nothing for FORGET_DAYS days.

    A case that still waits for its worker expires first. Each row is a transaction of
    its own; running it again does the rest. Returns counts.
    """
    before = now - timedelta(days=settings.FORGET_DAYS)
    drafts = Order.everything.filter(status=Order.Status.DRAFT, saved_at__lt=before)
    forgotten = [discard_order(order=order, user=None, now=now) for order in drafts[:BATCH]]
    cases = [_forget(case, now) for case in _abandoned(before)[:BATCH]]
    return {"drafts": sum(forgotten), "cases": sum(cases)}


def _abandoned(before: datetime) -> QuerySet[Enrollment]:
    """Cases that will not go on and still bear data, in which nothing happened since."""
    lately = EnrollmentEvent.objects.filter(enrollment=OuterRef("pk"), at__gte=before)
    gone = Q(status__in=(Status.AWAITING_CONSENT, Status.WITHDRAWN, Status.EXPIRED))
    return (
        Enrollment.everything.filter(gone, ~Q(name=""), ~Exists(lately), created_at__lt=before)
        .select_related("order", "office")
        .order_by("pk")
    )


def _forget(case: Enrollment, now: datetime) -> bool:
    with transaction.atomic():
        status = case.status
        after = Status.EXPIRED if status == Status.AWAITING_CONSENT else status
        won = Enrollment.everything.filter(pk=case.pk, status=status).update(
            status=after, **NOTHING
        )
        if not won:
            return False
        proofs = Evidence.objects.filter(enrollment=case)
        paths = list(proofs.values_list("path", flat=True))
        proofs.delete()
        # What was claimed is gone from the audit log as well; what was done stays.
        forget_personal(obj=case)
        tell_thread(
            enrollment=case,
            kind="forgotten",
            now=now,
            before={"status": status},
            after={"status": after, "files": len(paths)},
        )
    for path in paths:
        drop_file(path=path)
    return True
