"""Workers are written to by day, by the clock of their own village."""

from datetime import datetime, time

from bricks.clock import zone_of
from bricks.months import ONE_DAY

FROM, UNTIL = time(8), time(20)


def by_day(now: datetime, *, utc_offset: int) -> datetime:
    """Return the first instant from `now` on that lies between 08:00 and 20:00 in the zone
    of `utc_offset` (7, 8 or 9): `now` itself by day."""
    local = now.astimezone(zone_of(utc_offset))
    if FROM <= local.time() < UNTIL:
        return now
    day = local.date() + (ONE_DAY if local.time() >= UNTIL else ONE_DAY * 0)
    return datetime.combine(day, FROM, tzinfo=local.tzinfo)
