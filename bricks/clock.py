"""The clock. Doors read it once and pass the time down; nothing else does."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from django.utils import timezone as django_timezone

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONE_NAMES = {7: "WIB", 8: "WITA", 9: "WIT"}


def now() -> datetime:
    """Return the present instant; only doors call this."""
    return django_timezone.now()


def jakarta_date(instant: datetime) -> date:
    """Return the business day (Asia/Jakarta) on which an instant falls."""
    return instant.astimezone(JAKARTA).date()


def jakarta_midnight(day: date) -> datetime:
    """Return the first instant of a business day."""
    return datetime.combine(day, time.min, tzinfo=JAKARTA)


def end_of_jakarta_day(day: date) -> datetime:
    """Return the first instant after a business day."""
    return jakarta_midnight(day + timedelta(days=1))


def noon(day: date) -> datetime:
    """Return noon of a business day: the instant that `--today` stands for."""
    return datetime.combine(day, time(12), tzinfo=JAKARTA)


def zone_of(utc_offset: int) -> timezone:
    """Return WIB, WITA or WIT by their offset in hours (7, 8, 9)."""
    return timezone(timedelta(hours=utc_offset), ZONE_NAMES.get(utc_offset, f"UTC+{utc_offset}"))
