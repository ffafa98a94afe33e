"""Payouts: bank credit = its payments - fees, whichever comes first (P36)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments import books, ledger
from payments.models import Account, BankLine, Payout
from payments.services.payouts import CannotTakePayout, Report, import_payout, problems_of
from payments.statements.base import BadStatement
from payments.statements.payout_file import PaidOut, read_payout
from tests.factories import NOW, TODAY, UserFactory
from tests.payments.banking import (
    YESTERDAY,
    bank_account,
    came_in,
    in_suspense,
    statement,
    taken_in,
)
from tests.payments.builders import pending_payment, settled_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return bank_account()


def report_of(account, *payments, fee=1_000, **fields):
    lines = [PaidOut(n, p.order_id, p.received, fee) for n, p in enumerate(payments, start=2)]
    told = {"reference": "PO-1", "paid_on": YESTERDAY, "lines": tuple(lines), **fields}
    return Report(gateway="sandbox", account=account, **told)


def take(report):
    return import_payout(report=report, by=UserFactory(), now=NOW)


def at_provider():
    return ledger.balance_of(ledger.account(Account.Kind.CLEARING, gateway="sandbox"))


@pytest.mark.parametrize("report_first", [True, False])
def test_report_and_lump_find_each_other_in_either_order(account, report_first):
    report = report_of(account, settled_payment(), settled_payment())
    lump = statement((report.net, "MIDTRANS PAYOUT"))
    if report_first:
        payout = take(report)
        assert payout.line is None
        assert at_provider() == report.gross
        taken_in(account, lump)
    else:
        taken_in(account, lump)
        assert in_suspense() == report.net
        take(report)
    payout = Payout.objects.get()
    assert payout.line == BankLine.objects.get()
    assert (payout.line.meaning, payout.line.status) == ("payout", "done")
    assert (at_provider(), in_suspense()) == (0, 0)
    assert books.totals_by_kind()["deducted"] == 2_000
    assert payout.net == payout.gross - payout.fees == payout.line.amount
    assert books.check_ledger() == []


def test_two_lumps_of_one_amount_are_left_to_a_person(account):
    report = report_of(account, settled_payment())
    taken_in(account, statement((report.net, "a"), (report.net, "b")))
    assert take(report).line is None
    assert BankLine.objects.filter(status="open").count() == 2


def test_a_lump_of_another_week_is_not_the_payouts(account):
    report = report_of(account, settled_payment(), paid_on=TODAY)
    came_in(account, report.net)
    assert take(report).line is None


def test_what_does_not_fit_is_named_by_its_line(account):
    paid, waiting = settled_payment(), pending_payment()
    take(report_of(account, paid))
    unknown = PaidOut(3, "NOBODYS", 10, 1)
    report = report_of(account, paid, reference="PO-2")
    lines = (*report.lines, unknown, PaidOut(4, waiting.order_id, 184_800, 0))
    problems = problems_of(replace(report, lines=lines), now=NOW)
    assert [p.partition(":")[2].strip() for p in problems] == [
        "sudah dicairkan dalam laporan lain.",
        "pesanan ini tidak dikenal.",
        "menurut portal belum dibayar.",
    ]
    with pytest.raises(CannotTakePayout):
        take(replace(report, lines=lines))
    less = replace(report_of(account, settled_payment(), reference="PO-3"))
    less = replace(less, lines=(replace(less.lines[0], gross=less.lines[0].gross - 1),))
    [problem] = problems_of(less, now=NOW)
    assert "portal mencatat Rp" in problem
    again = report_of(account, settled_payment(), paid_on=TODAY + timedelta(days=1))
    assert len(problems_of(again, now=NOW)) == 2


# --- the file --------------------------------------------------------------------------------
REPORT = """Settlement report
Order ID,Transaction Date,Gross Amount,MDR,Net Amount
A-1,2026-11-20,"184,800.00","1,294.00","183,506.00"
A-2,2026-11-20,"100,000.00",700,"99,300.00"
TOTAL,,"284,800.00","1,994.00","282,806.00"
"""


def test_a_providers_report_is_read_with_its_sums():
    assert read_payout(REPORT) == (
        PaidOut(3, "A-1", 184_800, 1_294),
        PaidOut(4, "A-2", 100_000, 700),
    )


def test_a_refund_that_is_netted_out_is_a_line_below_zero_of_a_known_order():
    text = REPORT.replace("TOTAL", 'A-1,2026-11-20,"(50,000.00)",0,"-50,000.00"\nTOTAL').replace(
        '"284,800.00","1,994.00","282,806.00"', '"234,800.00","1,994.00","232,806.00"'
    )
    assert read_payout(text)[2] == PaidOut(5, "A-1", -50_000, 0)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ('"183,506.00"', '"183,507.00"', 3),
        ("A-2", "A-1", 4),
        ('"100,000.00",700', "0,0", 4),
        ('"100,000.00",700', '"(100,000.00)",700', 4),
        ('"284,800.00"', '"284,801.00"', 5),
        ("700", "1e3", 4),
    ],
)
def test_a_report_that_does_not_add_up_names_its_line(before, after, line):
    with pytest.raises(BadStatement, match=f"^Baris {line}:"):
        read_payout(REPORT.replace(before, after))


def test_a_file_of_something_else_is_no_report():
    with pytest.raises(BadStatement, match="Kolom nomor pesanan"):
        read_payout("a,b,c\n1,2,3\n")
