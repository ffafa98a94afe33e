"""The outbox: putting messages in, and sending what is due."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from accounts.models import User
from notices import bells
from notices.channels import CannotDeliver, channel
from notices.models import Message

#: A claim older than this is offered again: its sender died on the way.
STALE_CLAIM = timedelta(minutes=10)
MAX_ATTEMPTS = 6
BATCH = 200


def post_message(
    *,
    key: str,
    kind: str,
    user: User,
    subject: str,
    body: str,
    now: datetime,
    not_before: datetime | None = None,
) -> Message:
    """Put one message into the outbox, in the caller's transaction.

    `key` says what it is about; a second call with the same key returns the first
    row and sends nothing. The first line of the body is what a locked phone shows:
    no amount, name or NIK stands in it or in the subject (P45). It goes by
    settings.NOTICE_CHANNEL to the user's e-mail address, else to his phone.
    """
    message, made = Message.objects.get_or_create(
        dedupe_key=key,
        defaults={
            "kind": kind,
            "channel": settings.NOTICE_CHANNEL,
            "user": user,
            "address": user.contact,
            "language": user.language,
            "subject": subject,
            "body": body,
            "created_at": now,
            "not_before": not_before or now,
        },
    )
    if made:
        bells.ring("message_posted")
    return message


def drop_message(*, message_id: int) -> bool:
    """Withdraw a message that has become needless; False if it is already on its way."""
    waiting = Message.objects.filter(pk=message_id, status=Message.Status.WAITING)
    return waiting.update(status=Message.Status.DROPPED) == 1


def send_due_messages(*, now: datetime) -> dict[str, int]:
    """Send what waits and is due, oldest first, each claimed by a conditional update.

    A message that its channel refuses is tried again with growing pauses, at most
    MAX_ATTEMPTS times. A sender that dies leaves a claim that is offered again after
    STALE_CLAIM, so a message is sent at least once. Returns counts.
    """
    _offer_stale_claims(now)
    counts = {"sent": 0, "postponed": 0, "failed": 0}
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
    try:
        channel(message.channel).deliver(message, now=now)
    except CannotDeliver as error:
        return _postpone(message, str(error), now)
    Message.objects.filter(pk=message_id).update(status=Message.Status.SENT, sent_at=now, error="")
    return "sent"


def _postpone(message: Message, error: str, now: datetime) -> str:
    final = message.attempts >= MAX_ATTEMPTS
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FAILED if final else Message.Status.WAITING,
        claimed_at=None,
        not_before=now + timedelta(minutes=2**message.attempts),
        error=error[:200],
    )
    return "failed" if final else "postponed"
