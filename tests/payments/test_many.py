"""Thousands at once: postings and invoices as single ones would be, in few statements."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bricks.clock import JAKARTA
from payments import books, ledger
from payments.ledger import Fact
from payments.models import Account, Balance, ClosedMonth, Invoice, Posting, Series, Transfer
from payments.services.invoices import Ask, issue_invoice, issue_many, number_invoice, number_many
from tests.factories import NOW, DonorFactory, OfficeFactory, ProgrammeFactory, UserFactory
from tests.payments.builders import open_invoice

pytestmark = pytest.mark.django_db
Kind = Account.Kind


def statements(action):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        action()
    return len(queries)


@pytest.fixture
def purse():
    """A donor's credit of 1,000 rupiah, and where it may go."""
    credit = ledger.account(Kind.CREDIT, donor=DonorFactory())
    ledger.post(
        key="in",
        kind="test",
        now=NOW,
        transfers=[(ledger.account(Kind.CLEARING, gateway="sandbox"), credit, 1_000)],
    )
    return credit


@pytest.fixture
def payable():
    return ledger.account(Kind.PAYABLE)


def draw(key, purse, payable, amount=100):
    return Fact(key, "test", [(purse, payable.pk, amount)])


# --- the same as singles ----------------------------------------------------------------

PLACES = ["clearing", "payable", "fees", "holding", "credit", "other_holding"]
lines = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(0, 10**6)),
    min_size=1,
    max_size=3,
)
stories = st.lists(st.tuples(st.sampled_from("abcdef"), lines), max_size=6)


def places():
    donor, other = DonorFactory(), DonorFactory()
    return {
        "clearing": ledger.account(Kind.CLEARING, gateway="sandbox"),
        "payable": ledger.account(Kind.PAYABLE),
        "fees": ledger.account(Kind.FEES),
        "holding": ledger.account(Kind.HOLDING, donor=donor),
        "credit": ledger.account(Kind.CREDIT, donor=donor),
        "other_holding": ledger.account(Kind.HOLDING, donor=other),
    }


def outcome(story, write):
    """What stands in the books afterwards, or the refusal; then everything is taken back."""
    with transaction.atomic():
        accounts = places()
        names = {account.pk: name for name, account in accounts.items()}
        # Enough for the order of the facts to play no part in what suffices.
        for name in ("holding", "credit", "other_holding"):
            first = (accounts["clearing"], accounts[name], 10**8)
            ledger.post(key=f"first {name}", kind="test", now=NOW, transfers=[first])
        try:
            with transaction.atomic():
                write([(k, [(accounts[d], accounts[c], a) for d, c, a in ls]) for k, ls in story])
        except ledger.LedgerError as error:
            told = type(error)
        else:
            told = None
        rows = Transfer.objects.values_list(
            "posting__key", "posting__kind", "posting__posted_at", "debit", "credit", "amount"
        )
        seen = sorted((k, kind, at, names[d], names[c], a) for k, kind, at, d, c, a in rows)
        balances = Balance.objects.values_list("account", "amount")
        assert books.check_ledger() == []
        transaction.set_rollback(True)
    return told, seen, {names[pk]: amount for pk, amount in balances}


def singles(story):
    for key, transfers in story:
        ledger.post(key=key, kind="test", now=NOW, transfers=transfers)


def at_once(story):
    ledger.post_many(
        [Fact(key, "test", [(d.pk, c, a) for d, c, a in rows]) for key, rows in story], now=NOW
    )


@given(stories)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_many_facts_leave_the_rows_that_singles_leave(story):
    one_by_one, together = outcome(story, singles), outcome(story, at_once)
    # Of several faults the one found first is told: all lines are looked at before any key.
    assert (one_by_one[0] is None) == (together[0] is None)
    assert one_by_one[1:] == together[1:]


# --- promises -----------------------------------------------------------------------------


def test_the_ids_come_back_by_key(purse, payable):
    made = ledger.post_many([draw("b", purse, payable), draw("a", purse, payable)], now=NOW)
    assert made == dict(Posting.objects.filter(key__in="ab").values_list("key", "pk"))
    assert ledger.balance_of(purse) == 800


def test_a_second_call_moves_nothing_and_new_facts_join(purse, payable):
    facts = [draw("a", purse, payable), draw("b", purse, payable)]
    first = ledger.post_many(facts, now=NOW)
    again = ledger.post_many([*facts, draw("c", purse, payable), facts[0]], now=NOW)
    assert again.items() > first.items()
    assert ledger.balance_of(purse) == 700


def test_what_a_single_posted_is_known_to_many(purse, payable):
    single = ledger.post(key="a", kind="test", now=NOW, transfers=[(purse, payable, 100)])
    assert ledger.post_many([draw("a", purse, payable)], now=NOW) == {"a": single.pk}
    assert ledger.balance_of(purse) == 900


