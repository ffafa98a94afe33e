"""What became of a message: taken, put off, given up, and what its provider tells later."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from notices import bells
from notices.channels import CannotDeliver, Undeliverable
from notices.channels.whatsapp_faults import fault_of
from notices.models import Message
from notices.replies import State
from notices.sms import is_set_up as sms_is_set_up

Status, Channel, Fault = Message.Status, Message.Channel, Message.Fault

#: Pauses after the first, second... attempt; after one more attempt it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 30, 120, 480))
MAX_ATTEMPTS = len(PAUSES) + 1
AN_HOUR = timedelta(hours=1)
#: What head office must mend first is tried at least each hour, for three days.
MAX_ATTEMPTS_OF_OURS = 72
#: Why a message is given up that no sender has survived.
DIED = "its senders died"
#: Head office's to mend; the branch of the receiver can do nothing.
OURS = (Fault.TEMPLATE, Fault.ACCOUNT)


def keep_sent(message: Message, *, provider_id: str, now: datetime) -> str:
    """Note that the channel took the message that this sender has claimed.

    Where a state has come in first, or the claim is another's by now, nothing changes.
    """
    error = message.error if _fell_back(message) else ""
    _claim_of(message).update(status=Status.SENT, sent_at=now, error=error, provider_id=provider_id)
    return "sent"


def postpone(message: Message, error: CannotDeliver, *, now: datetime) -> str:
    """Put a claimed message back, for a growing pause, or give it up after the last one."""
    if message.attempts >= (MAX_ATTEMPTS_OF_OURS if error.fault else MAX_ATTEMPTS):
        return give_up(message, Undeliverable(error.fault or Fault.GAVE_UP, str(error)), now=now)
    _claim_of(message).update(
        status=Status.WAITING,
        claimed_at=None,
        not_before=now + _pause(message, error),
        error=str(error)[:200],
    )
    return "postponed"


def give_up(message: Message, error: Undeliverable, *, now: datetime) -> str:
    """Note that the message never arrives; or let an SMS try, once, where that may.

    What head office must mend waits for it first, where no SMS may try.
    """
    waits = error.fault in OURS and message.attempts < MAX_ATTEMPTS_OF_OURS
    if waits and not _may_try_sms(message, error):
        return postpone(
            message, CannotDeliver(str(error), after=AN_HOUR, fault=error.fault), now=now
        )
    return _give_up(message, error, now=now, rows=_claim_of(message))


def defer(message: Message, until: datetime) -> str:
    """Put a claimed message back untried, until its receiver may be written to: that, and no
    longer an earlier refusal, is why it waits."""
    _claim_of(message).update(
        status=Status.WAITING,
        claimed_at=None,
        not_before=until,
        attempts=F("attempts") - 1,
        error="",
    )
    return "deferred"


def drop(message: Message) -> str:
    """Note that a claimed message has become needless."""
    _claim_of(message).update(status=Status.DROPPED, claimed_at=None)
    return "dropped"


def end_stale(claims: QuerySet[Message], *, now: datetime) -> int:
    """Offer again what dead senders hold, and give up what MAX_ATTEMPTS of them died on: it
    may be what kills them. Returns how many are given up."""
    deadly = claims.filter(
        Q(attempts__gte=MAX_ATTEMPTS, error="") | Q(attempts__gte=MAX_ATTEMPTS_OF_OURS)
    )
    given_up = deadly.update(
        status=Status.FAILED, claimed_at=None, failed_at=now, fault=Fault.GAVE_UP, error=DIED
    )
    claims.update(status=Status.WAITING, claimed_at=None)
    return given_up


def handle_failures(*, message: Message, by: User, now: datetime) -> int:
    """Note that a person has seen to it that this receiver's messages do not arrive.

    Of all that failed for him until now; a second time changes nothing. Returns how many.
    """
    failed = Message.objects.filter(
        user=message.user_id,
        address_index=message.address_index,
        status=Status.FAILED,
        failed_at__lte=now,
        handled_at__isnull=True,
    )
    return failed.update(handled_at=now, handled_by=by)


def note_state(state: State) -> bool:
    """Keep what a provider tells of a message; False for one that is not ours or no news.

    States come late, twice and out of order, and before the answer to our own call: read
    weighs more than delivered, that more than failed, that more than sent, and none takes
    back a heavier one. A failure is treated as one of the call would be.
    """
    with transaction.atomic():
        message = _known(state)
        if message is None or message.channel != Channel.WHATSAPP or message.handled_at:
            return False
        if message.provider_id not in ("", state.provider_id):
            return False
        if state.word == "failed":
            return _note_failure(message, state)
        return _note_progress(message, state)


def _known(state: State) -> Message | None:
    rows = Message.objects.select_for_update()
    found = rows.filter(provider_id=state.provider_id).first()
    return found or (rows.filter(uuid=state.ours).first() if state.ours else None)


def _note_progress(message: Message, state: State) -> bool:
    arrived = state.word in {"delivered", "read"}
    if message.status in {Status.FAILED, Status.DROPPED} and not arrived:
        return False
    before = (message.status, message.delivered_at, message.read_at, message.provider_id)
    message.status, message.provider_id = Status.SENT, state.provider_id
    message.sent_at = message.sent_at or state.at
    message.fault, message.failed_at, message.error = "", None, ""
    if arrived:
        message.delivered_at = message.delivered_at or state.at
    if state.word == "read":
        message.read_at = message.read_at or state.at
    if before == (message.status, message.delivered_at, message.read_at, message.provider_id):
        return False
    message.save(
        update_fields=[
            *("status", "provider_id", "sent_at", "fault", "failed_at", "error"),
            *("delivered_at", "read_at"),
        ]
    )
    return True


def _note_failure(message: Message, state: State) -> bool:
    if message.delivered_at or message.status in {Status.FAILED, Status.DROPPED}:
        return False
    if message.provider_id and message.status != Status.SENT:
        # Heard before: it waits for its next attempt, or is in the middle of it.
        return False
    Message.objects.filter(pk=message.pk).update(provider_id=state.provider_id)
    error = fault_of(state.code)
    if isinstance(error, CannotDeliver):
        if message.attempts < MAX_ATTEMPTS:
            Message.objects.filter(pk=message.pk).update(
                status=Status.WAITING,
                claimed_at=None,
                not_before=state.at + _pause(message, error),
                error=str(error)[:200],
            )
            return True
        error = Undeliverable(error.fault or Fault.GAVE_UP, str(error))
    _give_up(message, error, now=state.at, rows=Message.objects.filter(pk=message.pk))
    return True


def _give_up(
    message: Message, error: Undeliverable, *, now: datetime, rows: QuerySet[Message]
) -> str:
    if _may_try_sms(message, error):
        rows.update(
            channel=Channel.SMS,
            status=Status.WAITING,
            claimed_at=None,
            sent_at=None,
            attempts=0,
            not_before=now,
            error=str(error)[:200],
        )
        bells.ring("message_posted")
        return "postponed"
    rows.update(
        status=Status.FAILED,
        claimed_at=None,
        failed_at=now,
        fault=error.fault,
        error=str(error)[:200],
    )
    return "failed"


def _pause(message: Message, error: CannotDeliver) -> timedelta:
    growing = PAUSES[min(max(message.attempts, 1), len(PAUSES)) - 1]
    return max(min(growing, AN_HOUR) if error.fault else growing, error.after)


def _may_try_sms(message: Message, error: Undeliverable) -> bool:
    """Only WhatsApp gives way to SMS, so this happens once; and only to a real provider."""
    return error.by_sms and message.channel == Channel.WHATSAPP and sms_is_set_up()


def _fell_back(message: Message) -> bool:
    """Keep why an SMS went in the place of WhatsApp: head office counts it."""
    return message.channel == Channel.SMS and message.error.startswith("whatsapp")


def _claim_of(message: Message) -> QuerySet[Message]:
    """The row, as long as it is the very claim of this attempt."""
    return Message.objects.filter(
        pk=message.pk,
        status=Status.CLAIMED,
        channel=message.channel,
        attempts=message.attempts,
    )
