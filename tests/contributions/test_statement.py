"""A donor's statement adds up, whatever was done with his money."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from contributions.models import Contribution
from contributions.services.recounting import COUNTED
from contributions.statement import (
    Money,
    Span,
    money_by_month,
    money_of,
    months_of,
    postings_of,
    statement_of,
    years_of,
)
from contributions.worth import total_worth
from donors.models import Donor
from payments import ledger
from payments.models import Account, Balance, Payment
from tests.contributions.builders import at, billed_order, few_prices, pay
from tests.contributions.test_any_order import STEPS, World, stories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
ALWAYS = Span()


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


def balance(donor: Donor, *kinds: str) -> int:
    """What the balance rows of a donor's accounts stand at."""
    rows = Balance.objects.filter(account__donor=donor, account__kind__in=kinds)
    funds = Balance.objects.filter(account__programme__donor=donor, account__kind__in=kinds)
    return sum(row.amount for row in (*rows, *funds))


def prove(donor: Donor) -> None:
    """The equation holds, and each part is what the books say of it."""
    found = statement_of(donor, span=ALWAYS)
    money = found.closing
    assert found.opening == Money()
    assert money.holds
    assert money.unallocated == balance(donor, Account.Kind.HOLDING)
    assert money.spare == balance(donor, Account.Kind.CREDIT, Account.Kind.FUND)
    held = Contribution.everything.filter(sponsorship__donor=donor, status__in=COUNTED)
    assert money.months == total_worth(held)
    assert money.months == sum(part.amount for part in months_of(donor).values())
    received = Payment.everything.filter(invoice__donor=donor, settled_at__isnull=False)
    assert money.paid_in == sum(row.received or 0 for row in received)
    lines = money_of(postings_of(donor, span=ALWAYS), donor)
    assert all(line.holds for line in lines.values())
    assert sum(lines.values(), Money()) == money
    assert sum(money_by_month(donor, span=ALWAYS).values(), Money()) == money


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories)
def test_every_rupiah_of_every_donor_has_its_place_after_any_story(story):
    with transaction.atomic():
        world = World()
        world.start()
        world.allocate()
        for name, number in story:
            STEPS[name](world, number)
        for donor in Donor.everything.all():
            prove(donor)
        transaction.set_rollback(True)


def test_what_the_payer_paid_as_a_fee_is_no_month():
    invoice = billed_order()
    donor, fee = invoice.donor, 4_000
    payment = Payment.everything.create(
        invoice=invoice,
        gateway="sandbox",
        order_id="FEE",
        amount=invoice.total + fee,
        fee=fee,
        received=invoice.total + fee,
        status="settled",
        receipt_number="KW-FEE",
        created_at=NOW,
        settled_at=NOW,
        closed_at=NOW,
    )
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    settled = ledger.post(
        key="fee",
        kind="settlement",
        now=NOW,
        transfers=[
            (clearing, ledger.account(Account.Kind.HOLDING, donor=donor), invoice.total),
            (clearing, ledger.account(Account.Kind.FEES), fee),
        ],
        payment=payment,
    )
    money = statement_of(donor, span=ALWAYS).closing
    assert money == Money(paid_in=invoice.total + fee, fees=fee, unallocated=invoice.total)
    ledger.reverse(settled, key="back", now=NOW)
    money = statement_of(donor, span=ALWAYS).closing
    assert money.came_in == money.fees == money.unallocated == 0


def test_what_goes_back_and_what_the_operator_bears_count_too():
    invoice = billed_order()
    donor, kind = invoice.donor, Account.Kind
    pay(invoice, NOW, invoice.total + 50_000)
    credit = ledger.account(kind.CREDIT, donor=donor)
    for key, line in {
        "refund": (credit, ledger.account(kind.REFUNDS), 20_000),
        "borne": (ledger.account(kind.LOSS), credit, 7_000),
    }.items():
        ledger.post(key=key, kind=key, now=NOW, transfers=[line])
    money = statement_of(donor, span=ALWAYS).closing
    assert (money.back, money.borne, money.spare) == (20_000, 7_000, 37_000)
    assert money.holds


def test_a_year_begins_with_what_the_last_one_left():
    invoice = billed_order()
    pay(invoice, NOW, invoice.total + 50_000)
    donor, day = invoice.donor, at(TODAY.replace(year=2027))
    credit = ledger.account(Account.Kind.CREDIT, donor=donor)
    refunds = ledger.account(Account.Kind.REFUNDS)
    ledger.post(key="later", kind="refund", now=day, transfers=[(credit, refunds, 20_000)])
    later = statement_of(donor, span=Span.year(2027))
    assert later.opening.spare == 50_000
    assert later.moved == Money(back=20_000, spare=-20_000)
    assert later.closing == statement_of(donor, span=ALWAYS).closing
    assert years_of(donor, today=day.date()) == [2027, 2026]


def test_the_last_minute_of_a_year_in_jakarta_belongs_to_it():
    invoice = billed_order(when=at(TODAY.replace(month=12, day=31), 9))
    pay(invoice, at(TODAY.replace(month=12, day=31), 23, 59))
    months = money_by_month(invoice.donor, span=Span.year(2026))
    assert [month.month for month in months] == [12]
    assert not money_by_month(invoice.donor, span=Span.year(2027))


def test_another_donors_money_stays_out_of_it():
    invoice = billed_order()
    pay(invoice, NOW)
    stranger = billed_order().donor
    assert statement_of(stranger, span=ALWAYS).closing == Money()
    assert not postings_of(stranger, span=ALWAYS)


def test_the_questions_do_not_grow_with_the_payments(django_assert_num_queries):
    once, often = billed_order(), billed_order(3)
    pay(once, NOW)
    for amount in (50_000, 400_000, 900_000):
        pay(often, NOW, amount)
    for donor in (once.donor, often.donor):
        with django_assert_num_queries(3):
            statement_of(donor, span=ALWAYS)
        with django_assert_num_queries(3):
            money_by_month(donor, span=ALWAYS)