@pytest.mark.parametrize(
    ("second", "refusal"),
    [
        (("a", 101), ledger.KeyReused),
        (("in", 100), ledger.KeyReused),
        (("b", 0), ledger.BadTransfer),
        (("b", 901), ledger.InsufficientBalance),
    ],
)
def test_one_refusal_leaves_nothing_of_all(purse, payable, second, refusal):
    key, amount = second
    with pytest.raises(refusal):
        ledger.post_many([draw("a", purse, payable), draw(key, purse, payable, amount)], now=NOW)
    assert list(Posting.objects.values_list("key", flat=True)) == ["in"]
    assert ledger.balance_of(purse) == 1_000


def test_a_closed_month_refuses_them_all(purse, payable):
    ClosedMonth.objects.create(
        month=date(2026, 10, 1),
        ends_at=datetime(2026, 11, 1, tzinfo=JAKARTA),
        closed_at=NOW,
        closed_by=UserFactory(),
    )
    with pytest.raises(ledger.MonthClosed):
        ledger.post_many([draw("a", purse, payable)], now=NOW - timedelta(days=30))
    assert not Posting.objects.filter(key="a").exists()


def test_a_payment_may_stand_behind_a_fact(purse, payable):
    assert ledger.post_many([], now=NOW) == {}
    fact = Fact("a", "test", [(purse, payable, 1)], payment_id=None)
    assert ledger.post_many([fact], now=NOW).keys() == {"a"}


def test_accounts_are_made_once_and_found_later():
    donors = [DonorFactory() for _ in range(3)]
    known = ledger.account(Kind.CREDIT, donor=donors[1])
    found = ledger.accounts_of(Kind.CREDIT, [donor.pk for donor in donors])
    assert found[donors[1].pk] == known.pk
    assert ledger.accounts_of(Kind.CREDIT, found) == found
    assert Balance.objects.filter(account__in=found.values(), amount=0).count() == 3
    assert ledger.account(Kind.CREDIT, donor=donors[2]).pk == found[donors[2].pk]


def test_funds_belong_to_programmes_and_shared_accounts_to_nobody():
    programme = ProgrammeFactory()
    fund = ledger.account(Kind.FUND, programme=programme)
    assert ledger.accounts_of(Kind.FUND, [programme.pk]) == {programme.pk: fund.pk}
    with pytest.raises(KeyError):
        ledger.accounts_of(Kind.PAYABLE, [1])


def test_forty_facts_need_no_more_statements_than_two(payable):
    clearing = ledger.account(Kind.CLEARING, gateway="sandbox")
    counts = {}
    for number in (2, 40):
        donors = [DonorFactory().pk for _ in range(number)]
        counts[number] = statements(
            lambda ids=donors, n=number: ledger.post_many(
                [
                    Fact(f"{n}:{donor}", "test", [(clearing, credit, 5), (credit, payable, 2)])
                    for donor, credit in ledger.accounts_of(Kind.CREDIT, ids).items()
                ],
                now=NOW,
            )
        )
    assert counts[40] == counts[2] <= 18


# --- invoices -------------------------------------------------------------------------------


def asks(number):
    office = OfficeFactory()
    return [
        Ask(
            donor_id=DonorFactory().pk,
            office_id=office.pk if place % 2 else None,
            total=1_000 + place,
            purpose=Invoice.Purpose.RENEWAL,
            expires_at=NOW + timedelta(days=2 + place),
        )
        for place in range(number)
    ]


COLUMNS = ("donor", "office", "due_on", "purpose", "total", "status", "issued_at", "expires_at")


def test_many_invoices_are_those_that_singles_would_be():
    asked = asks(9)
    many = issue_many(asked, now=NOW)
    for ask, invoice in zip(asked, many, strict=True):
        single = issue_invoice(
            donor=invoice.donor,
            office=invoice.office,
            total=ask.total,
            purpose=ask.purpose,
            expires_at=ask.expires_at,
            now=NOW,
        )
        rows = Invoice.everything.filter(pk__in=[single.pk, invoice.pk])
        first, second = rows.values_list(*COLUMNS, "number", "closed_at")
        assert first == second


def test_numbers_follow_the_order_given_without_a_gap():
    before, one = open_invoice(), issue_many(asks(1), now=NOW)[0]
    number_invoice(invoice=one, now=NOW)
    many = issue_many(asks(3), now=NOW)
    number_many([many[2], one, many[0], many[1]], now=NOW)
    number_many(many, now=NOW)
    assert [i.number for i in (before, one, many[2], many[0], many[1])] == [
        f"2026-{n:06}" for n in range(1, 6)
    ]
    assert Series.objects.get(name="invoice-2026").last == 5
    kept = Invoice.everything.in_bulk([i.pk for i in many])
    assert all(kept[i.pk].number == i.number for i in many)
    assert books.check_ledger() == []


def test_one_bad_ask_issues_none():
    good = asks(2)
    bad = Ask(good[0].donor_id, None, 0, Invoice.Purpose.RENEWAL, NOW + timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        issue_many([*good, bad], now=NOW)
    assert not Invoice.everything.exists()
    assert issue_many([], now=NOW) == []


def test_forty_invoices_need_no_more_statements_than_two():
    two, forty = asks(2), asks(40)

    def issue(asked):
        with transaction.atomic():
            number_many(issue_many(asked, now=NOW), now=NOW)

    assert statements(lambda: issue(forty)) == statements(lambda: issue(two)) <= 13
