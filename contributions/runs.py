"""Which months a payment buys: a pure rule over dates (house section 4, "Dates").

A run is an unbroken row of months. Month k of it covers `period_of(start, k)`, always
counted from its start. Where an agreement fixes first and last day, its own periods
count, cut at the day on which cover begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from bricks.months import ONE_DAY, add_months, first_of_month, period_of


@dataclass(frozen=True)
class Period:
    """One contribution month and what it covers, both days inclusive; `bridge` where the
    bridge fund paid it."""

    month: date
    covered_from: date
    covered_until: date
    bridge: bool = False


@dataclass(frozen=True)
class Run:
    """Where a sponsorship's bought months stand: `months` of a run from `start`."""

    start: date
    months: int
    paid_until: date


@dataclass(frozen=True)
class Plan:
    """Months to be bought: they follow `done` months of the run from `start`."""

    start: date
    done: int
    periods: tuple[Period, ...]

    @property
    def months(self) -> list[date]:
        """The contribution months, in order."""
        return [period.month for period in self.periods]


def plan(
    *,
    day: date,
    months: int,
    run: Run | None = None,
    others: Sequence[Period] = (),
    agreement: tuple[date, date] | None = None,
) -> Plan:
    """Return what `months` months paid on `day` cover.

    A running `run` goes on without a gap when `day` is at most one day after its end.
    Otherwise cover starts on `day`, never before it (P2), and not before the months
    that `others` have bought for the same worker are over. A month of the bridge fund keeps
    no run out: what is paid begins behind it. An `agreement` gives first and last day; then
    no more months are planned than it has left.
    """
    if run is not None and day <= run.paid_until + ONE_DAY:
        start = _behind_bridge(run.paid_until + ONE_DAY, others)
        if agreement is None and add_months(run.start, run.months) == start:
            return Plan(run.start, run.months, _periods(run.start, run.months, months))
    else:
        start = first_free_day(day, others) if run is None else _behind_bridge(day, others)
    if agreement is not None:
        return _agreed_plan(start, months, agreement)
    return Plan(start, 0, _periods(start, 0, months))


def first_free_day(day: date, others: Sequence[Period]) -> date:
    """Return the first day from `day` on that the others' months leave free, in days and
    in contribution months."""
    busy = [period.covered_until for period in others if period.covered_until >= day]
    start = max(busy) + ONE_DAY if busy else day
    taken = {period.month for period in others}
    while first_of_month(start) in taken:
        start = add_months(first_of_month(start), 1)
    return start


def follows_bridge(planned: Plan, others: Sequence[Period]) -> bool:
    """Tell whether a plan begins on the day after a month that the bridge fund paid."""
    ends = {period.covered_until + ONE_DAY for period in others if period.bridge}
    return planned.start in ends


def _behind_bridge(start: date, others: Sequence[Period]) -> date:
    """Return the day itself, or the first one behind the bridge fund's month that holds it."""
    held = [p for p in others if p.bridge and p.covered_from <= start <= p.covered_until]
    return first_free_day(start, held) if held else start


def collide(periods: Sequence[Period], others: Sequence[Period]) -> bool:
    """Tell whether some of the months, or of the days, are bought by others already."""
    taken = {period.month for period in others}
    return any(
        mine.month in taken
        or any(
            mine.covered_from <= other.covered_until and other.covered_from <= mine.covered_until
            for other in others
        )
        for mine in periods
    )


def _periods(start: date, done: int, months: int) -> tuple[Period, ...]:
    spans = [period_of(start, k) for k in range(done, done + months)]
    return tuple(Period(first_of_month(first), first, last) for first, last in spans)


def _agreed_plan(day: date, months: int, agreement: tuple[date, date]) -> Plan:
    """Cut the periods of an agreement at the day on which cover begins and at its end."""
    first_day, last_day = agreement
    begin = max(day, first_day)
    periods: list[Period] = []
    for k in count():
        start, until = period_of(first_day, k)
        if start > last_day or len(periods) == months:
            break
        until = min(until, last_day)
        if until >= begin:
            periods.append(Period(first_of_month(start), max(start, begin), until))
    return Plan(begin, 0, tuple(periods))
