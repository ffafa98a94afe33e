"""The proofs about the bank: each is shown to be clean, and to see what it is for."""

from datetime import timedelta

import pytest

from contributions.books import check_books
from contributions.checks import bank
from contributions.services.settling import allocate_payments
from payments import ledger
from payments.models import Account, BankLine, BankStatement, Invoice, Payment, Payout
from payments.services import matching, outgoing
from payments.services.payouts import Report, import_payout
from payments.statements.payout_file import PaidOut
from tests.contributions.builders import billed_order, few_prices, pay, sponsorships_of
from tests.factories import NOW, UserFactory
from tests.payments.banking import (
    YESTERDAY,
    bank_account,
    code_of,
    in_suspense,
    statement,
    taken_in,
)
from tests.payments.builders import settled_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return bank_account()


def grave(now=NOW):
    return [finding.kind for finding in check_books(now=now) if finding.is_grave]


@pytest.fixture
def story(account):
    """Everything that a line can become, in one day of the bank."""
    few_prices()
    invoice = billed_order(cases=2)
    Invoice.everything.filter(pk=invoice.pk).update(office=account.office)
    paid = pay(billed_order(), NOW)
    by = UserFactory()
    lines = (PaidOut(2, paid.order_id, paid.received, 1_000),)
    report = Report("sandbox", "PO-1", account, YESTERDAY, lines)
    import_payout(report=report, by=by, now=NOW)
    told = statement(
        (invoice.total, code_of(invoice)),
        (report.net, "PENCAIRAN"),
        (7_000, "SALAH KIRIM"),
        (-7_000, "RETUR"),
        (-2_500, "BIAYA"),
        (9_999, "SIAPA INI"),
    )
    taken_in(account, told, by=by)
    came, went = (BankLine.objects.get(amount=7_000, side=side) for side in ("in", "out"))
    outgoing.propose_return(line=went, incoming=came, note="salah", by=by, now=NOW)
    assert grave() == []
    outgoing.return_to_sender(line=went, by=UserFactory(), now=NOW)
    charge = BankLine.objects.get(amount=2_500)
    outgoing.explain(line=charge, meaning="charge", note="adm", by=by, now=NOW)
    return invoice


def test_all_that_a_line_can_become_leaves_the_books_proved(story):
    assert grave() == []
    allocate_payments(now=NOW)
    story.refresh_from_db()
    assert story.status == "paid"
    assert {row.status for row in sponsorships_of(story)} == {"active"}
    assert in_suspense() == 9_999
    assert grave() == []


def test_short_money_of_an_sp2d_buys_whole_workers_and_the_rest_is_asked_anew(account):
    few_prices()
    invoice = billed_order(cases=3)
    taken_in(account, statement((invoice.total // 3 * 2, "SP2D 77/2026")))
    line = BankLine.objects.get()
    parts = [(invoice, line.amount)]
    matching.allocate(line=line, parts=parts, seen=0, by=UserFactory(), now=NOW)
    allocate_payments(now=NOW)
    states = sorted(row.status for row in sponsorships_of(invoice))
    assert states.count("active") == 2
    assert grave() == []


def test_a_gap_is_clean_with_its_reason_and_seen_without(account):
    taken_in(account, statement((5, "a"), first=YESTERDAY - timedelta(days=4)))
    taken_in(account, statement((6, "b"), opening=50), gap_reason="menyusul")
    assert bank._days_missing(NOW) == []
    BankStatement.objects.update(gap_reason="")
    assert bank._days_missing(NOW) == [account.pk]


def test_a_day_that_went_on_after_its_first_file_is_clean(account):
    taken_in(account, statement((5, "a")))
    taken_in(account, statement((5, "a"), (6, "b")))
    assert bank._days_missing(NOW) == []


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda: BankLine.objects.filter(amount=9_999).delete(), "suspense"),
        (lambda: BankLine.objects.filter(amount=2_500).delete(), "bank"),
        (lambda: Payout.objects.update(gross=5_000_000, net=4_999_000), "payout"),
        (lambda: BankStatement.objects.update(closing=1), "bank_days"),
        (
            lambda: BankLine.objects.filter(amount=9_999).update(allocated=9_999, status="done"),
            "bank_line",
        ),
    ],
)
def test_what_the_proofs_are_for_they_see(story, spoil, kind):
    spoil()
    assert kind in grave()


def test_a_payout_that_the_bank_does_not_show_waits_visibly(account):
    paid = settled_payment()
    lines = (PaidOut(2, paid.order_id, paid.received, 0),)
    report = Report("sandbox", "PO-9", account, YESTERDAY, lines)
    import_payout(report=report, by=UserFactory(), now=NOW)
    assert bank._payouts_that_wait(NOW) == []
    assert bank._payouts_that_wait(NOW + timedelta(days=9)) == [Payout.objects.get().pk]
    assert Payment.everything.get().status == "settled"
    assert ledger.balance_of(ledger.account(Account.Kind.CLEARING, gateway="sandbox"))
