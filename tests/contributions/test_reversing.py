"""The bank takes money back: months go, accepted ones wait for a person, nothing is lost."""

from datetime import date, timedelta

import pytest

from contributions.books import check_books
from contributions.core import CoreUnavailable
from contributions.core.sandbox import SandboxCore
from contributions.models import Contribution, Coverage
from contributions.services.remitting import credit_rejected, fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from notices.models import Message
from payments import ledger
from payments.models import Account, Invoice, Payment, Posting
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    covered_worker,
    few_prices,
    pay,
    reverse,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, officer

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)
REFUSED = "1671014203890099"


def undo(payment: Payment, when=LATER) -> dict[str, int]:
    """The bank takes a payment back, and the job runs."""
    reverse(payment, when)
    return undo_payments(now=when)


def grave(when=LATER) -> list[str]:
    """The findings that mean that the books are wrong."""
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


def accept(when) -> None:
    """Hand everything over and let the core answer."""
    remit(today=when.date(), now=when)
    fetch_answers(now=when + timedelta(minutes=1))


def test_a_reversal_undoes_the_months_and_empties_the_books():
    invoice = billed_order(2)
    payment = pay(invoice, NOW, invoice.total + 1_000)
    assert undo(payment) == {"undone": 1, "waiting": 0, "failed": 0}
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert balance("clearing") == balance("payable") == 0
    assert balance("holding", invoice) == balance("credit", invoice) == 0
    for row in sponsorships_of(invoice):
        assert (row.status, row.run_start, row.run_months) == ("awaiting_payment", None, 0)
    assert grave() == []


def test_undoing_twice_changes_nothing():
    payment = pay(billed_order(), NOW)
    undo(payment)
    postings = Posting.objects.count()
    assert not any(undo_payments(now=LATER).values())
    assert Posting.objects.count() == postings


def test_the_donor_is_told_and_asked_again_while_the_approval_holds():
    invoice = billed_order()
    undo(pay(invoice, NOW))
    invoice.refresh_from_db()
    assert invoice.status == "void"
    (letter,) = Message.objects.filter(kind="payment_reversed")
    assert "Bank membatalkan" in letter.body
    assert follow_up_approvals(now=LATER)["invoices"] == 1
    fresh = Invoice.everything.latest("pk")
    pay(fresh, LATER)
    assert sponsorships_of(fresh)[0].status == "active"
    assert grave() == []


def test_after_the_approval_the_sponsorship_ends_with_the_reversal():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    undo(payment, at(date(2026, 12, 28)))
    (row,) = sponsorships_of(invoice)
    assert (row.status, row.end_reason) == ("ended", "reversed")


def test_a_reversal_before_the_allocation_buys_nothing():
    invoice = billed_order()
    payment = settle(invoice, NOW)
    reverse(payment, LATER)
    assert allocate_payments(now=LATER)["allocated"] == 0
    assert undo_payments(now=LATER)["undone"] == 1
    invoice.refresh_from_db()
    assert invoice.status == "open"
    assert balance("clearing") == balance("holding", invoice) == 0
    assert grave() == []


def test_only_the_last_months_of_a_run_go():
    few_prices()
    row = covered_worker(months=1)
    renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    renewal = pay(Invoice.everything.latest("pk"), at(date(2026, 12, 6)))
    undo(renewal, at(date(2026, 12, 7)))
    row.refresh_from_db()
    assert (row.status, row.run_start, row.run_months) == ("active", TODAY, 1)
    assert row.paid_until == date(2026, 12, 19)
    assert grave(at(date(2026, 12, 7))) == []


def test_when_the_first_months_go_the_later_ones_stay_with_their_dates():
    few_prices()
    invoice = billed_order(months=1)
    first = pay(invoice, NOW)
    renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    pay(Invoice.everything.latest("pk"), at(date(2026, 12, 6)))
    undo(first, at(date(2026, 12, 7)))
    (row,) = sponsorships_of(invoice)
    assert (row.run_start, row.run_months) == (date(2026, 12, 20), 1)
    assert row.paid_until == date(2027, 1, 19)
    assert grave(at(date(2026, 12, 7))) == []


