"""The ledger: zero-sum, idempotent, append-only, never below zero."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import books, ledger
from payments.models import Account, Balance, Posting, Transfer
from tests.factories import NOW, DonorFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

Kind = Account.Kind


@pytest.fixture
def clearing():
    return ledger.account(Kind.CLEARING, gateway="sandbox")


@pytest.fixture
def donor():
    return DonorFactory()


@pytest.fixture
def holding(donor):
    return ledger.account(Kind.HOLDING, donor=donor)


@pytest.fixture
def credit(donor):
    return ledger.account(Kind.CREDIT, donor=donor)


def put(key, *transfers):
    return ledger.post(key=key, kind="test", now=NOW, transfers=transfers)


def test_an_account_is_made_once_with_its_balance_row(donor, holding):
    assert ledger.account(Kind.HOLDING, donor=donor) == holding
    assert holding.balance.amount == 0
    assert ledger.account(Kind.CLEARING, gateway="sandbox") == ledger.account(
        Kind.CLEARING, gateway="sandbox"
    )
    assert not Balance.objects.filter(
        account=ledger.account(Kind.CLEARING, gateway="sandbox")
    ).exists()


@pytest.mark.parametrize(
    ("kind", "owner"),
    [(Kind.HOLDING, None), (Kind.CLEARING, "donor"), (Kind.FUND, "donor"), (Kind.FUND, None)],
)
def test_an_account_belongs_where_its_kind_says(kind, owner, donor):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.account(kind, donor=donor if owner else None)


def test_a_fund_belongs_to_a_programme():
    fund = ledger.account(Kind.FUND, programme=ProgrammeFactory())
    assert ledger.balance_of(fund) == 0


def test_a_posting_moves_both_balances(clearing, holding, credit):
    put("in", (clearing, holding, 184_800))
    put("rest", (holding, credit, 4_800))
    assert ledger.balance_of(clearing) == 184_800
    assert ledger.balance_of(holding) == 180_000
    assert ledger.balance_of(credit) == 4_800


def test_several_transfers_of_one_posting_move_the_sum(clearing, holding, credit):
    payable = ledger.account(Kind.PAYABLE)
    put("in", (clearing, holding, 100))
    put("split", (holding, payable, 60), (holding, credit, 40))
    assert [ledger.balance_of(a) for a in (holding, payable, credit)] == [0, 60, 40]


def test_the_same_key_posts_once(clearing, holding):
    first = put("in", (clearing, holding, 100))
    assert put("in", (clearing, holding, 100)) == first
    assert ledger.balance_of(holding) == 100
    assert Transfer.objects.count() == 1


def test_a_key_never_stands_for_two_facts(clearing, holding):
    put("in", (clearing, holding, 100))
    with pytest.raises(ledger.KeyReused):
        put("in", (clearing, holding, 101))
    with pytest.raises(ledger.KeyReused):
        ledger.post(key="in", kind="other", now=NOW, transfers=[(clearing, holding, 100)])
    assert ledger.balance_of(holding) == 100


def test_more_than_there_is_cannot_be_taken_and_leaves_nothing(clearing, holding, credit):
    put("in", (clearing, holding, 100))
    with pytest.raises(ledger.InsufficientBalance):
        put("out", (holding, credit, 101))
    assert not Posting.objects.filter(key="out").exists()
    assert ledger.balance_of(holding) == 100
    assert ledger.balance_of(credit) == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_of_nothing_is_refused(clearing, holding, amount):
    with pytest.raises(ledger.BadTransfer):
        put("in", (clearing, holding, amount))


def test_a_transfer_to_itself_and_an_empty_posting_are_refused(holding):
    with pytest.raises(ledger.BadTransfer):
        put("self", (holding, holding, 1))
    with pytest.raises(ledger.BadTransfer):
        put("empty")


def test_reversing_writes_the_opposite(clearing, holding):
    posting = put("in", (clearing, holding, 100))
    back = ledger.reverse(posting, key="back", now=NOW + timedelta(days=1))
    assert back.reverses == posting
    assert ledger.reverse(posting, key="back", now=NOW) == back
    assert ledger.balance_of(clearing) == ledger.balance_of(holding) == 0


def test_a_posting_is_reversed_once(clearing, holding):
    posting = put("in", (clearing, holding, 100))
    put("more", (clearing, holding, 100))
    ledger.reverse(posting, key="back", now=NOW)
    with pytest.raises(ledger.AlreadyReversed):
        ledger.reverse(posting, key="again", now=NOW)


def test_money_that_has_moved_on_cannot_be_reversed(clearing, holding, credit):
    posting = put("in", (clearing, holding, 100))
    put("on", (holding, credit, 60))
    with pytest.raises(ledger.InsufficientBalance):
        ledger.reverse(posting, key="back", now=NOW)
    assert ledger.balance_of(holding) == 40


# --- refused by the database, whoever asks ---------------------------------------


def refused(action):
    with pytest.raises(IntegrityError), transaction.atomic():
        action()
    return True


def test_the_database_refuses_to_change_or_delete_the_ledger(clearing, holding):
    posting = put("in", (clearing, holding, 100))
    assert refused(lambda: Transfer.objects.update(amount=1))
    assert refused(lambda: Posting.objects.update(kind="other"))
    assert refused(lambda: Transfer.objects.all().delete())
    assert refused(lambda: Posting.objects.filter(pk=posting.pk)._raw_delete("default"))


def test_the_database_refuses_a_transfer_of_zero_and_one_to_itself(clearing, holding):
    posting = put("in", (clearing, holding, 100))

    def add(debit, credit, amount):
        return Transfer.objects.create(posting=posting, debit=debit, credit=credit, amount=amount)

    assert refused(lambda: add(clearing, holding, 0))
    assert refused(lambda: add(clearing, holding, -5))
    assert refused(lambda: add(holding, holding, 5))


def test_the_database_refuses_a_negative_balance(holding):
    assert refused(lambda: Balance.objects.filter(account=holding).update(amount=-1))


# --- sums ---------------------------------------------------------------------------

PLACES = ["clearing", "payable", "fees", "holding", "credit", "other_holding"]
moves = st.lists(
    st.tuples(
        st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(1, 10**12), st.booleans()
    ),
    max_size=12,
)


@given(moves)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_posted_the_books_stay_zero_sum_and_above_zero(moves):
    with transaction.atomic():
        donor, other = DonorFactory(), DonorFactory()
        accounts = {name: ledger.account(name) for name in PLACES[1:3]}
        accounts["clearing"] = ledger.account(Kind.CLEARING, gateway="sandbox")
        accounts["holding"] = ledger.account(Kind.HOLDING, donor=donor)
        accounts["credit"] = ledger.account(Kind.CREDIT, donor=donor)
        accounts["other_holding"] = ledger.account(Kind.HOLDING, donor=other)
        for number, (debit, credit, amount, undo) in enumerate(moves):
            try:
                posting = put(str(number), (accounts[debit], accounts[credit], amount))
                if undo:
                    ledger.reverse(posting, key=f"back {number}", now=NOW)
            except (ledger.BadTransfer, ledger.InsufficientBalance):
                continue
        totals = books.totals_by_kind()
        assert totals["clearing"] == sum(v for k, v in totals.items() if k != "clearing")
        assert all(totals[kind] >= 0 for kind in Account.KEPT)
        assert books.check_ledger() == []
        for account in accounts.values():
            assert ledger.balance_of(account) == ledger.from_transfers(account)
        transaction.set_rollback(True)
