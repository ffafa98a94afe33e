"""Workers who ask for another sponsor by one digit: the list takes them up (P17, P45)."""

import logging
from datetime import datetime

from django.db import transaction

from bricks.faults import ROW_FAULTS
from contributions import rescue_letters
from contributions.models import WaitingPlace
from contributions.services import waiting
from notices.models import Reply
from notices.selectors import last_question
from notices.services import post_to_phone
from workers.models import Worker
from workers.services.answering import REMEMBERED, WAITING, WANTS_SPONSOR
from workers.services.telling import is_silent_phone

logger = logging.getLogger(__name__)
WAITS, CANNOT = "waits", "cannot_wait"
BATCH = 200


def take_up(*, now: datetime) -> dict[str, int]:
    """Put those who answered 1 on their branch's list, and tell them; each answer once.

    The worker is the one to whom the question went: the phone is his own. Claim and place
    share one transaction; an answer that fails is logged and left for the next run.
    Returns counts: waits, cannot_wait, failed.
    """
    counts = {WAITS: 0, CANNOT: 0, "failed": 0}
    rows = Reply.objects.filter(outcome=WANTS_SPONSOR).order_by("received_at", "pk")
    for reply_id in list(rows.values_list("pk", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                outcome = _take(reply_id, now)
        except ROW_FAULTS:
            logger.exception("reply %s could not be taken up", reply_id)
            outcome = "failed"
        if outcome:
            counts[outcome] += 1
    return counts


def _take(reply_id: int, now: datetime) -> str | None:
    claimed = Reply.objects.filter(pk=reply_id, outcome=WANTS_SPONSOR)
    if not claimed.update(outcome=WAITS):
        return None
    reply = Reply.objects.get(pk=reply_id)
    outcome = WAITS if _joined(reply, now) else CANNOT
    Reply.objects.filter(pk=reply_id).update(outcome=outcome)
    if not is_silent_phone(reply.phone_index):
        post_to_phone(
            key=f"waits:{reply_id}",
            kind="waiting_list",
            phone=reply.phone,
            language="id",
            body=rescue_letters.worker_waits(joined=outcome == WAITS),
            now=now,
        )
    return outcome


def _joined(reply: Reply, now: datetime) -> bool:
    worker, how = _worker_of(reply), WaitingPlace.How.MESSAGE
    if worker is None:
        return False
    try:
        with transaction.atomic():
            waiting.join(worker=worker, how=how, agreed_at=reply.received_at, now=now)
    except waiting.CannotWait:
        return False
    return True


def _worker_of(reply: Reply) -> Worker | None:
    asked = last_question(
        phone_index=reply.phone_index,
        before=reply.received_at,
        since=reply.received_at - REMEMBERED,
    )
    if asked is None or not asked.asks.startswith(WAITING):
        return None
    return Worker.everything.filter(pk=int(asked.asks.removeprefix(WAITING))).first()
