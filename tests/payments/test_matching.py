"""Whose money is it: sure matches, allocation by hand, payouts, money out (P36, P37)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import books, ledger
from payments.bank_suggestions import suggest
from payments.models import Account, BankLine, BankMatch, Invoice, Payment
from payments.services import matching, outgoing
from payments.services.matching import LineMoved, NothingToMatch, TooMuch, allocate
from tests.factories import NOW, TODAY, DonorFactory, OfficeFactory, UserFactory
from tests.payments.banking import (
    bank_account,
    came_in,
    code_of,
    company_invoice,
    in_bank,
    in_suspense,
    statement,
    taken_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return bank_account()


@pytest.fixture
def treasurer():
    return UserFactory()


def holding_of(invoice: Invoice) -> int:
    return ledger.balance_of(ledger.account(Account.Kind.HOLDING, donor=invoice.donor))


# --- by itself -----------------------------------------------------------------------
def test_code_and_amount_together_make_a_payment_at_the_end_of_the_banks_day(account):
    invoice = company_invoice(account, now=NOW - timedelta(days=2))
    told = statement((invoice.total, f"TRSF {code_of(invoice)} PT CONTOH"))
    taken_in(account, told)
    payment = Payment.everything.get(invoice=invoice)
    local = timezone.localtime(payment.settled_at)
    assert (local.date(), f"{local:%H:%M:%S}") == (told.first_day, "23:59:59")
    assert (payment.gateway, payment.received, payment.status) == ("bank", invoice.total, "settled")
    assert payment.receipt_number.startswith("KW-2026-")
    assert (in_suspense(), holding_of(invoice), in_bank(account)) == (
        0,
        invoice.total,
        invoice.total,
    )
    assert BankLine.objects.get().status == "done"
    assert books.check_ledger() == []


def test_money_of_today_is_not_settled_later_than_now_nor_before_it_was_asked(account):
    invoice = company_invoice(account)
    taken_in(account, statement((invoice.total, code_of(invoice)), first=TODAY))
    early = company_invoice(account)
    came_in(bank_account(office=account.office), early.total, code_of(early))
    settled = Payment.everything.order_by("pk").values_list("settled_at", flat=True)
    assert list(settled) == [NOW, early.issued_at]


def unsure(account):
    one, other = company_invoice(account), company_invoice(account)
    far = company_invoice(
        bank_account(office=OfficeFactory(code="FAR", parent=None, kind="kanwil"))
    )
    closed = company_invoice(account)
    Invoice.everything.filter(pk=closed.pk).update(status="expired", closed_at=NOW)
    return {
        "no code": (one.total, "PT CONTOH"),
        "another amount": (one.total - 1, code_of(one)),
        "two codes": (one.total, f"{code_of(one)} {code_of(other)}"),
        "another office": (far.total, code_of(far)),
        "expired": (closed.total, code_of(closed)),
    }


@pytest.mark.parametrize(
    "why", ["no code", "another amount", "two codes", "another office", "expired"]
)
def test_where_anything_is_left_to_judge_a_person_does(account, why):
    amount, text = unsure(account)[why]
    assert came_in(account, amount, text).status == "open"
    assert not Payment.everything.exists()
    assert in_suspense() == amount


def test_an_invoice_paid_twice_is_matched_once(account):
    invoice = company_invoice(account)
    taken_in(account, statement(*[(invoice.total, f"{code_of(invoice)} {n}") for n in range(2)]))
    assert Payment.everything.count() == 1
    assert in_suspense() == invoice.total


def test_a_second_instalment_with_the_first_invoices_code_pays_what_is_asked_now(account):
    first = company_invoice(account, total=200, now=NOW - timedelta(days=2))
    line = came_in(account, 100, code_of(first))
    allocate(line=line, parts=[(first, 100)], seen=0, by=UserFactory(), now=NOW)
    Invoice.everything.filter(pk=first.pk).update(status="paid", closed_at=NOW)
    rest = company_invoice(account, donor=first.donor, total=100)
    [short] = suggest([came_in(account, 99, code_of(first))]).values()
    assert [one.parts[0][0] for one in short] == [rest, first]
    came_in(account, 100, code_of(first))
    assert Payment.everything.get(invoice=rest).received == 100


def test_a_transfer_sent_twice_pays_no_other_invoice(account):
    first = company_invoice(account, total=100, now=NOW - timedelta(days=2))
    came_in(account, 100, code_of(first))
    Invoice.everything.filter(pk=first.pk).update(status="paid", closed_at=NOW)
    company_invoice(account, donor=first.donor, total=100)
    assert came_in(account, 100, code_of(first)).status == "open"


# --- by hand ----------------------------------------------------------------------------
def test_one_line_pays_a_part_of_several_invoices_and_keeps_the_rest(account, treasurer):
    one, other = company_invoice(account), company_invoice(account)
    line = came_in(account, 300_000, "SP2D 04.00/2026")
    allocate(line=line, parts=[(one, 184_800), (other, 100_000)], seen=0, by=treasurer, now=NOW)
    line.refresh_from_db()
    assert (line.allocated, line.status, in_suspense()) == (284_800, "part", 15_200)
    assert (holding_of(one), holding_of(other)) == (184_800, 100_000)
    allocate(line=line, parts=[(other, 15_200)], seen=284_800, by=treasurer, now=NOW)
    assert BankLine.objects.get().status == "done"
    assert BankMatch.objects.count() == 3
    assert books.check_ledger() == []


def test_a_second_click_and_a_second_tab_move_nothing(account, treasurer):
    invoice = company_invoice(account)
    line = came_in(account, 300_000)
    for _ in range(2):
        kept = BankLine.objects.get()
        if kept.allocated:
            with pytest.raises(LineMoved):
                allocate(line=line, parts=[(invoice, 100)], seen=0, by=treasurer, now=NOW)
        else:
            allocate(line=line, parts=[(invoice, 100)], seen=0, by=treasurer, now=NOW)
    assert Payment.everything.count() == 1


def test_never_more_than_the_line_and_never_nothing(account, treasurer):
    invoice, line = company_invoice(account), came_in(account, 100)
    for parts, wrong in [
        ([(invoice, 101)], TooMuch),
        ([(invoice, 0)], NothingToMatch),
        ([], NothingToMatch),
        ([(invoice, 1), (invoice, 1)], NothingToMatch),
    ]:
        with pytest.raises(wrong):
            allocate(line=line, parts=parts, seen=0, by=treasurer, now=NOW)
    assert in_suspense() == 100


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.lists(st.integers(1, 10**9), min_size=1, max_size=4), max_size=4),
    rests=st.lists(st.integers(0, 1_000), min_size=4, max_size=4),
)
def test_any_split_of_any_lines_keeps_the_books_balanced(account, treasurer, lines, rests):
    before = in_suspense()
    invoices = [company_invoice(account, donor=DonorFactory(organisation=True)) for _ in range(4)]
    for parts, rest in zip(lines, rests, strict=False):
        line = came_in(account, sum(parts) + rest)
        pairs = list(zip(invoices, parts, strict=False))
        allocate(line=line, parts=pairs, seen=0, by=treasurer, now=NOW)
    assert in_suspense() - before == sum(rests[: len(lines)])
    assert sum(map(holding_of, invoices)) == sum(sum(parts) for parts in lines)
    assert books.check_ledger() == []


# --- money out ----------------------------------------------------------------------------
def test_a_charge_leaves_the_bank_for_what_was_deducted_once(account, treasurer):
    taken_in(account, statement((10_000, "a"), (-2_500, "BIAYA ADM")))
    line = BankLine.objects.get(side="out")
    outgoing.explain(line=line, meaning="charge", note="adm", by=treasurer, now=NOW)
    with pytest.raises(LineMoved):
        outgoing.explain(line=line, meaning="passed", note="adm", by=treasurer, now=NOW)
    assert in_bank(account) == 7_500
    assert books.totals_by_kind()["deducted"] == 2_500
    assert books.check_ledger() == []


def test_a_strangers_money_goes_back_and_leaves_suspense(account, treasurer):
    taken_in(account, statement((10_000, "SALAH TRANSFER"), (-10_000, "RETUR")))
    came, went = BankLine.objects.order_by("pk")
    told = {"line": went, "incoming": came, "by": treasurer, "now": NOW}
    with pytest.raises(outgoing.NoteMissing):
        outgoing.propose_return(**told, note="")
    outgoing.propose_return(**told, note="salah kirim")
    with pytest.raises(outgoing.SecondPersonNeeded):
        outgoing.return_to_sender(line=went, by=treasurer, now=NOW)
    assert in_suspense() == 10_000
    outgoing.withdraw_return(line=went, by=treasurer, now=NOW)
    with pytest.raises(LineMoved):
        outgoing.return_to_sender(line=went, by=UserFactory(), now=NOW)
    outgoing.propose_return(**told, note="salah kirim")
    outgoing.return_to_sender(line=went, by=UserFactory(), now=NOW)
    totals = books.totals_by_kind()
    assert (in_suspense(), in_bank(account)) == (0, 0)
    assert (totals["returned"], totals["refunds"]) == (10_000, 10_000)
    went.refresh_from_db()
    assert (went.status, went.returns) == ("done", came)


def test_money_out_has_no_meaning_of_money_in(account, treasurer):
    line = came_in(account, 5)
    for wrong in ("transfer", "nonsense", "charge"):
        with pytest.raises(outgoing.NotOutgoing):
            outgoing.explain(line=line, meaning=wrong, note="x", by=treasurer, now=NOW)


def test_the_claim_alone_decides(account, treasurer, monkeypatch):
    """Without it two tabs would give the same money twice, and suspense would fall below 0."""
    invoice, line = company_invoice(account), came_in(account, 100)
    monkeypatch.setattr(matching, "claim", lambda *args, **kwargs: None)
    for _ in range(2):
        allocate(line=line, parts=[(invoice, 100)], seen=0, by=treasurer, now=NOW)
    assert in_suspense() == -100
