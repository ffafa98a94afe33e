"""The last day that a donor has named for a sponsorship: a pure rule over dates.

`Sponsorship.stops_on` is the end of a later month of its run. Nothing is asked or drawn for
months that end after it; once paid up to it, the sponsorship is as good as stopped.
"""

from datetime import date

from bricks.months import ONE_DAY, add_months, period_of
from contributions.models import Sponsorship

#: A wish for a later year is a slip of the hand.
MOST_MONTHS_AHEAD = 36


def stop_days(row: Sponsorship) -> list[tuple[int, date]]:
    """List the last days that may be named: after 1, 2 .. further periods of a running one."""
    if row.run_start is None or row.paid_until is None:
        return []
    most = max(1, MOST_MONTHS_AHEAD // row.months)
    return [(count, stop_day(row, count)) for count in range(1, most + 1)]


def stop_day(row: Sponsorship, periods: int) -> date:
    """Return the last day after so many further periods. Raises ValueError without a run."""
    if row.run_start is None:
        raise ValueError(f"{row} has no run")
    return period_of(row.run_start, row.run_months + periods * row.months - 1)[1]


def months_left(row: Sponsorship, *, today: date) -> int | None:
    """Return how many further months may be asked for; None where no last day is named.

    A run that is over begins anew `today`, never before (P2).
    """
    if row.stops_on is None:
        return None
    if row.run_start is None or row.paid_until is None:
        return 0
    if today <= row.paid_until + ONE_DAY:
        return _whole_months(row.run_start, row.run_months, row.stops_on)
    return _whole_months(today, 0, row.stops_on)


def months_asked(row: Sponsorship, *, today: date) -> int:
    """Return how many months the next renewal asks for: its period, or what is left of it."""
    left = months_left(row, today=today)
    return row.months if left is None else min(row.months, left)


def is_reached(row: Sponsorship) -> bool:
    """Tell whether everything that the donor still wanted is paid."""
    return (
        row.stops_on is not None and row.paid_until is not None and row.paid_until >= row.stops_on
    )


def fitted(stops_on: date | None, run_start: date | None, months: int) -> date | None:
    """Return the named day after the run has changed: the end of one of its months.

    The last one that does not end after the day that the donor named, but never before
    what is bought already; None where there is no run any more.
    """
    if stops_on is None or run_start is None or not months:
        return None
    return period_of(run_start, months - 1 + _whole_months(run_start, months, stops_on))[1]


def _whole_months(start: date, done: int, until: date) -> int:
    """Count the months of a run after the first `done` that end on `until` or before."""
    count = 0
    while add_months(start, done + count + 1) - ONE_DAY <= until:
        count += 1
    return count
