"""Coverage, gaps and levels by the vectors of domain reference 10."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bricks.charts import level_of
from dashboards.ratios import Coverage, gap_to, hundredths_of, level_bounds, people_for

PEOPLE = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("part", "base", "percent"),
    [
        (2_970_000, 30_200_000, "9.83"),
        (24_286, 47_010, "51.66"),
        (4_754, 23_416, "20.30"),
        (29_040, 70_426, "41.23"),
        (1, 8, "12.5"),
        (1, 200_000, "0"),
        (1, 20_000, "0.01"),
        (3, 2, "150"),
    ],
)
def test_a_share_is_rounded_half_up_to_hundredths_of_a_per_cent(part, base, percent):
    assert Coverage(active=part, base=base).percent == Decimal(percent)


def test_south_sumatra_is_shown_with_a_warning_that_its_base_exceeds_its_people():
    coverage = Coverage(active=2_970_000, base=30_200_000, population=9_064_690)
    assert coverage.base_exceeds_population
    assert not coverage.over_whole


def test_a_base_below_the_population_needs_no_warning():
    assert not Coverage(active=1, base=9_064_690, population=9_064_690).base_exceeds_population


def test_more_than_everybody_is_shown_with_a_warning():
    assert Coverage(active=101, base=100).over_whole
    assert not Coverage(active=100, base=100).over_whole


def test_where_only_a_percentage_is_published_it_stands_and_no_people_are_invented():
    bangka_belitung = Coverage(active=None, base=None, published=3300)
    gap = gap_to(bangka_belitung, 5500)
    assert bangka_belitung.percent == 33
    assert gap.points == 22
    assert gap.people is None


def test_a_gap_is_shown_in_people_too_where_the_base_is_known():
    gap = gap_to(Coverage(active=4_754, base=23_416), 3000)
    assert gap.points == Decimal("9.70")
    assert gap.people == 7_025 - 4_754


def test_a_target_that_is_reached_leaves_no_gap():
    gap = gap_to(Coverage(active=60, base=100), 5500)
    assert gap.reached
    assert gap.people == 0


def test_without_a_present_figure_there_is_no_gap_to_tell():
    assert gap_to(Coverage(active=None, base=100), 5500) is None


@given(base=st.integers(1, 10**9), hundredths=st.integers(0, 10_000))
def test_the_people_for_a_share_are_just_enough(base, hundredths):
    people = people_for(base, hundredths)
    assert people * 10_000 >= base * hundredths
    assert people == 0 or (people - 1) * 10_000 < base * hundredths


@given(part=PEOPLE, base=st.integers(1, 10**9))
def test_a_share_is_off_by_at_most_half_a_hundredth(part, base):
    assert abs(2 * hundredths_of(part, base) * base - 2 * part * 10_000) <= base


@given(st.lists(PEOPLE, max_size=40))
def test_the_levels_of_the_map_rise_and_zeros_are_alone_in_the_first(values):
    bounds = level_bounds(values)
    assert len(bounds) == 4
    assert bounds == sorted(set(bounds))
    assert all((level_of(value, bounds) == 1) == (value == 0) for value in values)


def test_a_quarter_of_the_provinces_stands_in_each_level():
    values = [0, 0, 10, 20, 30, 40, 50, 60, 70, 80]
    levels = [level_of(value, level_bounds(values)) for value in values]
    assert levels == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
