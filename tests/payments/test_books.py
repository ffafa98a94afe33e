"""The books find what is wrong with them."""

from datetime import timedelta

import pytest
from django.db import connection

from bricks.triggers import drop_append_only
from payments import books, ledger
from payments.models import Account, Balance, Payment, Posting, SandboxCharge, Series, Transfer
from payments.services.paying import post_reversal
from tests.factories import NOW
from tests.payments.builders import TOTAL, open_invoice, settled_payment, told

pytestmark = pytest.mark.django_db


def rules():
    return [finding.rule for finding in books.check_ledger()]


@pytest.fixture
def payment():
    return settled_payment()


def holding_of(payment):
    return ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)


def test_sound_books_have_no_finding(payment):
    open_invoice()
    settled_payment(amount=TOTAL + 5)
    assert rules() == []


def test_money_in_is_where_the_other_accounts_say(payment):
    holding, payable = holding_of(payment), ledger.account(Account.Kind.PAYABLE)
    ledger.post(key="buy", kind="buy", now=NOW, transfers=[(holding, payable, 84_800)])
    totals = books.totals_by_kind()
    assert totals == {
        **dict.fromkeys(Account.Kind.values, 0),
        "clearing": TOTAL,
        "holding": 100_000,
        "payable": 84_800,
    }


def test_a_balance_row_that_lies_is_found(payment):
    Balance.objects.filter(account=holding_of(payment)).update(amount=TOTAL - 1)
    [finding] = books.check_ledger()
    assert finding.rule == "balance_equals_transfers"
    assert finding.detail == f"row {TOTAL - 1}, transfers {TOTAL}"


def test_a_missing_balance_row_is_found(payment):
    Balance.objects.filter(account=holding_of(payment)).delete()
    assert rules() == ["balance_equals_transfers"]


def test_a_donor_below_zero_is_found(payment):
    credit = ledger.account(Account.Kind.CREDIT, donor=payment.invoice.donor)
    posting = Posting.objects.create(key="x", kind="x", posted_at=NOW)
    payable = ledger.account(Account.Kind.PAYABLE)
    Transfer.objects.create(posting=posting, debit=credit, credit=payable, amount=1)
    assert rules() == ["balance_equals_transfers", "transfers_not_negative"]


def test_an_empty_posting_is_found():
    Posting.objects.create(key="empty", kind="x", posted_at=NOW)
    assert rules() == ["posting_has_transfers"]


def test_a_settled_payment_without_its_money_is_found(payment):
    Payment.everything.filter(pk=payment.pk).update(received=TOTAL + 1)
    assert rules() == ["settlement_posted"]


def test_money_of_a_payment_that_did_not_settle_is_found():
    payment = settled_payment()
    Payment.everything.filter(pk=payment.pk).update(status="failed", settled_at=None, received=None)
    assert "settlement_posted" in rules()


def test_a_reversal_that_was_followed_up_without_its_posting_is_found(payment):
    SandboxCharge.objects.update(status="deny")
    told(payment)
    assert rules() == []
    Payment.everything.update(reversal_followed_up_at=NOW + timedelta(hours=1))
    assert rules() == ["reversal_posted"]
    payment.refresh_from_db()
    post_reversal(payment=payment, now=NOW)
    assert rules() == []


def test_a_gap_in_the_numbers_is_found(payment):
    Series.objects.filter(name="invoice-2026").update(last=2)
    Series.objects.filter(name="receipt-2026").update(last=3)
    assert rules() == ["numbers_without_gaps", "numbers_without_gaps"]


def test_a_deleted_transfer_is_found(payment):
    drop_append_only(connection)
    Transfer.objects.all().delete()
    assert set(rules()) == {
        "balance_equals_transfers",
        "posting_has_transfers",
        "settlement_posted",
    }


def test_the_questions_cost_the_same_for_many_payments(django_assert_max_num_queries):
    for _ in range(5):
        settled_payment()
    with django_assert_max_num_queries(12):
        assert books.check_ledger() == []
