"""The income brackets of this floor are those for which the floor above has prices."""

import csv
from pathlib import Path

import pytest

from workers.brackets import LOWER_BOUNDS, bracket_for

TARIFFS = Path(__file__).parents[2] / "contributions" / "data" / "brackets.csv"


def test_the_bounds_are_those_of_the_loaded_tariffs() -> None:
    with TARIFFS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["lower_bound"]) for row in rows] == list(LOWER_BOUNDS)


@pytest.mark.parametrize(
    ("income", "bracket"),
    [(0, 1), (1_000_000, 1), (1_099_999, 1), (1_100_000, 2), (3_000_000, 10), (90_000_000, 33)],
)
def test_an_income_falls_into_the_bracket_whose_bound_it_reaches(income, bracket) -> None:
    assert bracket_for(income) == bracket
