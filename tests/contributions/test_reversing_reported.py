"""A bank takes money back that paid for a worker of whom something is reported (P4)."""

from datetime import date, timedelta

import pytest

from contributions.books import check_books
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.services.ending import follow_up_events
from contributions.services.renewing import renew
from contributions.services.reversing import PARKED_BEGUN, PARKED_REPORTED, undo_payments
from notices.models import Message
from payments.models import Invoice, Posting
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    bought,
    few_prices,
    pay,
    reverse,
    sponsorships_of,
)
from tests.contributions.test_reversing import accept
from tests.factories import NOW, TODAY, officer
from tests.workers.reports import reported
from workers.services.ruling_reports import confirm, refute

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)
RULED = NOW + timedelta(days=2)


def kinds(when=LATER) -> set[str]:
    return {finding.kind for finding in check_books(now=when)}


def grave(when=LATER) -> list[str]:
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


@pytest.mark.parametrize("kind", ["accident", "death"])
def test_his_months_wait_for_the_branch_and_the_others_are_undone(kind):
    other = billed_order()
    pay(other, NOW)
    invoice = billed_order(2)
    payment = pay(invoice, NOW)
    first, second = sponsorships_of(invoice)
    reported(first.worker, kind=kind)
    reverse(payment, LATER)
    assert undo_payments(now=LATER) == {"undone": 0, "waiting": 1, "failed": 0}
    assert (len(bought(first)), len(bought(second))) == (12, 0)
    first.refresh_from_db()
    assert (first.status, first.parked_reason) == ("active", PARKED_REPORTED)
    assert balance("payable") == other.total + invoice.total // 2
    assert "reversal_reported" in kinds()
    assert "reversal_waits" not in kinds()
    assert grave() == []
    (letter,) = Message.objects.filter(kind="payment_reversed")
    assert "keputusan cabang" in letter.body


def test_cover_that_begins_meanwhile_is_not_taken_back():
    """Remittance of what was paid goes on: BPJS may accept it after the bank's word."""
    invoice = billed_order()
    payment = pay(invoice, NOW)
    reported(sponsorships_of(invoice)[0].worker)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    accept(LATER)
    assert Coverage.objects.count() == 1
    assert set(Contribution.everything.values_list("status", flat=True)) == {"accepted"}
    assert grave() == []


def test_once_the_report_proves_untrue_the_reversal_is_done():
    invoice = billed_order(2)
    payment = pay(invoice, NOW, invoice.total + 1_000)
    first, _second = sponsorships_of(invoice)
    made = reported(first.worker)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    refute(report=made, officer=officer(), note="Ia hidup.", now=RULED)
    assert undo_payments(now=RULED) == {"undone": 1, "waiting": 0, "failed": 0}
    first.refresh_from_db()
    assert (first.status, first.parked_at, bought(first)) == ("awaiting_payment", None, [])
    for kind in ("clearing", "payable"):
        assert balance(kind) == 0
    assert balance("holding", invoice) == balance("credit", invoice) == 0
    assert kinds(RULED) & {"reversal_reported", "reversal_waits", "parked"} == set()
    assert grave(RULED) == []
    postings = Posting.objects.count()
    assert not any(undo_payments(now=RULED).values())
    assert Posting.objects.count() == postings


def test_what_bpjs_has_accepted_meanwhile_stays_with_a_person():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    (row,) = sponsorships_of(invoice)
    made = reported(row.worker)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    accept(LATER)
    refute(report=made, officer=officer(), note="Ia hidup.", now=RULED)
    assert undo_payments(now=RULED)["waiting"] == 1
    assert len(bought(row)) == 12
    assert {"reversal_waits", "parked"} <= kinds(RULED)
    assert "reversal_reported" not in kinds(RULED)
    assert grave(RULED) == []


@pytest.mark.parametrize("kind", ["accident", "death"])
@pytest.mark.parametrize("reversed_first", [True, False])
def test_after_the_branch_has_confirmed_only_begun_months_stay_for_a_person(kind, reversed_first):
    invoice = billed_order()
    payment = pay(invoice, NOW)
    (row,) = sponsorships_of(invoice)
    made = reported(row.worker, kind=kind)
    if reversed_first:
        reverse(payment, LATER)
        assert undo_payments(now=LATER)["waiting"] == 1
        assert len(bought(row)) == 12
    confirm(report=made, officer=officer(), happened_on=TODAY, note="", now=RULED)
    if not reversed_first:
        reverse(payment, RULED)
    follow_up_events(now=RULED)
    assert balance("credit", invoice) == 0
    assert undo_payments(now=RULED)["waiting"] == 1
    (begun,) = bought(row)
    assert begun.covered_from == TODAY
    row.refresh_from_db()
    assert row.parked_reason == PARKED_BEGUN
    assert (balance("payable"), balance("credit", invoice)) == (begun.amount, 0)
    assert balance("holding", invoice) == invoice.total - begun.amount
    assert "reversal_waits" in kinds(RULED)
    assert "reversal_reported" not in kinds(RULED)
    assert grave(RULED) == []
    assert not any(undo_payments(now=RULED).values())


def test_a_death_followed_up_before_the_reversal_pays_nobody_twice():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    (row,) = sponsorships_of(invoice)
    made = reported(row.worker)
    confirm(report=made, officer=officer(), happened_on=TODAY, note="", now=RULED)
    follow_up_events(now=RULED)
    reverse(payment, RULED)
    undo_payments(now=RULED)
    (begun,) = bought(row)
    assert (balance("payable"), balance("credit", invoice)) == (begun.amount, 0)
    assert grave(RULED) == []


@pytest.mark.parametrize("parked_before", [True, False])
def test_two_reversals_of_one_sponsorship_are_both_taken_up_again(parked_before):
    few_prices()
    invoice = billed_order(months=1)
    first = pay(invoice, NOW)
    renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    when = at(date(2026, 12, 6))
    second = pay(Invoice.everything.latest("pk"), when)
    (row,) = sponsorships_of(invoice)
    made = reported(row.worker, now=when)
    if parked_before:
        Sponsorship.everything.filter(pk=row.pk).update(parked_at=when, parked_reason="other")
    for payment in (first, second):
        reverse(payment, when)
    assert undo_payments(now=when)["waiting"] == 2
    ruled = at(date(2026, 12, 8))
    refute(report=made, officer=officer(), note="Ia hidup.", now=ruled)
    assert undo_payments(now=ruled)["undone"] == 2
    assert bought(row) == []
    assert balance("clearing") == balance("payable") == balance("holding", invoice) == 0
    row.refresh_from_db()
    assert row.parked_reason == ("other" if parked_before else "")
    assert grave(ruled) == []
