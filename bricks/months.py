"""Month arithmetic of cover (house section 4, "Dates").

A month is a date, the first of the month. Periods are given by their first and
last day, both inclusive.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def first_of_month(day: date) -> date:
    """Return the month in which `day` lies."""
    return day.replace(day=1)


def is_month(day: date) -> bool:
    """Tell whether `day` is a month, that is, the first day of one."""
    return day.day == 1


def add_months(day: date, months: int) -> date:
    """Move `day` by whole months, clamped to the last day of a shorter month.

    Raises OverflowError outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("month outside the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_of(start: date, k: int) -> tuple[date, date]:
    """Return the first and last day of the k-th month (from 0) of a run starting on `start`.

    Always counted from the start, never chained, so that a run from 31 January
    2026 of twelve months ends on 30 January 2027.
    """
    return add_months(start, k), add_months(start, k + 1) - ONE_DAY


def run_end(start: date, months: int) -> date:
    """Return the last day covered by `months` months from `start`."""
    return period_of(start, months - 1)[1]


def months_from(month: date, count: int) -> Iterator[date]:
    """Yield `count` months, beginning with that of `month`."""
    return (add_months(first_of_month(month), k) for k in range(count))


def months_between(earlier: date, later: date) -> int:
    """Count the months from the month of `earlier` to the month of `later`."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def arrears_of(covered_until: date, today: date) -> int:
    """Count the unpaid months begun since cover ended (house section 4, arrears n).

    0 while covered; covered until 31 August: 1 in September, 2 in October.
    """
    n = 0
    while add_months(covered_until + ONE_DAY, n) <= today:
        n += 1
    return n
