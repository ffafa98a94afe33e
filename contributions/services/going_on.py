"""Which months credit may buy for whom, decided before anything is written.

Credit continues runs: months of sponsorships that are active, at the prices of those
months, as far as nobody else has bought them and the agreement goes. All of it reads
beneath the lock that the caller holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from heapq import heapify, heappop, heappush

from django.conf import settings

from bricks.clock import jakarta_date
from bricks.months import add_months
from contributions import gate
from contributions.models import Sponsorship
from contributions.runs import Period, Plan, Run, collide, plan
from contributions.services.billing import agreement_of, bought_by_others, price_of
from contributions.services.offering import Deal, Line, Offer
from contributions.tariffs import NoTariff, Price, TariffTable


def goes_on(row: Sponsorship) -> bool:
    """Tell whether credit may buy further months of a sponsorship: it is active, its donor
    has not stopped it, no other one renews for its worker, and no person is to decide."""
    own_turn = row.renews or agreement_of(row) is not None
    free = row.stopped_at is None and row.parked_at is None
    return row.status == Sponsorship.Status.ACTIVE and free and own_turn


def next_offers(
    rows: Sequence[Sponsorship], *, now: datetime, months: int | None = None
) -> list[Offer]:
    """Offer each sponsorship the next months of its run, with their prices.

    So many `months`; without a number the sponsorship's own period. Nothing is offered for
    whom the gate withholds, nor beyond the first month that somebody else has bought or
    that has no tariff. A run that is over begins anew at `now`, never before (P2).
    """
    held, others, table = gate.withheld(rows), bought_by_others(rows), TariffTable.load()
    return [
        _offer(row, months or row.months, others[row.pk], table, jakarta_date(now))
        if row.pk not in held and goes_on(row)
        else Offer(Line(row, ()), None, (), refusal="held" if row.pk in held else "refused")
        for row in rows
    ]


def offers_ahead(rows: Sequence[Sponsorship], *, now: datetime) -> list[Offer]:
    """The same, as many months as end at most CREDIT_MONTHS_AHEAD months from now."""
    months = settings.CREDIT_MONTHS_AHEAD
    last = add_months(jakarta_date(now), months)
    found = []
    for offer in next_offers(rows, now=now, months=months):
        near = sum(period.covered_until <= last for period in _periods(offer))
        found.append(replace(offer, prices=offer.prices[:near]))
    return found


def deal_by_end(offers: Sequence[Offer], money: int) -> list[Deal]:
    """Spend the money month by month, always for the worker whose cover ends first."""
    bought = [0] * len(offers)
    queue = [
        (_periods(offer)[0].covered_from, index)
        for index, offer in enumerate(offers)
        if offer.prices
    ]
    heapify(queue)
    while queue:
        _day, index = heappop(queue)
        offer, done = offers[index], bought[index]
        price = offer.prices[done].total
        if price > money:
            continue
        bought[index], money = done + 1, money - price
        if done + 1 < len(offer.prices):
            heappush(queue, (_periods(offer)[done + 1].covered_from, index))
    return [Deal(offer, months) for offer, months in zip(offers, bought, strict=True)]


def _periods(offer: Offer) -> tuple[Period, ...]:
    return offer.plan.periods if offer.plan else ()


def _offer(
    row: Sponsorship, months: int, others: list[Period], table: TariffTable, today: date
) -> Offer:
    run = None
    if row.run_start and row.paid_until:
        run = Run(row.run_start, row.run_months, row.paid_until)
    planned = plan(day=today, months=months, run=run, others=others, agreement=agreement_of(row))
    if row.stops_on is not None:
        wanted = [p for p in planned.periods if p.covered_until <= row.stops_on]
        planned = replace(planned, periods=tuple(wanted))
    return Offer(Line(row, ()), planned, priced(row, planned, others, table))


def priced(
    row: Sponsorship, planned: Plan, others: list[Period], table: TariffTable
) -> tuple[Price, ...]:
    """Return the prices of the first months of a plan that nobody else has bought."""
    prices = []
    for period in planned.periods:
        if collide([period], others):
            break
        try:
            prices.append(price_of(row, period.month, table))
        except NoTariff:
            break
    return tuple(prices)
