"""When an optional message may go out: by day, and not too many a day to one receiver."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Q

from bricks.clock import zone_of
from bricks.months import ONE_DAY
from notices.models import Message
from notices.quiet_hours import FROM, by_day

Status = Message.Status
#: Between two senders that hold messages for one receiver; by the row it differs, so that
#: they do not meet for ever.
A_WHILE = timedelta(minutes=1)
_WHILES = 5


def next_chance(message: Message, *, now: datetime) -> datetime:
    """Return when a claimed message may be sent: `now` itself, a little later, or at 08:00.

    Optional ones wait for the day of their receiver's zone, and for tomorrow where he was
    sent settings.NOTICES_A_DAY today. Where only what other senders hold for him would
    fill the day, minutes will tell: two at once never pass the limit. Whatever else goes
    to a phone without an account keeps the night too, save settings.NOTICE_AT_ONCE.
    """
    if not message.optional:
        at_once = message.user_id is not None or message.kind in settings.NOTICE_AT_ONCE
        return now if at_once else by_day(now, utc_offset=message.utc_offset)
    day = by_day(now, utc_offset=message.utc_offset)
    sent, held = _today(message, now)
    if day > now or sent + held < settings.NOTICES_A_DAY:
        return day
    if sent < settings.NOTICES_A_DAY:
        return now + A_WHILE * (1 + message.pk % _WHILES)
    local = now.astimezone(zone_of(message.utc_offset))
    return datetime.combine(local.date() + ONE_DAY, FROM, tzinfo=local.tzinfo)


def _today(message: Message, now: datetime) -> tuple[int, int]:
    """Count what else he was sent since midnight, and what other senders hold for him."""
    local = now.astimezone(zone_of(message.utc_offset))
    midnight = datetime.combine(local.date(), time.min, tzinfo=local.tzinfo)
    whose = Q(user_id=message.user_id) if message.user_id else Q(pk__in=[])
    if message.address_index:
        whose |= Q(address_index=message.address_index)
    others = Message.objects.filter(whose, optional=True, claimed_at__gte=midnight)
    counts = others.exclude(pk=message.pk).aggregate(
        sent=Count("pk", filter=Q(status=Status.SENT)),
        held=Count("pk", filter=Q(status=Status.CLAIMED)),
    )
    return counts["sent"], counts["held"]
