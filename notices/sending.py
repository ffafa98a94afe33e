"""The sender: claims what is due, asks whether it is still true, and hands it to its channel."""

from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db.models import F
from django.utils.module_loading import import_string

from notices import bells
from notices.allowance import next_chance
from notices.channels import CannotDeliver, Undeliverable, channel
from notices.models import Message
from notices.outcomes import defer, drop, end_stale, give_up, keep_sent, postpone
from notices.preferences import is_unwilling

#: A claim older than this is offered again: its sender died on the way.
STALE_CLAIM = timedelta(minutes=10)
BATCH = 200
#: Seconds after which a batch ends, be the channels ever so slow: claims bear the time of
#: its beginning, and none may look stale while it is under way.
LONGEST_BATCH = STALE_CLAIM.total_seconds() / 2


def send_due_messages(*, now: datetime) -> dict[str, int]:
    """Send what waits and is due, each claimed by a conditional update.

    What nobody may switch off goes first, the oldest of it before the rest. One batch a
    call; where more may wait, the bell rings again, so that others get their turn between.
    An optional message that its receiver has switched off is dropped; one that comes by
    night, or over the day's limit, waits for the morning (`notices.allowance`).
    A message that its channel refuses is tried again with growing pauses
    (`notices.outcomes`). A sender that dies leaves a claim that is offered again after
    STALE_CLAIM, so a message is sent at least once; one on which MAX_ATTEMPTS died is given
    up. What its kind's function in settings.NOTICE_FRESHNESS calls untrue by now is
    dropped, not sent. Returns counts.
    """
    began = monotonic()
    counts = {"sent": 0, "postponed": 0, "failed": 0, "dropped": 0, "deferred": 0}
    counts["failed"] += _end_stale_claims(now)
    due = Message.objects.filter(status=Message.Status.WAITING, not_before__lte=now)
    queue = due.order_by("optional", "not_before", "pk").values_list("pk", flat=True)
    batch = list(queue[:BATCH])
    for done, message_id in enumerate(batch):
        if done and monotonic() - began > LONGEST_BATCH:
            bells.ring("message_posted")
            return counts
        outcome = _send_one(message_id, now)
        if outcome:
            counts[outcome] += 1
    if len(batch) == BATCH:
        bells.ring("message_posted")
    return counts


def _end_stale_claims(now: datetime) -> int:
    stale = Message.objects.filter(status=Message.Status.CLAIMED, claimed_at__lt=now - STALE_CLAIM)
    return end_stale(stale, now=now)


def _send_one(message_id: int, now: datetime) -> str | None:
    claimed = Message.objects.filter(pk=message_id, status=Message.Status.WAITING).update(
        status=Message.Status.CLAIMED, claimed_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    message = Message.objects.select_related("user").get(pk=message_id)
    if _is_unwanted(message) or not _is_fresh(message):
        return drop(message)
    chance = next_chance(message, now=now)
    if chance > now:
        return defer(message, chance)
    try:
        name = channel(message.channel).deliver(message, now=now)
    except CannotDeliver as error:
        return postpone(message, error, now=now)
    except Undeliverable as error:
        return give_up(message, error, now=now)
    return keep_sent(message, provider_id=name, now=now)


def _is_fresh(message: Message) -> bool:
    """Ask the floor that posted the message, by name: this floor knows none above it."""
    asked = settings.NOTICE_FRESHNESS.get(message.kind)
    return asked is None or bool(import_string(asked)(message))


def _is_unwanted(message: Message) -> bool:
    return message.optional and is_unwilling(
        message.kind, user=message.user, phone_index=message.address_index
    )
