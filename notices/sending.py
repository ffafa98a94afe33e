"""The sender: claims what is due, asks whether it is still true, and hands it to its channel."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils.module_loading import import_string

from notices.channels import CannotDeliver, channel
from notices.models import Message

#: A claim older than this is offered again: its sender died on the way.
STALE_CLAIM = timedelta(minutes=10)
MAX_ATTEMPTS = 6
BATCH = 200


def send_due_messages(*, now: datetime) -> dict[str, int]:
    """Send what waits and is due, oldest first, each claimed by a conditional update.

    A message that its channel refuses is tried again with growing pauses, at most
    MAX_ATTEMPTS times. A sender that dies leaves a claim that is offered again after
    STALE_CLAIM, so a message is sent at least once. What its kind's function in
    settings.NOTICE_FRESHNESS calls untrue by now is dropped, not sent. Returns counts.
    """
    _offer_stale_claims(now)
    counts = {"sent": 0, "postponed": 0, "failed": 0, "dropped": 0}
    due = Message.objects.filter(status=Message.Status.WAITING, not_before__lte=now)
    for message_id in due.order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH]:
        outcome = _send_one(message_id, now)
        if outcome:
            counts[outcome] += 1
    return counts


def _offer_stale_claims(now: datetime) -> None:
    stale = Message.objects.filter(status=Message.Status.CLAIMED, claimed_at__lt=now - STALE_CLAIM)
    stale.update(status=Message.Status.WAITING, claimed_at=None)


def _send_one(message_id: int, now: datetime) -> str | None:
    claimed = Message.objects.filter(pk=message_id, status=Message.Status.WAITING).update(
        status=Message.Status.CLAIMED, claimed_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    message = Message.objects.get(pk=message_id)
    if not _is_fresh(message):
        return _drop(message)
    try:
        channel(message.channel).deliver(message, now=now)
    except CannotDeliver as error:
        return _postpone(message, str(error), now)
    Message.objects.filter(pk=message_id).update(status=Message.Status.SENT, sent_at=now, error="")
    return "sent"


def _is_fresh(message: Message) -> bool:
    """Ask the floor that posted the message, by name: this floor knows none above it."""
    asked = settings.NOTICE_FRESHNESS.get(message.kind)
    return asked is None or bool(import_string(asked)(message))


def _drop(message: Message) -> str:
    Message.objects.filter(pk=message.pk).update(status=Message.Status.DROPPED, claimed_at=None)
    return "dropped"


def _postpone(message: Message, error: str, now: datetime) -> str:
    final = message.attempts >= MAX_ATTEMPTS
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FAILED if final else Message.Status.WAITING,
        claimed_at=None,
        not_before=now + timedelta(minutes=2**message.attempts),
        error=error[:200],
    )
    return "failed" if final else "postponed"
