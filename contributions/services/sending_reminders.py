"""Sending the day's digests: claimed, read anew, written and posted in one transaction."""

import logging
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation

from accounts.models import User
from bricks.clock import jakarta_date
from bricks.faults import ROW_FAULTS
from contributions.letters import Letter
from contributions.models import Reminder, ReminderDigest
from contributions.reminders.facts import Facts, facts_of_user
from contributions.reminders.plan import DONOR_KIND, LIST_KIND, WORKER_KIND
from contributions.reminders.texts import donor_letter
from contributions.reminders.worker_facts import WorkerFacts, facts_of_worker
from contributions.reminders.worker_texts import offers_list, worker_text
from notices.models import Message
from notices.services import post_message
from workers.services.answering import WAITING
from workers.services.telling import tell_worker

State = ReminderDigest.State
logger = logging.getLogger(__name__)

#: Digests a call; where more wait, the next minute goes on, beside this one if need be.
BATCH = 5_000
#: Ids in one statement; SQLite takes no unbounded number of them.
CHUNK = 500


def send_reminders(*, now: datetime) -> dict[str, int]:
    """Send the digests that wait and are due, those of the newest day first.

    Each is claimed by a conditional update; in the same transaction its facts are read
    anew, its text is written in the receiver's language and put into the outbox, and what
    it says is marked as told. So a crash neither loses nor repeats one. A digest of which
    nothing is left is dropped. Where an older one of the same receiver still waits, both
    become one. One that fails is logged, keeps nobody else waiting, and is tried again the
    next minute. Several may send side by side. Returns counts: digests sent, dropped and
    failed, reminders told.
    """
    counts = {"messages": 0, "dropped": 0, "failed": 0, "reminders": 0}
    due = ReminderDigest.objects.filter(state=State.WAITING, not_before__lte=now)
    for pk in list(due.order_by("-day", "not_before", "pk").values_list("pk", flat=True)[:BATCH]):
        try:
            told = send_digest(digest_id=pk, now=now)
        except ROW_FAULTS:
            logger.exception("digest %s could not be sent", pk)
            counts["failed"] += 1
            continue
        if told is not None:
            counts["messages" if told else "dropped"] += 1
            counts["reminders"] += told
    return counts


def send_digest(*, digest_id: int, now: datetime) -> int | None:
    """Send one digest; return of how many obligations it speaks, 0 if it was dropped, None
    if another sender had it first."""
    with transaction.atomic():
        digest = _claim(digest_id, now)
        if digest is None:
            return None
        today = jakarta_date(now)
        if digest.user is not None:
            facts = facts_of_user(digest, today=today)
            message = _tell_user(digest, facts, today=today, now=now) if facts.said else None
            return _close(digest, facts, message, now)
        found = facts_of_worker(digest, today=today)
        return _close(digest, found, _tell_worker(digest, found, now), now)


def still_true(message: Message) -> bool:
    """Tell, just before a message leaves, whether all that it says is still so.

    Where it is not (paid meanwhile, stopped, reported), or where it leaves on a later day on
    which it would be worded otherwise ("has ended"), the message is dropped by who asks and
    its digest waits again: what is left of it is written anew, nothing is lost.
    """
    digest = ReminderDigest.objects.select_related("user", "worker").filter(message=message).first()
    if digest is None or digest.closed_at is None:
        return False
    written_on = jakarta_date(digest.closed_at)
    today = max(written_on, jakarta_date(message.claimed_at or digest.closed_at))
    if digest.user is not None:
        facts = facts_of_user(digest, today=today)
        is_same = facts.fingerprint == digest.said
        if is_same and today > written_on:
            is_same = _letter_to(digest.user, facts, today) == (message.subject, message.body)
        planned = facts.planned
    else:
        found = facts_of_worker(digest, today=today)
        is_same = found.fingerprint == digest.said
        if is_same and today > written_on:
            is_same = _text_to_worker(found, today) == message.body
        planned = found.planned
    if not is_same:
        _offer_again(digest, planned)
    return is_same


