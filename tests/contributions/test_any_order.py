"""Whatever people, banks and jobs do, in any order: the books agree after each step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bricks.clock import jakarta_date
from contributions.books import check_books, identity
from contributions.models import Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.expiring import expire
from contributions.services.lapsing import lapse
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import CannotStop, stop_sponsorship
from payments.models import Invoice, Payment
from tests.contributions.builders import approved_order, few_prices, reverse, settle
from tests.factories import NOW, EnrollmentFactory, OrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


@dataclass
class World:
    """Two donors, three workers, one of whom both want to cover; and the present instant."""

    now: datetime = NOW
    paid: list[Payment] = field(default_factory=list)

    def start(self) -> None:
        """Let the branch approve a worker for both donors, and two more for the first."""
        order = approved_order(2, months=1)
        shared = order.enrollments.first().worker
        approved_order(order=OrderFactory(), of=shared, months=3)
        # One of the workers has a NIK that the core refuses.
        EnrollmentFactory(
            order=order, approved=True, decided_at=NOW, nik="1671014203890099", months=2
        )

    def allocate(self) -> None:
        """The jobs that bells start."""
        follow_up_approvals(now=self.now)
        undo_payments(now=self.now)
        allocate_payments(now=self.now)

    def night(self) -> None:
        """The jobs of the day, and the core's answers."""
        today = jakarta_date(self.now)
        expire(today=today, now=self.now)
        renew(today=today, now=self.now)
        lapse(today=today, now=self.now)
        remit(today=today, now=self.now)
        fetch_answers(now=self.now + timedelta(seconds=10))


def wait(world: World, number: int) -> None:
    """Days pass; every third time the jobs of those days come late."""
    world.now += timedelta(days=number % 40, hours=number % 7)
    if number % 3:
        world.night()


def pay_something(world: World, number: int) -> None:
    """Somebody pays one of the invoices there ever were: right, short, too much, again."""
    invoices = list(Invoice.everything.order_by("pk"))
    if not invoices:
        return
    invoice = invoices[number % len(invoices)]
    amount = (invoice.total, invoice.total, invoice.total - 9_000, invoice.total + 777)[number % 4]
    when = world.now - timedelta(hours=number % 30)
    when = max(when, invoice.issued_at + timedelta(seconds=1))
    world.paid.append(settle(invoice, when, max(amount, 5_000), arrives=world.now))


def take_back(world: World, number: int) -> None:
    """The bank takes one of the payments back."""
    left = [p for p in world.paid if p.status == Payment.Status.SETTLED]
    if left:
        world.paid.remove(left[number % len(left)])
        reverse(left[number % len(left)], world.now)


def stop(world: World, number: int) -> None:
    """A donor stops one of his sponsorships."""
    rows = list(Sponsorship.everything.order_by("pk"))
    if rows:
        row = rows[number % len(rows)]
        try:
            stop_sponsorship(sponsorship=row, by=row.donor.person, now=world.now)
        except CannotStop:
            return


def allocate(world: World, number: int) -> None:
    """The bells work."""
    world.allocate()


def night(world: World, number: int) -> None:
    """The clock works."""
    world.night()


STEPS: dict[str, Callable[[World, int], None]] = {
    "wait": wait,
    "pay": pay_something,
    "take_back": take_back,
    "stop": stop,
    "allocate": allocate,
    "night": night,
}
stories = st.lists(
    st.tuples(st.sampled_from(["wait", "pay", "pay", *STEPS]), st.integers(0, 999)),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories)
# Pays, is covered, the bank takes the money back after acceptance.
@example([("pay", 0), ("allocate", 0), ("night", 0), ("take_back", 0), ("allocate", 0)])
# Two donors pay for the shared worker, one late.
@example([("pay", 1), ("pay", 0), ("wait", 16), ("pay", 0), ("allocate", 0), ("wait", 20)])
def test_the_books_agree_after_every_step(story):
    with transaction.atomic():
        world = World()
        world.start()
        world.allocate()
        for name, number in story:
            STEPS[name](world, number)
            prove(world, name)
        world.allocate()
        world.night()
        prove(world, "the end")
        assert not Payment.everything.filter(status="settled", followed_up_at__isnull=True).exists()
        transaction.set_rollback(True)


def prove(world: World, step: str) -> None:
    """The books agree, and nobody is covered before he was paid for."""
    grave = [f.sentence for f in check_books(now=world.now) if f.is_grave]
    assert grave == [], step
    assert identity().holds
    bought = Contribution.everything.filter(status__in=BOUGHT)
    assert all(row.covered_from >= jakarta_date(row.paid_at) for row in bought), step
