"""What the simulator answers: an income's bracket, the months' prices, and what a budget buys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contributions.budgets import Fit, fit
from contributions.quotes import BadQuote, Quote, quote
from contributions.tariffs import NoTariff, Price, TariffTable


@dataclass(frozen=True)
class Simulation:
    """So many workers for the months of `quote`; `fit` where a budget was named.

    `bracket` is that of the income, `price` what its first month costs.
    """

    workers: int
    income: int
    bracket: int
    price: Price
    quote: Quote
    total: int
    full_total: int
    fit: Fit | None


def simulate(table: TariffTable, *, asked: Mapping[str, Any]) -> Simulation | None:
    """Answer what was asked; None where the tariff says nothing about a month of it."""
    try:
        bracket = table.bracket_for(asked["income"] or 0)
        found = quote(
            start=asked["month"],
            months=asked["months"],
            sector=asked["sector"],
            funding=asked["funding"],
            bracket=bracket,
            jht=asked["jht"],
            table=table,
        )
    except (NoTariff, BadQuote):
        return None
    workers, budget = asked["workers"], asked["budget"]
    prices = [line.price.total for line in found.lines]
    return Simulation(
        workers=workers,
        income=asked["income"] or 0,
        bracket=bracket,
        price=found.lines[0].price,
        quote=found,
        total=found.total * workers,
        full_total=found.full_total * workers,
        fit=None if budget is None else fit(prices=prices, workers=workers, budget=budget),
    )
