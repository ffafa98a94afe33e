"""When an optional message may go out: by day, and not too many a day to one receiver."""

from datetime import datetime, time

from django.conf import settings
from django.db.models import Q

from bricks.clock import zone_of
from bricks.months import ONE_DAY
from notices.models import Message
from notices.quiet_hours import FROM, by_day


def next_chance(message: Message, *, now: datetime) -> datetime:
    """Return when a claimed message may be sent: `now` itself, or a morning at 08:00.

    Only optional ones wait: for the day of their receiver's zone, and for tomorrow where
    he was sent settings.NOTICES_A_DAY today. What another sender holds for him counts as
    sent, so that two at once never pass the limit (at worst one waits that need not).
    """
    if not message.optional:
        return now
    day = by_day(now, utc_offset=message.utc_offset)
    if day > now or _sent_today(message, now) < settings.NOTICES_A_DAY:
        return day
    local = now.astimezone(zone_of(message.utc_offset))
    return datetime.combine(local.date() + ONE_DAY, FROM, tzinfo=local.tzinfo)


def _sent_today(message: Message, now: datetime) -> int:
    local = now.astimezone(zone_of(message.utc_offset))
    midnight = datetime.combine(local.date(), time.min, tzinfo=local.tzinfo)
    whose = Q(user_id=message.user_id) if message.user_id else Q(pk__in=[])
    if message.address_index:
        whose |= Q(address_index=message.address_index)
    taken = Message.objects.filter(
        whose,
        optional=True,
        claimed_at__gte=midnight,
        status__in=[Message.Status.SENT, Message.Status.CLAIMED],
    )
    return taken.exclude(pk=message.pk).count()
