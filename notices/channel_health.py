"""How the ways out do: what waits, when one last took something, what went wrong.

Somebody should notice that nothing goes out before the receivers do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Count, F, Max, Min, Q, When

from notices import sms
from notices.channels import whatsapp
from notices.models import JobRun, Message

Status, Channel = Message.Status, Message.Channel
ONE_DAY = timedelta(hours=24)
#: The sender's job runs each minute; so long without it, it is dead.
SENDER_SILENT = timedelta(minutes=10)
SENDER = "send_messages"


@dataclass(frozen=True)
class ChannelHealth:
    """One way out: `waiting` are due or were refused before, `waits_since` the oldest of them;
    `failed` never arrived within 24 hours, `by_sms` went so because WhatsApp could not;
    `trouble` is the last refusal of what waits, in the provider's code."""

    channel: str
    label: str
    waiting: int
    waits_since: datetime | None
    last_success: datetime | None
    failed: int
    by_sms: int
    trouble: str
    is_silent: bool
    is_set_up: bool


@dataclass(frozen=True)
class Health:
    """All ways out, and whether the sender itself is alive."""

    channels: tuple[ChannelHealth, ...]
    sender_seen: datetime | None
    is_sender_dead: bool

    @property
    def leaves_portal(self) -> bool:
        return any(row.is_set_up for row in self.channels)

    @property
    def is_well(self) -> bool:
        return not self.is_sender_dead and not any(row.is_silent for row in self.channels)


def health_of_channels(*, now: datetime) -> Health:
    """Return how each channel does that is set up or has something to send.

    A channel is silent if messages wait for settings.CHANNEL_SILENT_HOURS although it took
    none in that time. The sender is dead if something waits and it has not run.
    """
    waiting = _waiting(now)
    failures = _failures(now)
    rows = [
        _row(name, waiting.get(name, (0, None)), failures.get(name, 0), now)
        for name in Channel.values
        if name in waiting or name in failures or name in _used()
    ]
    done = JobRun.objects.filter(job=SENDER, outcome=JobRun.Outcome.DONE)
    seen = done.aggregate(last=Max("finished_at"))["last"]
    late = seen is None or seen < now - SENDER_SILENT
    overdue = any(row.waits_since and row.waits_since < now - SENDER_SILENT for row in rows)
    return Health(tuple(rows), seen, is_sender_dead=late and overdue)


def _waiting(now: datetime) -> dict[str, tuple[int, datetime]]:
    """By channel: what should have gone already, be it that nobody took it or tried."""
    due = Message.objects.filter(
        Q(status=Status.WAITING, not_before__lte=now)
        # Refused, and in a pause; not one that waits for the day by now.
        | Q(~Q(error=""), status=Status.WAITING, attempts__gt=0)
        | Q(status=Status.CLAIMED)
    )
    since = Case(When(attempts__gt=0, then=F("created_at")), default=F("not_before"))
    counted = due.values("channel").annotate(count=Count("pk"), since=Min(since))
    return {row["channel"]: (row["count"], row["since"]) for row in counted.order_by()}


def _failures(now: datetime) -> dict[str, int]:
    failed = Message.objects.filter(failed_at__gte=now - ONE_DAY, failed_at__lte=now)
    return dict(failed.values_list("channel").annotate(count=Count("pk")).order_by())


def _row(
    name: str, waits: tuple[int, datetime | None], failed: int, now: datetime
) -> ChannelHealth:
    sent = Message.objects.filter(channel=name, sent_at__isnull=False)
    last = sent.aggregate(last=Max("sent_at"))["last"]
    waiting, since = waits
    limit = now - timedelta(hours=settings.CHANNEL_SILENT_HOURS)
    silent = since is not None and since <= limit and (last is None or last <= limit)
    refused = Message.objects.filter(channel=name, status=Status.WAITING, attempts__gt=0)
    fell_back = sent.filter(sent_at__gte=now - ONE_DAY, error__startswith="whatsapp")
    return ChannelHealth(
        channel=name,
        label=str(Channel(name).label),
        waiting=waiting,
        waits_since=since,
        last_success=last,
        failed=failed,
        by_sms=fell_back.count() if name == Channel.SMS else 0,
        trouble=refused.order_by("-pk").values_list("error", flat=True).first() or "",
        is_silent=silent,
        is_set_up=_is_set_up(name),
    )


def _used() -> set[str]:
    """Return the ways that messages take now: one to addresses, one or two to phones."""
    whatsapp_too = {Channel.WHATSAPP} if whatsapp.is_set_up() else set()
    return {settings.NOTICE_CHANNEL, Channel.SMS, *whatsapp_too}


def _is_set_up(name: str) -> bool:
    """Tell whether a channel leaves the portal; the mailbox is none that does."""
    return {
        Channel.EMAIL: settings.NOTICE_CHANNEL == "email",
        Channel.SMS: sms.is_set_up(),
        Channel.WHATSAPP: whatsapp.is_set_up(),
    }.get(Channel(name), False)
