"""From settled money to months: every way in which money can come."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contributions.books import check_books
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.releasing import void_open_invoices
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from payments import ledger
from payments.models import Account, Invoice, Payment, Transfer
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    bought,
    covered_worker,
    few_prices,
    outcome,
    pay,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, OrderFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_a_paid_invoice_buys_its_months_from_the_minute_of_payment():
    invoice = billed_order()
    when = at(TODAY, 14, 2)
    payment = pay(invoice, when)
    (row,) = sponsorships_of(invoice)
    assert (row.status, row.renews) == ("active", True)
    assert (row.run_start, row.run_months, row.paid_until) == (TODAY, 12, date(2027, 11, 19))
    months = bought(row)
    assert len(months) == 12
    assert (months[0].covered_from, months[0].covered_until) == (TODAY, date(2026, 12, 19))
    assert months[0].starts_at == when
    assert [month.starts_at for month in months[1:]] == [None] * 11
    assert {month.paid_at for month in months} == {when}
    assert {month.invoice_id for month in months} == {invoice.pk}
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    made = outcome(payment)
    assert (made.bought, made.credited, made.months) == (184_800, 0, 12)
    assert made.reason == "full"
    assert made.lines == [
        {"sponsorship": row.pk, "outcome": "bought", "months": 12, "amount": 184_800}
    ]


def test_the_money_moves_from_holding_to_payable():
    invoice = billed_order()
    payment = settle(invoice, NOW)
    assert balance("holding", invoice) == 184_800
    allocate_payments(now=NOW)
    assert balance("holding", invoice) == 0
    assert balance("payable") == 184_800
    assert balance("credit", invoice) == 0
    assert Transfer.objects.filter(posting__payment=payment).count() == 2


def test_a_payment_is_allocated_once():
    invoice = billed_order()
    pay(invoice, NOW)
    assert not any(allocate_payments(now=NOW).values())
    assert Allocation.objects.count() == 1


def test_the_donor_reads_that_paid_is_not_yet_protected():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    (letter,) = Message.objects.filter(kind="payment_allocated")
    assert "Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan" in letter.body
    assert "erlindungi" not in letter.body
    assert "menjadi hak pekerja sampai 19 November 2027" in letter.body
    assert "20 Nov 2026 \N{EN DASH} 19 Nov 2027" in letter.body
    assert payment.receipt_number in letter.body
    assert "Rp" not in letter.subject + letter.body.splitlines()[0]


def test_the_time_of_settlement_is_the_providers():
    invoice = billed_order()
    settled = at(date(2026, 11, 22), 23, 59)
    settle(invoice, settled)
    allocate_payments(now=at(date(2026, 11, 25)))
    (row,) = sponsorships_of(invoice)
    assert row.run_start == date(2026, 11, 22)
    assert bought(row)[0].starts_at == settled


def test_the_day_in_jakarta_is_the_first_day_of_cover():
    invoice = billed_order()
    pay(invoice, at(date(2026, 11, 25), 0, 10))
    assert sponsorships_of(invoice)[0].run_start == date(2026, 11, 25)


def test_a_run_from_the_31st_ends_on_the_30th():
    start = date(2026, 1, 31)
    invoice = billed_order(when=at(start))
    pay(invoice, at(start))
    (row,) = sponsorships_of(invoice)
    assert row.paid_until == date(2027, 1, 30)
    assert bought(row)[1].covered_from == date(2026, 2, 28)


# --- too much, too little, twice -----------------------------------------------------
def test_what_is_too_much_becomes_credit():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    made = outcome(payment)
    assert (made.reason, made.bought, made.credited) == ("too_much", 184_800, 5_000)
    assert balance("credit", invoice) == 5_000


def test_too_little_buys_whole_workers_first_then_months_then_credit():
    invoice = billed_order(2)
    payment = pay(invoice, NOW, 200_000)
    made = outcome(payment)
    first, second = sponsorships_of(invoice)
    assert [line["outcome"] for line in made.lines] == ["bought", "part"]
    assert first.run_months == 12
    # 15.200 are left: one month at 8.400.
    assert (second.status, second.run_months) == ("active", 1)
    assert (made.reason, made.bought, made.credited) == ("too_little", 193_200, 6_800)
    assert not Contribution.everything.filter(status="promised").exists()
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_dear_worker_in_front_does_not_keep_the_next_from_being_whole():
    invoice = billed_order(2, months=1)
    first = sponsorships_of(invoice)[0]
    # The first asks for more months than the money pays.
    Contribution.everything.filter(sponsorship=first).update(jkk=100_000)
    payment = pay(invoice, NOW, 9_000)
    assert [line["outcome"] for line in outcome(payment).lines] == ["short", "bought"]
    first.refresh_from_db()
    assert first.status == "awaiting_payment"


def test_a_worker_whom_the_money_did_not_reach_is_billed_again():
    invoice = billed_order(2)
    pay(invoice, NOW, 184_800)
    _, second = sponsorships_of(invoice)
    assert second.status == "awaiting_payment"
    assert follow_up_approvals(now=NOW)["invoices"] == 1
    fresh = Invoice.everything.latest("pk")
    assert [row.pk for row in sponsorships_of(fresh)] == [second.pk]


def test_nothing_is_bought_with_less_than_a_month():
    invoice = billed_order()
    payment = pay(invoice, NOW, 8_399)
    assert (outcome(payment).months, outcome(payment).credited) == (0, 8_399)
    assert sponsorships_of(invoice)[0].status == "awaiting_payment"


def test_a_second_payment_of_an_invoice_is_credit():
    invoice = billed_order()
    pay(invoice, NOW)
    second = pay(invoice, at(date(2026, 11, 21)))
    made = outcome(second)
    assert (made.reason, made.months, made.credited) == ("double", 0, 184_800)
    assert sponsorships_of(invoice)[0].run_months == 12


# --- two donors for one worker ---------------------------------------------------------
def test_the_first_settlement_buys_a_month_the_other_is_told_and_credited():
    one = billed_order()
    worker = sponsorships_of(one)[0].worker
    two = billed_order(of=worker)
    pay(one, NOW)
    payment = pay(two, at(TODAY, 11))
    made = outcome(payment)
    assert (made.reason, made.months, made.credited) == ("taken", 0, 184_800)
    assert balance("credit", two) == 184_800
    (late,) = sponsorships_of(two)
    assert late.status == "proposed"
    assert not Contribution.everything.filter(sponsorship=late, status="promised").exists()
    letter = Message.objects.filter(kind="payment_allocated").latest("pk")
    assert "sudah dibayar sumber lain" in letter.body
    assert not any(follow_up_approvals(now=at(TODAY, 12)).values())


def test_only_the_share_of_the_taken_worker_is_credited():
    one = billed_order()
    worker = sponsorships_of(one)[0].worker
    two = billed_order(1)
    order = sponsorships_of(two)[0].enrollment.order
    void_open_invoices(sponsorship_ids=[sponsorships_of(two)[0].pk], now=NOW)
    both = billed_order(of=worker, order=order)
    pay(one, NOW)
    payment = pay(both, at(TODAY, 11))
    made = outcome(payment)
    assert [line["outcome"] for line in made.lines] == ["bought", "taken"]
    assert (made.bought, made.credited) == (184_800, 184_800)


def test_the_second_sponsorship_does_not_renew_while_the_first_does():
    first = covered_worker(months=1)
    later = at(date(2026, 12, 25))
    two = billed_order(when=at(date(2026, 12, 22)), months=1)
    # A second donor's promise from before the first one paid.
    row = sponsorships_of(two)[0]
    Sponsorship.everything.filter(pk=row.pk).update(worker=first.worker)
    Contribution.everything.filter(sponsorship=row).update(worker=first.worker)
    pay(two, later)
    row.refresh_from_db()
    assert (row.status, row.renews) == ("active", False)


# --- renewal -------------------------------------------------------------------------
def renewed(when: date, **case: object) -> tuple[Sponsorship, Invoice]:
    """A worker covered from 20 November for a month, and the renewal asked for on a day."""
    few_prices()
    row = covered_worker(months=1, **case)
    renew(today=when, now=at(when))
    return row, Invoice.everything.latest("pk")


@pytest.mark.parametrize("day", [6, 19, 20])
def test_a_renewal_paid_before_the_gap_goes_on_with_the_run(day):
    row, invoice = renewed(date(2026, 12, 5))
    when = at(date(2026, 12, day), 14)
    pay(invoice, when)
    row.refresh_from_db()
    assert (row.run_start, row.run_months, row.paid_until) == (TODAY, 2, date(2027, 1, 19))
    second = bought(row)[1]
    assert second.covered_from == date(2026, 12, 20)
    # On the very day after the end the hours before the payment were not paid for.
    assert second.starts_at == (when if day == 20 else None)


def test_a_renewal_paid_after_a_gap_begins_a_new_run():
    row, invoice = renewed(date(2026, 12, 5))
    when = at(date(2026, 12, 28))
    pay(invoice, when)
    row.refresh_from_db()
    assert (row.run_start, row.run_months) == (date(2026, 12, 28), 1)
    assert bought(row)[1].starts_at == when


def test_a_renewal_paid_after_its_month_buys_the_month_of_settlement():
    row, invoice = renewed(date(2026, 12, 5))
    payment = pay(invoice, at(date(2027, 1, 4)))
    made = outcome(payment)
    # December was asked for at 8.400; January costs 16.800.
    assert (made.reason, made.months, made.credited) == ("late", 0, 8_400)
    row.refresh_from_db()
    assert row.paid_until == date(2026, 12, 19)


def test_money_for_a_lapsed_sponsorship_is_credit_for_the_branch_to_decide():
    row, invoice = renewed(date(2026, 12, 5))
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=at(date(2027, 3, 20)), end_reason="arrears"
    )
    payment = pay(invoice, at(date(2027, 3, 21)))
    assert (outcome(payment).reason, outcome(payment).months) == ("refused", 0)
    row.refresh_from_db()
    assert row.status == "lapsed"


def test_money_that_came_before_the_lapse_still_counts():
    row, invoice = renewed(date(2027, 3, 10))
    lapsed_at = at(date(2027, 3, 20), 2)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=lapsed_at, end_reason="arrears"
    )
    settle(invoice, at(date(2027, 3, 19), 23), arrives=at(date(2027, 3, 20), 9))
    allocate_payments(now=at(date(2027, 3, 20), 9))
    row.refresh_from_db()
    assert (row.status, row.run_start) == ("active", date(2027, 3, 19))


def test_a_stopped_donor_who_paid_just_before_gets_the_months():
    row, invoice = renewed(date(2026, 12, 5))
    stop_sponsorship(sponsorship=row, by=row.donor.person, now=at(date(2026, 12, 8)))
    settle(invoice, at(date(2026, 12, 7)), arrives=at(date(2026, 12, 8), 12))
    allocate_payments(now=at(date(2026, 12, 8), 12))
    row.refresh_from_db()
    assert (row.run_months, row.renews) == (2, False)


def test_a_parked_sponsorship_takes_no_money():
    row, invoice = renewed(date(2026, 12, 5))
    Sponsorship.everything.filter(pk=row.pk).update(parked_at=NOW, parked_reason="test")
    assert outcome(pay(invoice, at(date(2026, 12, 6)))).reason == "refused"


# --- one bad payment -------------------------------------------------------------------
def test_a_payment_that_cannot_be_worked_out_holds_up_no_other(monkeypatch, caplog):
    bad, good = billed_order(), billed_order()
    # Without an account holding its money the books refuse it.
    payment = settle(bad, NOW)
    Payment.everything.filter(pk=payment.pk).update(received=10**9)
    settle(good, at(TODAY, 11))
    counts = allocate_payments(now=at(TODAY, 12))
    assert (counts["allocated"], counts["failed"]) == (1, 1)
    payment.refresh_from_db()
    assert payment.followed_up_at is None
    assert sponsorships_of(bad)[0].status == "awaiting_payment"
    assert sponsorships_of(good)[0].status == "active"


# --- whose the rest is -------------------------------------------------------------------
def test_what_a_budget_paid_too_much_stays_in_the_fund_of_its_programme():
    invoice = billed_order(order=OrderFactory(programme=ProgrammeFactory(agreement=True)))
    pay(invoice, NOW, invoice.total + 5_000)
    (row,) = sponsorships_of(invoice)
    fund = ledger.account(Account.Kind.FUND, programme=row.programme)
    assert (ledger.balance_of(fund), balance("credit", invoice)) == (5_000, 0)
    assert check_books(now=NOW) == []


def test_a_fee_that_the_payer_was_shown_buys_nothing():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 4_000, fee=4_000)
    made = outcome(payment)
    assert (made.reason, made.bought, made.credited) == ("full", 184_800, 0)
    short = pay(billed_order(), NOW, 184_800, fee=4_000)
    assert (outcome(short).reason, outcome(short).months) == ("too_little", 11)
    assert check_books(now=NOW) == []


# --- many workers ------------------------------------------------------------------------
def statements_of(cases: int) -> int:
    """How many statements it takes to settle an invoice for so many workers, in part."""
    payment = settle(billed_order(cases, months=1), NOW, 8_400 * cases - 1)
    with CaptureQueriesContext(connection) as made:
        allocate_payments(now=NOW)
    assert outcome(payment).months == cases - 1
    return len(made)


def test_fifty_workers_cost_as_many_statements_as_five():
    statements_of(2)  # The first one opens the shared accounts.
    assert statements_of(50) == statements_of(5)
