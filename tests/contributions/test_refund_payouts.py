"""What a provider sends back to payers it takes off its next payout (P36, P38)."""

from dataclasses import replace

import pytest

from contributions.books import check_books
from contributions.checks.bank import CHECKS
from payments.models import Account, BankLine, Payout
from payments.sandbox import payout_report
from payments.services.payouts import CannotTakePayout, Report, import_payout, problems_of
from payments.statements.payout_file import PaidOut, read_payout
from tests.contributions.refund_stories import (
    EXTRA,
    LATER,
    back_to_instrument,
    overpaid,
    sent,
    total,
)
from tests.factories import TODAY, UserFactory
from tests.payments.banking import bank_account, came_in, in_suspense, statement, taken_in

pytestmark = pytest.mark.django_db

UNEXPLAINED = "portal tidak mencatat pengembalian terkirim sejumlah potongan ini."


def report_of(lines, account=None, reference="PO-1"):
    return Report("sandbox", reference, account or bank_account(), TODAY, tuple(lines))


def written():
    """The sandbox's report, read as an upload is: without the mark that opens the file."""
    return read_payout(payout_report.write().lstrip("\ufeff"))


def take(report):
    return import_payout(report=report, by=UserFactory(), now=LATER)


def at_provider():
    return total(Account.Kind.CLEARING, gateway="sandbox")


def why(report):
    return [problem.partition(":")[2].strip() for problem in problems_of(report, now=LATER)]


def test_the_lump_is_payments_less_fees_and_refunds_and_nothing_stays_at_the_provider():
    payment = overpaid()
    refund = sent(back_to_instrument(payment))
    report = report_of(written())
    assert [line.gross for line in report.lines] == [payment.received, -EXTRA]
    assert report.net == payment.received - report.fees - EXTRA
    taken_in(report.account, statement((report.net, "PAYOUT"), first=TODAY))
    payout = take(report)
    assert payout.line == BankLine.objects.get()
    assert payout.lines.get(gross__lt=0).refund == refund
    assert (at_provider(), in_suspense()) == (0, 0)
    assert check_books(now=LATER) == []


def test_a_refund_after_its_payment_was_paid_out_comes_off_the_next_lump():
    payment = overpaid()
    first = report_of(written())
    came_in(first.account, first.net)
    take(replace(first, paid_on=BankLine.objects.get().booked_on))
    sent(back_to_instrument(payment))
    assert at_provider() == -EXTRA
    # Nothing has come in since from which it could be taken.
    assert payout_report.write().count("\n") <= 1
    other = overpaid()
    second = report_of(written(), first.account, "PO-2")
    assert second.net == other.received - second.fees - EXTRA
    taken_in(
        first.account,
        statement((second.net, "b"), opening=first.net, first=TODAY),
        gap_reason="uji",
    )
    assert take(second).line is not None
    assert at_provider() == 0
    assert [f for f in check_books(now=LATER) if f.is_grave] == []


def test_a_deduction_that_is_no_sent_refund_is_refused_by_its_line():
    payment = overpaid()
    confirmed = back_to_instrument(payment)
    paid = PaidOut(2, payment.order_id, payment.received, 700)
    back = PaidOut(3, payment.order_id, -EXTRA, 0)
    assert why(report_of([paid, back])) == [UNEXPLAINED]
    sent(confirmed)
    assert why(report_of([paid, back])) == []
    assert why(report_of([paid, replace(back, gross=1 - EXTRA)])) == [UNEXPLAINED]
    assert why(report_of([paid, back, replace(back, number=4)])) == [UNEXPLAINED]
    assert why(report_of([paid, replace(back, order_id="NOBODYS")])) == [
        "pesanan ini tidak dikenal."
    ]
    take(report_of([paid, back]))
    other = overpaid()
    again = report_of([PaidOut(2, other.order_id, other.received, 700), back], reference="PO-2")
    with pytest.raises(CannotTakePayout, match=UNEXPLAINED):
        take(again)


def test_a_report_that_takes_more_than_it_brings_is_no_lump():
    payment = overpaid()
    sent(back_to_instrument(payment))
    report = report_of([PaidOut(2, payment.order_id, -EXTRA, 0)])
    assert problems_of(report, now=LATER) == ["Jumlah bersihnya tidak lebih dari nol."]


def test_the_books_find_a_payout_whose_refunds_are_others():
    payment = overpaid()
    sent(back_to_instrument(payment))
    payout = take(report_of(written()))
    [check] = [check for check in CHECKS if check.kind == "payout"]
    assert check.find(LATER) == []
    Payout.objects.update(refunds=EXTRA - 1, gross=payment.received - 1)
    assert check.find(LATER) == [payout.pk]
