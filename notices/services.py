"""The outbox: putting messages in, and sending what is due."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts.models import User, phone_index
from notices import bells
from notices.channels import CannotDeliver, channel
from notices.models import Message, Reply
from notices.replies import Answer

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
    settings.NOTICE_CHANNEL to the user's e-mail address, else by SMS to his phone.
    """
    way = {"channel": settings.NOTICE_CHANNEL} if user.email else _by_phone(user.phone)
    return _post(
        key,
        {
            "kind": kind,
            "user": user,
            "address": user.contact,
            "language": user.language,
            "subject": subject,
            "body": body,
            "created_at": now,
            "not_before": not_before or now,
            **way,
        },
    )


def post_to_phone(
    *,
    key: str,
    kind: str,
    phone: str,
    language: str,
    body: str,
    now: datetime,
    not_before: datetime | None = None,
    asks: str = "",
) -> Message:
    """Put one short message to a cleaned phone number into the outbox; nobody signs in by it.

    As `post_message`: the same key is kept once, and the first line bears no amount,
    name or NIK (P45). A short message has no subject. `asks` says what an answer by one
    digit is about (`notices.selectors.last_question`).
    """
    return _post(
        key,
        {
            "kind": kind,
            "user": None,
            "address": phone,
            "language": language,
            "subject": "",
            "body": body,
            "created_at": now,
            "not_before": not_before or now,
            "asks": asks,
            **_by_phone(phone),
        },
    )


def drop_message(*, message_id: int) -> bool:
    """Withdraw a message that has become needless; False if it is already on its way."""
    waiting = Message.objects.filter(pk=message_id, status=Message.Status.WAITING)
    return waiting.update(status=Message.Status.DROPPED) == 1


def drop_messages_to_phones(*, phones: Collection[str], kinds: Collection[str]) -> int:
    """Withdraw what waits of these kinds for cleaned phone numbers; returns how many (P4).

    What is on its way already still arrives. Nothing is dropped for an empty number. A
    phone may be shared: codes, and what others of it are told, are other kinds.
    """
    indexes = [phone_index(phone) for phone in phones if phone]
    if not indexes:
        return 0
    waiting = Message.objects.filter(
        address_index__in=indexes, kind__in=kinds, status=Message.Status.WAITING
    )
    return waiting.update(status=Message.Status.DROPPED)


def keep_reply(*, provider: str, answer: Answer, now: datetime) -> bool:
    """Keep an answer from a phone as it came; False if it was kept before.

    Rings `reply_arrived`; the floor that asked takes the row.
    """
    _row, made = Reply.objects.get_or_create(
        provider=provider,
        provider_id=answer.provider_id,
        defaults={
            "raw": answer.raw,
            "phone": answer.phone,
            "phone_index": phone_index(answer.phone),
            "text": answer.text,
            "received_at": now,
        },
    )
    if made:
        bells.ring("reply_arrived")
    return made


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


def _post(key: str, row: dict[str, Any]) -> Message:
    message, made = Message.objects.get_or_create(dedupe_key=key, defaults=row)
    if made:
        bells.ring("message_posted")
    return message


def _by_phone(phone: str) -> dict[str, str]:
    return {"channel": Message.Channel.SMS, "address_index": phone_index(phone)}


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
