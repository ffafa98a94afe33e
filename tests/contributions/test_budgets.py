"""What a budget buys (domain reference 10, S1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributions.budgets import fit


def test_a_budget_of_two_billion_is_not_enough_for_ten_thousand_workers():
    found = fit(prices=[16_800] * 12, workers=10_000, budget=2_000_000_000)
    assert (found.cost, found.short, found.left) == (2_016_000_000, 16_000_000, 0)
    assert (found.people, found.people_rest) == (9_920, 128_000)
    assert (found.months, found.months_cost) == (11, 1_848_000_000)
    assert found.worker_months == 119_047


def test_twenty_thousand_workers_for_a_year_of_apbd_money():
    found = fit(prices=[16_800] * 12, workers=20_000, budget=4_032_000_000)
    assert (found.short, found.left, found.months) == (0, 0, 12)
    assert found.worker_months == 240_000


def test_months_that_cost_more_later_are_bought_in_order_of_time():
    found = fit(prices=[8_400, 8_400, 16_800], workers=10, budget=200_000)
    assert (found.cost, found.short) == (336_000, 136_000)
    assert (found.months, found.months_cost, found.worker_months) == (2, 168_000, 21)
    assert (found.people, found.people_rest) == (5, 32_000)


@pytest.mark.parametrize(
    "asked",
    [
        {"prices": [], "workers": 1, "budget": 1},
        {"prices": [0], "workers": 1, "budget": 1},
        {"prices": [1], "workers": 0, "budget": 1},
        {"prices": [1], "workers": 1, "budget": -1},
    ],
)
def test_what_makes_no_sense_is_refused(asked):
    with pytest.raises(ValueError, match="a term has months"):
        fit(**asked)


@given(
    prices=st.lists(st.integers(1, 700_000), min_size=1, max_size=24),
    workers=st.integers(1, 10_000),
    budget=st.integers(0, 10**12),
)
def test_no_way_to_spend_is_dearer_than_the_budget_or_leaves_one_more_unbought(
    prices, workers, budget
):
    found = fit(prices=prices, workers=workers, budget=budget)
    term = sum(prices)
    assert found.short - found.left == found.cost - budget
    assert found.people * term + found.people_rest == budget
    assert 0 <= found.people_rest < term
    assert found.months_cost <= budget or not found.months
    full, part = divmod(found.worker_months, workers)
    spent = workers * sum(prices[:full]) + (part * prices[full] if part else 0)
    assert spent <= budget
    if full < len(prices):
        assert spent + prices[full] > budget
