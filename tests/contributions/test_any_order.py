"""Whatever people, banks and jobs do, in any order: the books agree after each step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from bricks.clock import jakarta_date
from bricks.months import add_months
from contributions.books import check_books, identity
from contributions.models import Contribution, LateMoney, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services import refunding
from contributions.services.asking import ask_again
from contributions.services.controlling import StateChanged, carry_out
from contributions.services.correcting import correct_prices
from contributions.services.expiring import expire
from contributions.services.lapsing import lapse
from contributions.services.late_money import CannotRevive, leave_as_credit, revive
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from contributions.services.spending import spend_credit
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import CannotStop, stop_sponsorship
from contributions.services.tariff_changes import CannotChangeTariff
from contributions.wishes import Kind, Wish, seen
from donors.models import Donor
from payments.models import Invoice, Payment
from payments.services.refund_errors import RefundError
from tests.contributions.builders import approved_order, reverse, settle
from tests.contributions.refund_stories import confirmed, prepared, to_account, treasurer
from tests.contributions.tariff_stories import change, head_office, relief_until, small_tables
from tests.factories import NOW, EnrollmentFactory, OrderFactory, RoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _prices(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    small_tables(monkeypatch)


@dataclass
class World:
    """Two donors, three workers, one of whom both want to cover; and the present instant."""

    now: datetime = NOW
    paid: list[Payment] = field(default_factory=list)

    def start(self) -> None:
        """Let the branch approve a worker for both donors, and two more for the first."""
        self.supervisor = RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR).user
        self.treasurers = (treasurer(), treasurer())
        self.head = head_office()
        self.order = order = approved_order(2, months=1)
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
        spend_credit(now=self.now)

    def order_more(self, number: int) -> None:
        """The branch approves one more worker, of a donor of before or of a new one."""
        order = self.order if number % 2 else OrderFactory()
        EnrollmentFactory(order=order, approved=True, decided_at=self.now, months=1 + number % 3)
        follow_up_approvals(now=self.now)

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
    total = invoice.total
    amount = (total, total, total - 9_000, total + 777, total * 2, total + 40_000)[number % 6]
    when = world.now - timedelta(hours=number % 30)
    when = max(when, invoice.issued_at + timedelta(seconds=1))
    world.paid.append(settle(invoice, when, max(amount, 5_000), arrives=world.now))


def take_back(world: World, number: int) -> None:
    """The bank takes one of the payments back."""
    left = [p for p in world.paid if p.status == Payment.Status.SETTLED]
    if left:
        world.paid.remove(left[number % len(left)])
        reverse(left[number % len(left)], world.now)


def spend(world: World, number: int) -> None:
    """The bell of credit that buys months."""
    spend_credit(now=world.now)


def decide_late_money(world: World, number: int) -> None:
    """The branch decides on money that came after the end."""
    row = LateMoney.objects.filter(status="waiting").order_by("pk").first()
    if row is None:
        return
    if number % 3 == 0:
        leave_as_credit(late=row, by=world.supervisor, now=world.now)
        return
    with suppress(CannotRevive):
        revive(late=row, by=world.supervisor, now=world.now)


def give_back(world: World, number: int) -> None:
    """A donor asks his credit back; two treasurers let it go, or it waits."""
    donors = list(Donor.everything.order_by("pk"))
    donor = donors[number % len(donors)]
    account = to_account()
    with suppress(RefundError):
        refund = refunding.ask_for_credit(
            donor=donor,
            amount=None,
            reason="uji",
            by=donor.person,
            now=world.now,
            account=account,
        )
        if number % 2:
            one, two = world.treasurers
            prepared(refund, account, by=one, now=world.now)
            confirmed(refund, by=two, now=world.now)


def correct(world: World, number: int) -> None:
    """Head office moves the end of a relief: months become cheaper, or dearer."""
    sector = ("other", "transport")[number % 2]
    with suppress(CannotChangeTariff):
        change(
            relief_until(add_months(date(2026, 10, 1), number % 7), sector=sector),
            now=world.now,
            by=world.head,
        )
    correct_prices(today=jakarta_date(world.now), now=world.now)


def stop(world: World, number: int) -> None:
    """A donor stops one of his sponsorships."""
    rows = list(Sponsorship.everything.order_by("pk"))
    if rows:
        row = rows[number % len(rows)]
        try:
            stop_sponsorship(sponsorship=row, by=row.donor.person, now=world.now)
        except CannotStop:
            return


def rule(world: World, number: int) -> None:
    """A donor wants one of his sponsorships otherwise; now and then from an old page."""
    rows = list(Sponsorship.everything.order_by("pk"))
    if not rows:
        return
    row = rows[number % len(rows)]
    wish = (
        Wish(Kind.STOP_LATER, periods=1 + number % 4),
        Wish(Kind.GO_ON),
        Wish(Kind.PERIOD, months=(1, 3, 6)[number % 3]),
        Wish(Kind.BRACKET, bracket=1, jht=bool(number % 2)),
        Wish(Kind.STOP),
    )[number // 3 % 5]
    word = seen([row]) if number % 7 else "old"
    with suppress(StateChanged):
        carry_out(
            sponsorship_ids=[row.pk], wish=wish, word=word, by=row.donor.person, now=world.now
        )
    if number % 2:
        ask_again(today=jakarta_date(world.now), now=world.now)


def order_more(world: World, number: int) -> None:
    """A new case is approved, and asked for at once."""
    world.order_more(number)


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
    "rule": rule,
    "spend": spend,
    "decide_late_money": decide_late_money,
    "give_back": give_back,
    "correct": correct,
    "order_more": order_more,
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
# Twice what was asked, spent, and the bank takes it back; then credit of the tariff.
@example([("pay", 4), ("allocate", 0), ("take_back", 0), ("allocate", 0), ("pay", 0)])
@example([("pay", 0), ("allocate", 0), ("correct", 6), ("spend", 0), ("give_back", 1)])
# Nobody pays until approvals are over; the late money is decided on.
@example([("wait", 39), ("pay", 0), ("allocate", 0), ("decide_late_money", 1), ("wait", 8)])
# What one order left as credit stands beside what another is asked for.
@example([("pay", 4), ("allocate", 0), ("order_more", 1), ("spend", 0), ("pay", 3), ("wait", 20)])
# A last day is named, paid up to, and named anew; a period changes under an open invoice.
@example([("pay", 0), ("allocate", 0), ("rule", 15), ("wait", 20), ("pay", 1), ("rule", 3)])
@example([("pay", 0), ("allocate", 0), ("wait", 20), ("rule", 21), ("pay", 1), ("wait", 38)])
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
    named = Contribution.everything.filter(status="promised", sponsorship__stops_on__isnull=False)
    assert not named.filter(month__gt=F("sponsorship__stops_on")).exists(), step
