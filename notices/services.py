"""The outbox: putting messages in, and withdrawing them. `sending` sends them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User, phone_index
from notices import bells
from notices.channels import whatsapp
from notices.models import Message, Reply
from notices.preferences import (
    answer_to_wish,
    group_of,
    is_unwilling,
    keep_wish_of_phone,
    unwilling_phones,
    unwilling_users,
    wish_of,
)
from notices.replies import Answer


@dataclass(frozen=True)
class Draft:
    """One message of many to people who sign in; each field as in `post_message`."""

    key: str
    kind: str
    user: User
    subject: str
    body: str
    not_before: datetime | None = None


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
    settings.NOTICE_CHANNEL to the user's e-mail address, or to his phone where he has no
    address or prefers it. A kind that he has switched off is kept as dropped.
    """
    draft = Draft(key, kind, user, subject, body, not_before)
    return _post(key, _row(draft, now))


def post_many(drafts: Sequence[Draft], *, now: datetime) -> int:
    """Put many messages into the outbox at once, in the caller's transaction; return how
    many were not there before.

    Each becomes the row that `post_message` would write, and is kept once by its key,
    also when two post it at once. The bell rings once. The number of statements does not
    grow with the messages, save for chunks of thousands.
    """
    messages = []
    # In order of key, so that two who post the same never wait in a ring.
    for draft in sorted(drafts, key=lambda draft: draft.key):
        row = Message(dedupe_key=draft.key, **_row(draft, now))
        row.optional = bool(group_of(row.kind))
        messages.append(row)
    _drop_unwanted(messages)
    with transaction.atomic():
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        # By our own names: what stood there under the same key bears another one.
        ours = Message.objects.filter(uuid__in=[row.uuid for row in messages])
        statuses = list(ours.values_list("status", flat=True))
        if Message.Status.WAITING in statuses:
            bells.ring("message_posted")
    return len(statuses)


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
    utc_offset: int = 7,
) -> Message:
    """Put one short message to a cleaned phone number into the outbox; nobody signs in by it.

    As `post_message`: the same key is kept once, and the first line bears no amount,
    name or NIK (P45). A short message has no subject. `asks` says what an answer by one
    digit is about (`notices.selectors.last_question`); `utc_offset` the zone of the phone.
    It goes by WhatsApp where a template serves its kind, or the phone has just written to
    us there; else by SMS.
    """
    way = _by_phone(phone, kind)
    if whatsapp.is_set_up() and whatsapp.is_window_open(way["address_index"], now=now):
        way["channel"] = Message.Channel.WHATSAPP
    return _post(
        key,
        {
            "kind": kind,
            "user": None,
            "language": language,
            "subject": "",
            "body": body,
            "created_at": now,
            "not_before": not_before or now,
            "asks": asks,
            "utc_offset": utc_offset,
            **way,
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

    STOP or BERHENTI switches all optional messages to the phone off, MULAI on again, and
    is answered. For anything else `reply_arrived` rings; the floor that asked takes the row.
    """
    with transaction.atomic():
        reply, made = Reply.objects.get_or_create(
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
        if made and not _heed_wish(reply, now):
            bells.ring("reply_arrived")
    return made


def _heed_wish(reply: Reply, now: datetime) -> bool:
    wish = wish_of(reply.text) if reply.phone else None
    if wish is None:
        return False
    keep_wish_of_phone(phone_index=reply.phone_index, willing=wish, now=now)
    reply.taken_at, reply.outcome = now, "resumed" if wish else "stopped"
    reply.save(update_fields=["taken_at", "outcome"])
    # At once, at any hour: the sender has just written himself.
    post_to_phone(
        key=f"reply_stop:{reply.pk}",
        kind="reply_stop",
        phone=reply.phone,
        language="id",
        body=answer_to_wish(willing=wish),
        now=now,
    )
    return True


def _post(key: str, row: dict[str, Any]) -> Message:
    row["optional"] = bool(group_of(row["kind"]))
    if is_unwilling(row["kind"], user=row["user"], phone_index=row["address_index"]):
        row["status"] = Message.Status.DROPPED
    message, made = Message.objects.get_or_create(dedupe_key=key, defaults=row)
    if made and message.status == Message.Status.WAITING:
        bells.ring("message_posted")
    return message


def _drop_unwanted(messages: Sequence[Message]) -> None:
    """Mark as dropped what its receiver has switched off, asking once per group."""
    for group in {group_of(row.kind) for row in messages if row.optional}:
        mine = [row for row in messages if group_of(row.kind) == group]
        users = set(unwilling_users(group).filter(user__in={row.user_id for row in mine}))
        indexes = {row.address_index for row in mine if row.address_index}
        phones = set(unwilling_phones(group).filter(phone_index__in=indexes))
        for row in mine:
            if row.user_id in users or row.address_index in phones:
                row.status = Message.Status.DROPPED


def _row(draft: Draft, now: datetime) -> dict[str, Any]:
    user = draft.user
    return {
        "kind": draft.kind,
        "user": user,
        "language": user.language,
        "subject": draft.subject,
        "body": draft.body,
        "created_at": now,
        "not_before": draft.not_before or now,
        "utc_offset": user.utc_offset,
        **_way(user, draft.kind),
    }


def _way(user: User, kind: str) -> dict[str, str]:
    """Return channel, address and index by which a user is written to."""
    if user.is_reached_by_phone:
        return _by_phone(user.phone, kind)
    return {"channel": settings.NOTICE_CHANNEL, "address": user.email or "", "address_index": ""}


def _by_phone(phone: str, kind: str) -> dict[str, str]:
    by_whatsapp = whatsapp.has_template(kind)
    return {
        "channel": Message.Channel.WHATSAPP if by_whatsapp else Message.Channel.SMS,
        "address": phone,
        "address_index": phone_index(phone),
    }