def _claim(digest_id: int, now: datetime) -> ReminderDigest | None:
    """Take a digest and the older ones of its receiver; None where it is taken.

    Dropped until something is written: that is how it stays where nothing is left to say.
    """
    waiting = ReminderDigest.objects.filter(pk=digest_id, state=State.WAITING)
    # Whom another sender holds is passed by, not waited for.
    free = waiting.select_for_update(skip_locked=connection.features.has_select_for_update)
    if free.first() is None or not waiting.update(state=State.DROPPED, closed_at=now):
        return None
    digest = ReminderDigest.objects.select_related("user", "worker").get(pk=digest_id)
    older = ReminderDigest.objects.filter(
        user=digest.user_id, worker=digest.worker_id, state=State.WAITING, day__lt=digest.day
    )
    held = hold_older(older)
    since = min(held.values(), default=digest.since)
    if since < digest.since:
        ReminderDigest.objects.filter(pk__in=held).update(state=State.DROPPED, closed_at=now)
        ReminderDigest.objects.filter(pk=digest_id).update(since=since)
        digest.since = since
    return digest


def hold_older(older: QuerySet[ReminderDigest]) -> dict[int, date]:
    """Hold the digests before this one that wait; return since when each speaks. Who sends
    one of them now is waited for: what it tells is not told again."""
    return dict(older.order_by("-day").select_for_update().values_list("pk", "since"))


def _tell_user(digest: ReminderDigest, facts: Facts, *, today: date, now: datetime) -> Message:
    user = digest.user
    if user is None:
        raise ValueError(f"{digest} is for no user")
    subject, body = _letter_to(user, facts, today)
    return post_message(
        key=_key(digest),
        kind=LIST_KIND if facts.is_list_only else DONOR_KIND,
        user=user,
        subject=subject,
        body=body,
        now=now,
    )


def _letter_to(user: User, facts: Facts, today: date) -> Letter:
    with translation.override(user.language):
        return donor_letter(facts, today=today)


def _text_to_worker(facts: WorkerFacts, today: date) -> str:
    return worker_text(facts.self_pay, today=today, prices=facts.prices)


def _tell_worker(digest: ReminderDigest, facts: WorkerFacts, now: datetime) -> Message | None:
    if not facts.said:
        return None
    return tell_worker(
        worker=facts.worker,
        key=_key(digest),
        kind=WORKER_KIND,
        body=_text_to_worker(facts, jakarta_date(now)),
        now=now,
        asks=f"{WAITING}{facts.worker.pk}" if offers_list(facts.self_pay) else "",
    )


def _key(digest: ReminderDigest) -> str:
    return f"reminders:{digest.pk}:{digest.revision}"


def _close(
    digest: ReminderDigest, facts: Facts | WorkerFacts, message: Message | None, now: datetime
) -> int:
    """Mark what was looked at as dealt with, and what was said as told."""
    if message is not None and message.status == Message.Status.DROPPED:
        message = None  # He wants no messages of this kind.
    said = facts.said if message is not None else []
    _mark(facts.planned, closed_at=now)
    _mark(said, told_at=now)
    if message is None:
        return 0
    ReminderDigest.objects.filter(pk=digest.pk).update(
        state=State.SENT, message=message, said=facts.fingerprint, obligations=len(said)
    )
    return len(said)


def _mark(ids: Collection[int], **at: datetime) -> None:
    """Set an instant where none stands yet."""
    ordered, [name] = sorted(ids), at
    for start in range(0, len(ordered), CHUNK):
        rows = Reminder.objects.filter(pk__in=ordered[start : start + CHUNK])
        rows.filter(**{f"{name}__isnull": True}).update(**at)


def _offer_again(digest: ReminderDigest, planned: Collection[int]) -> None:
    """Let a digest wait again whose message was not sent; what it dealt with is open again."""
    with transaction.atomic():
        sent = ReminderDigest.objects.filter(pk=digest.pk, state=State.SENT, said=digest.said)
        back = sent.update(
            state=State.WAITING,
            message=None,
            closed_at=None,
            said="",
            obligations=0,
            revision=digest.revision + 1,
        )
        for start in range(0, len(planned) if back else 0, CHUNK):
            rows = Reminder.objects.filter(pk__in=sorted(planned)[start : start + CHUNK])
            rows.filter(closed_at=digest.closed_at).update(closed_at=None)
            rows.filter(told_at=digest.closed_at).update(told_at=None)
