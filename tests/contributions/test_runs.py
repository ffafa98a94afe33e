"""Which months a payment buys, by dates alone."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bricks.months import ONE_DAY, add_months, first_of_month, run_end
from contributions.runs import Period, Run, collide, first_free_day, plan

days = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def period(first: date, last: date) -> Period:
    """A bought month from its first to its last day."""
    return Period(first_of_month(first), first, last)


def run(start: date, months: int) -> Run:
    """A run of so many bought months."""
    return Run(start, months, run_end(start, months))


def test_new_cover_begins_on_the_day_it_is_paid():
    bought = plan(day=date(2026, 11, 20), months=3)
    assert bought.months == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert bought.periods[0] == Period(date(2026, 11, 1), date(2026, 11, 20), date(2026, 12, 19))
    assert bought.periods[-1].covered_until == date(2027, 2, 19)


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 28)),
        (date(2026, 1, 31), 12, date(2027, 1, 30)),
        (date(2026, 12, 1), 12, date(2027, 11, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
    ],
)
def test_months_are_counted_from_the_start_of_the_run(start, months, last):
    assert plan(day=start, months=months).periods[-1].covered_until == last


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(2027, 1, 30), date(2027, 1, 31)])
def test_an_early_renewal_goes_on_where_the_run_ends(day):
    more = plan(day=day, months=1, run=run(date(2026, 1, 31), 12))
    assert (more.start, more.done) == (date(2026, 1, 31), 12)
    assert more.periods == (period(date(2027, 1, 31), date(2027, 2, 27)),)


def test_a_late_renewal_begins_a_new_run_on_the_day_it_is_paid():
    more = plan(day=date(2027, 2, 10), months=1, run=run(date(2026, 1, 31), 12))
    assert (more.start, more.done) == (date(2027, 2, 10), 0)
    assert more.periods == (period(date(2027, 2, 10), date(2027, 3, 9)),)


def test_a_run_that_lost_its_first_month_goes_on_without_overlap():
    left = Run(date(2026, 2, 28), 1, date(2026, 3, 30))
    more = plan(day=date(2026, 3, 1), months=2, run=left)
    assert more.periods[0].covered_from == date(2026, 3, 31)
    assert (more.start, more.done) == (date(2026, 3, 31), 0)


def test_new_cover_queues_behind_what_others_have_bought():
    others = [period(date(2026, 11, 5), date(2026, 12, 4))]
    assert first_free_day(date(2026, 11, 20), others) == date(2026, 12, 5)
    queued = plan(day=date(2026, 11, 20), months=2, others=others)
    assert queued.months == [date(2026, 12, 1), date(2027, 1, 1)]
    assert not collide(queued.periods, others)


def test_a_month_that_others_bought_in_part_is_not_bought_twice():
    others = [period(date(2026, 11, 1), date(2026, 11, 10))]
    assert first_free_day(date(2026, 11, 20), others) == date(2026, 12, 1)


def test_an_agreement_gives_first_and_last_day():
    year = (date(2027, 1, 1), date(2027, 12, 31))
    early = plan(day=date(2026, 11, 20), months=12, agreement=year)
    assert early.periods[0] == period(date(2027, 1, 1), date(2027, 1, 31))
    assert early.periods[-1] == period(date(2027, 12, 1), date(2027, 12, 31))
    late = plan(day=date(2027, 10, 15), months=12, agreement=year)
    assert late.months == [date(2027, 10, 1), date(2027, 11, 1), date(2027, 12, 1)]
    assert late.periods[0].covered_from == date(2027, 10, 15)
    assert plan(day=date(2028, 1, 1), months=12, agreement=year).periods == ()


def test_an_agreement_that_ends_within_a_month_covers_no_day_more():
    half = plan(day=date(2027, 1, 15), months=12, agreement=(date(2027, 1, 15), date(2027, 3, 10)))
    assert half.periods[-1] == Period(date(2027, 2, 1), date(2027, 2, 15), date(2027, 3, 10))


@given(start=days, payments=st.lists(st.tuples(st.integers(-40, 90), st.integers(1, 12))))
def test_payments_in_any_order_never_overlap_nor_buy_a_month_twice(start, payments):
    bought = plan(day=start, months=3)
    rows = list(bought.periods)
    now = Run(bought.start, 3, rows[-1].covered_until)
    day = start
    for offset, months in payments:
        day = max(day, now.paid_until + timedelta(days=offset))
        more = plan(day=day, months=months, run=now)
        assert more.periods[0].covered_from > rows[-1].covered_until
        if day <= now.paid_until + ONE_DAY:
            assert more.periods[0].covered_from == rows[-1].covered_until + ONE_DAY
        else:
            assert more.periods[0].covered_from == day
        rows += more.periods
        now = Run(more.start, more.done + months, rows[-1].covered_until)
    assert len({row.month for row in rows}) == len(rows)
    assert all(a.covered_until < b.covered_from for a, b in pairwise(rows))


@given(day=days, theirs=days, months=st.integers(1, 12), wanted=st.integers(1, 12))
def test_queued_cover_never_collides(day, theirs, months, wanted):
    others = plan(day=theirs, months=months).periods
    assert not collide(plan(day=day, months=wanted, others=others).periods, others)


@given(day=days, first=days, length=st.integers(0, 800))
@example(day=date(2024, 10, 1), first=date(2024, 1, 2), length=244)
def test_an_agreement_is_never_left_nor_covered_before_payment(day, first, length):
    last = first + timedelta(days=length)
    planned = plan(day=day, months=99, agreement=(first, last)).periods
    assert all(max(day, first) <= p.covered_from <= p.covered_until <= last for p in planned)
    assert (
        [p.month for p in planned] == [add_months(planned[0].month, k) for k in range(len(planned))]
        if planned
        else True
    )
