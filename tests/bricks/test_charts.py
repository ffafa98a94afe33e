"""The arithmetic of charts: nothing off the paper, no figure lost."""

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from bricks.charts import PROVINCES, TileFigure, level_of, line_chart, nice_top, tile_map

VALUES = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=36)


def test_thirty_eight_provinces_have_a_tile_of_their_own():
    assert len(PROVINCES) == 38
    assert len({(column, row) for _, column, row in PROVINCES.values()}) == 38
    assert len({short for short, _, _ in PROVINCES.values()}) == 38


@pytest.mark.parametrize(
    ("value", "level"), [(None, 0), (0, 1), (19.9, 1), (20, 2), (60, 4), (99, 5)]
)
def test_a_level_counts_the_bounds_that_the_value_reaches(value, level):
    assert level_of(value, [20, 40, 60, 80]) == level


def test_a_province_without_a_figure_is_drawn_empty():
    tiles = {t.code: t for t in tile_map({"16": TileFigure("Sumatera Selatan", 33)}, [20, 40])}
    assert tiles["16"].level == 2
    assert tiles["11"].level == 0


@given(st.floats(0, 10**12))
def test_the_axis_reaches_the_highest_value_in_whole_steps(value):
    top = nice_top(value)
    assert top >= value
    assert (top / 4).is_integer()


def test_the_axis_of_nothing_is_not_flat():
    assert nice_top(0) == 4


@given(VALUES)
def test_every_known_value_is_drawn_once_and_inside_the_frame(values):
    chart = line_chart([str(i) for i in range(len(values))], [("a", values)])
    points = [p for stretch in chart.lines[0].stretches for p in stretch]
    assert [p.value for p in points] == [v for v in values if v is not None]
    assert all(chart.left <= p.x <= chart.right and 0 <= p.y <= chart.bottom for p in points)
    assert [row.values for row in chart.rows] == [[v] for v in values]


def test_a_missing_month_breaks_the_line():
    chart = line_chart(["a", "b", "c", "d"], [("x", [1, None, 3, 4])])
    assert [len(s) for s in chart.lines[0].stretches] == [1, 2]


def test_the_newest_month_always_bears_its_name():
    chart = line_chart([str(i) for i in range(23)], [("x", list(range(23)))])
    assert chart.months[-1].label == "22"
    assert len(chart.months) <= 6


def test_a_drawn_chart_has_its_figures_in_a_table_and_no_style():
    chart = line_chart(["Okt", "Nov"], [("Pekerja", [1200, 1500])])
    drawn = render_to_string("partials/line_chart.html", {"chart": chart, "title": "Tren"})
    assert "1.500" in drawn
    assert "<table" in drawn
    assert "style=" not in drawn
