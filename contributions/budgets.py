"""What a budget buys: cost, shortage, and three ways to spend less (domain reference 10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Fit:
    """A budget against so many workers for so many months, in whole rupiah.

    `people` get the whole term, with `people_rest` rupiah left; or all workers get
    `months` months for `months_cost`; or `worker_months` months are bought, in order of
    time, for as many workers as each month allows.
    """

    cost: int
    budget: int
    people: int
    people_rest: int
    months: int
    months_cost: int
    worker_months: int

    @property
    def short(self) -> int:
        """What is missing, in rupiah; 0 where the budget suffices."""
        return max(0, self.cost - self.budget)

    @property
    def left(self) -> int:
        """What remains, in rupiah; 0 where the budget does not suffice."""
        return max(0, self.budget - self.cost)


def fit(*, prices: Sequence[int], workers: int, budget: int) -> Fit:
    """Work out what `budget` buys of a term whose months cost `prices` per worker.

    Raises ValueError without months or workers, for a price of nothing or a debt.
    """
    if not prices or min(prices) <= 0 or workers < 1 or budget < 0:
        raise ValueError("a term has months that cost something, and workers")
    term = sum(prices)
    costs = [workers * each for each in accumulate(prices)]
    months = sum(cost <= budget for cost in costs)
    months_cost = costs[months - 1] if months else 0
    part = (budget - months_cost) // prices[months] if months < len(prices) else 0
    people = budget // term
    return Fit(
        cost=costs[-1],
        budget=budget,
        people=people,
        people_rest=budget - people * term,
        months=months,
        months_cost=months_cost,
        worker_months=months * workers + part,
    )
