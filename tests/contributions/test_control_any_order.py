"""Whatever a donor wishes of a sponsorship, in any order, among nights, payments and days
that pass: no paid month is lost, no month asked or bought twice, no day named in vain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bricks.clock import jakarta_date
from bricks.months import add_months, period_of
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.asking import ask_again
from contributions.services.controlling import carry_out
from contributions.services.lapsing import lapse
from contributions.services.renewing import renew
from contributions.stops import MOST_MONTHS_AHEAD, months_left
from contributions.wishes import PERIODS, Kind, Wish, seen
from payments.models import Invoice
from tests.contributions.builders import few_prices, pay
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db
START = date(2026, 8, 1)
ACTIVE, PROMISED = Sponsorship.Status.ACTIVE, Contribution.Status.PROMISED


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


@dataclass
class World:
    """A sponsorship by the month, covered until 31 August, and the present instant."""

    row: Sponsorship
    now: datetime

    @property
    def today(self) -> date:
        return jakarta_date(self.now)


def wish(world: World, number: int) -> None:
    """The donor wishes something; whether it can be done is the service's to say."""
    row, kinds = world.row, list(Kind)
    wanted = Wish(
        kinds[number % len(kinds)],
        periods=1 + number // 5 % 4,
        months=PERIODS[number // 5 % len(PERIODS)],
        bracket=1,
        jht=bool(number // 5 % 2),
    )
    carry_out(
        sponsorship_ids=[row.pk],
        wish=wanted,
        word=seen([row]),
        by=row.donor.person,
        now=world.now,
    )
    if number % 3:
        ask_again(today=world.today, now=world.now)


def night(world: World, number: int) -> None:
    """The night's renewal; a second one finds nothing to do."""
    renew(today=world.today, now=world.now)
    asked = promised(world.row)
    invoices = Invoice.everything.count()
    renew(today=world.today, now=world.now)
    assert (promised(world.row), Invoice.everything.count()) == (asked, invoices)


def pay_it(world: World, number: int) -> None:
    """The donor pays what he is asked for."""
    invoice = Invoice.everything.filter(status=Invoice.Status.OPEN).first()
    if invoice is not None:
        pay(invoice, world.now)


def wait(world: World, number: int) -> None:
    """Days pass, and the jobs of the last of them run."""
    world.now += timedelta(days=1 + number % 45)
    renew(today=world.today, now=world.now)
    lapse(today=world.today, now=world.now)


STEPS: dict[str, Callable[[World, int], None]] = {
    "wish": wish,
    "night": night,
    "pay": pay_it,
    "wait": wait,
}


def months_of(row: Sponsorship) -> dict[date, tuple[date | None, date | None]]:
    rows = Contribution.everything.filter(sponsorship=row, status__in=BOUGHT)
    return {one.month: (one.covered_from, one.covered_until) for one in rows}


def promised(row: Sponsorship) -> list[tuple[int | None, date]]:
    rows = Contribution.everything.filter(sponsorship=row, status=PROMISED)
    return list(rows.order_by("month").values_list("invoice", "month"))


def holds(world: World, before: dict[date, tuple[date | None, date | None]]) -> None:
    """What is true after every step."""
    row = world.row
    bought = months_of(row)
    assert before.items() <= bought.items(), "a paid month was lost or moved"
    spans = sorted((first, last) for first, last in bought.values() if first and last)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))
    assert row.paid_until == spans[-1][1]

    asked = promised(row)
    assert len({invoice for invoice, _month in asked}) <= 1, "two invoices ask at once"
    assert not {month for _invoice, month in asked} & bought.keys(), "asked for what is paid"
    if row.status != ACTIVE or row.stopped_at is not None:
        assert not asked
    if row.stopped_at is not None:
        assert (row.renews, row.stops_on) == (False, None) or row.stops_on == row.paid_until
    if row.stops_on is not None:
        assert row.run_start is not None
        assert row.stops_on >= row.paid_until
        assert row.stops_on <= add_months(row.paid_until, MOST_MONTHS_AHEAD)
        ends = [period_of(row.run_start, k)[1] for k in range(row.run_months + 40)]
        assert row.stops_on in ends
        left = months_left(row, today=world.today)
        assert left is not None
        assert len(asked) <= left or world.today > row.paid_until, "asked beyond the last day"
    else:
        assert len(asked) in {0, row.months}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["wish", *STEPS]), st.integers(0, 999)), min_size=3, max_size=9
    )
)
# A last day two periods on, paid up to; then it goes on by a longer period.
@example([("wish", 6), ("night", 0), ("pay", 0), ("wait", 24), ("pay", 0), ("wish", 2)])
# The period changes under an open invoice, which is paid, and he stops and goes on again.
@example([("night", 0), ("wish", 8), ("night", 0), ("pay", 0), ("wish", 0), ("wish", 2)])
# Nobody pays; a last day in arrears, and cover begins anew before it.
@example([("wish", 11), ("night", 0), ("wait", 20), ("pay", 0), ("wait", 40), ("pay", 0)])
def test_no_sequence_of_wishes_loses_a_paid_month_or_asks_twice(story):
    row = sponsored(START, 1, case=EnrollmentFactory(approved=True, months=1))
    world = World(row, at(date(2026, 8, 20)))
    for name, number in story:
        before = months_of(row)
        STEPS[name](world, number)
        row.refresh_from_db()
        holds(world, before)
        world.now += timedelta(minutes=5)
    assert [finding.kind for finding in check_books(now=world.now) if finding.is_grave] == []