def test_an_open_renewal_is_withdrawn_with_the_run_it_continues():
    few_prices()
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW)
    renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    renewal = Invoice.everything.latest("pk")
    undo(payment, at(date(2026, 12, 7)))
    renewal.refresh_from_db()
    assert renewal.status == "void"


def test_accepted_months_stay_and_the_sponsorship_waits_for_a_person():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    accept(NOW)
    assert undo(payment) == {"undone": 0, "waiting": 1, "failed": 0}
    assert set(Contribution.everything.values_list("status", flat=True)) == {"accepted"}
    assert Coverage.objects.count() == 1
    (row,) = sponsorships_of(invoice)
    assert row.status == "active"
    assert row.parked_at == LATER
    # The money has not left the books: a person decides how it does.
    assert balance("payable") == balance("clearing") == invoice.total
    findings = check_books(now=LATER)
    assert grave() == []
    assert "reversal_waits" in {finding.kind for finding in findings}
    (letter,) = Message.objects.filter(kind="payment_reversed")
    assert "keputusan cabang" in letter.body


def test_credit_that_was_spent_waits_for_a_person():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    credit = ledger.account(Account.Kind.CREDIT, donor=invoice.donor)
    fees = ledger.account(Account.Kind.FEES)
    ledger.post(key="gone", kind="fee", now=NOW, transfers=[(credit, fees, 3_000)])
    assert undo(payment)["waiting"] == 1
    assert balance("credit", invoice) == 0
    assert balance("holding", invoice) == invoice.total + 2_000
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert grave() == []


def test_bpjs_accepting_a_month_whose_money_went_back_is_told():
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW)
    remit(today=TODAY, now=NOW)
    undo(payment, NOW + timedelta(minutes=1))
    assert fetch_answers(now=NOW + timedelta(minutes=2))["accepted"] == 0
    month = Contribution.everything.get()
    assert (month.status, bool(month.core_receipt)) == ("reversed", True)
    assert not Coverage.objects.exists()
    kinds = {finding.kind for finding in check_books(now=LATER)}
    assert "accepted_after_reversal" in kinds
    assert grave() == []


def test_months_of_a_file_that_may_be_at_bpjs_wait_until_that_is_known(monkeypatch):
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW)
    took = SandboxCore.send

    def lost(self, **file):
        took(self, **file)
        raise CoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCore, "send", lost)
        remit(today=TODAY, now=NOW)
    assert undo(payment) == {"undone": 0, "waiting": 1, "failed": 0}
    assert Contribution.everything.get().status == "paid"
    assert "reversal" in {finding.kind for finding in check_books(now=LATER + timedelta(hours=2))}
    remit(today=TODAY, now=LATER)
    assert undo_payments(now=LATER)["undone"] == 1
    fetch_answers(now=LATER + timedelta(minutes=1))
    assert "accepted_after_reversal" in {finding.kind for finding in check_books(now=LATER)}
    assert grave() == []


def test_bpjs_accepting_what_was_returned_before_its_file_was_known_is_told():
    payment = pay(billed_order(months=1), NOW)
    remit(today=TODAY, now=NOW)
    undo(payment)
    Contribution.everything.update(sent_at=None)
    fetch_answers(now=LATER)
    assert "accepted_after_reversal" in {finding.kind for finding in check_books(now=LATER)}


def test_refused_months_that_became_credit_go_back_too():
    invoice = billed_order(months=1, nik=REFUSED)
    payment = pay(invoice, NOW)
    accept(NOW)
    month = Contribution.everything.get()
    credit_rejected(contribution=month, by=officer(), now=LATER)
    (row,) = sponsorships_of(invoice)
    assert row.status == "awaiting_payment"
    assert balance("credit", invoice) == 8_400
    assert undo(payment)["undone"] == 1
    assert balance("clearing") == balance("credit", invoice) == 0
    assert grave() == []
