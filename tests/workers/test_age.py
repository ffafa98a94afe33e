"""Ages and the 65th birthday: vectors of the domain reference, section 10."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.age import age_on, turns_65_on


@pytest.mark.parametrize(
    ("born", "birthday"),
    [
        (date(1961, 11, 20), date(2026, 11, 20)),
        (date(1964, 2, 29), date(2029, 2, 28)),
        (date(1960, 2, 29), date(2025, 2, 28)),
        (date(1963, 12, 31), date(2028, 12, 31)),
    ],
)
def test_the_65th_birthday_is_the_stricter_one_for_a_leap_day(born, birthday):
    assert turns_65_on(born) == birthday


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1961, 11, 20), date(2026, 11, 19), 64),
        (date(1961, 11, 20), date(2026, 11, 20), 65),
        (date(1964, 2, 29), date(2029, 2, 27), 64),
        (date(1964, 2, 29), date(2029, 2, 28), 65),
        (date(2000, 2, 29), date(2004, 2, 28), 3),
        (date(2000, 2, 29), date(2004, 2, 29), 4),
        (date(1985, 8, 17), date(1985, 8, 17), 0),
    ],
)
def test_an_age_is_counted_in_whole_years(born, day, age):
    assert age_on(born, day) == age


born_days = st.dates(min_value=date(1900, 1, 1), max_value=date(2030, 12, 31))


@given(born_days, st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_somebody_is_65_from_the_65th_birthday_on(born, day):
    assert (age_on(born, day) >= 65) == (day >= turns_65_on(born))


@given(born_days, st.integers(0, 40_000), st.integers(0, 400))
def test_nobody_grows_younger(born, days, more):
    earlier = date.fromordinal(born.toordinal() + days)
    later = date.fromordinal(earlier.toordinal() + more)
    assert age_on(born, earlier) <= age_on(born, later)
