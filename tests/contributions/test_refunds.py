"""Giving money back (P38): by two people, only where it may go, and out of nothing else."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contributions.books import check_books, identity
from contributions.models import LateMoney
from contributions.refundable import refundable
from contributions.services import refunding
from donors.models import Programme
from notices.models import Message
from payments import ledger
from payments.channels import VIRTUAL_ACCOUNT
from payments.gateways.protocol import GatewayUnavailable
from payments.gateways.sandbox import SandboxGateway
from payments.models import (
    Account,
    BankAccount,
    BankLine,
    BankStatement,
    Payment,
    Refund,
    SandboxRefund,
)
from payments.services import refund_errors as errors
from payments.services import refunds
from payments.services.polling import poll_pending
from payments.services.sending_refunds import mark_sent, send_refunds
from tests.contributions.builders import billed_order, sponsorships_of
from tests.contributions.refund_stories import (
    EXTRA,
    LATER,
    asked,
    back_to_instrument,
    confirmed,
    credit_of,
    fresh,
    overpaid,
    owner_of,
    prepared,
    sent,
    to_account,
    to_instrument,
    total,
    treasurer,
)
from tests.factories import (
    NOW,
    TODAY,
    DonorMemberFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean_books():
    yield
    # The bank's lines stand here without the statements that bring them.
    bare = {"bank", "bank_days"}
    assert [f for f in check_books(now=NOW) if f.is_grave and f.kind not in bare] == []
    assert identity().holds


# --- from the wish to the payer's instrument ------------------------------------------------
def test_a_refund_leaves_the_credit_when_a_second_person_confirms_it():
    payment = overpaid()
    refund = prepared(asked(payment), to_instrument(payment))
    assert (refund.status, refund.amount, credit_of(refund.donor)) == ("asked", EXTRA, EXTRA)
    refund = confirmed(refund)
    assert (refund.status, credit_of(refund.donor)) == ("confirmed", 0)
    assert total("refunds") == EXTRA
    refund = sent(refund)
    assert (refund.status, refund.reference[:14]) == ("sent", "sandbox-refund")
    assert total("returned") == EXTRA
    assert total("clearing", "sandbox") == payment.received - EXTRA


def test_the_providers_own_word_closes_it():
    refund = sent(back_to_instrument(overpaid()))
    poll_pending(now=LATER + timedelta(minutes=2))
    refund = fresh(refund)
    assert (refund.status, refund.payment.status) == ("done", "settled")


def test_the_donor_is_told_at_each_step():
    sent(back_to_instrument(overpaid()))
    told = Message.objects.filter(kind__startswith="refund_").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == [
        "refund_asked",
        "refund_confirmed",
        "refund_sent",
    ]
    assert not any("50.000" in message.body.split("\n")[0] for message in told)


def test_who_prepared_it_does_not_confirm_it_and_the_database_says_so():
    payment, me = overpaid(), treasurer()
    refund = prepared(asked(payment), to_instrument(payment), by=me)
    with pytest.raises(errors.SamePerson):
        refunding.confirm(refund=refund, seen=refund.prepared_at, by=me, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.everything.update(decided_by=me)


def test_a_virtual_account_takes_nothing_back_and_the_account_must_be_checked():
    payment = overpaid(way=VIRTUAL_ACCOUNT)
    refund = asked(payment)
    assert refund.target == "account"
    with pytest.raises(errors.NotToInstrument):
        prepared(refund, to_instrument(payment))
    with pytest.raises(errors.HolderUnchecked):
        prepared(refund, to_account(holder_checked=False))
    with pytest.raises(errors.AccountMissing):
        prepared(refund, to_account(account_number=""))
    assert confirmed(prepared(refund, to_account())).status == "confirmed"
    assert send_refunds(now=LATER) == {"sent": 0, "failed": 0, "unanswered": 0}


def test_a_way_that_proves_to_take_none_back_fails_and_may_go_elsewhere(monkeypatch):
    payment = overpaid()
    refund = back_to_instrument(payment)
    monkeypatch.setattr("payments.sandbox.provider.QRIS", "gopay")
    refund = sent(refund)
    assert (refund.status, total("refunds"), total("returned")) == ("failed", EXTRA, 0)
    refunds.reopen(refund=refund, by=treasurer(), now=LATER)
    assert (fresh(refund).status, credit_of(refund.donor), total("refunds")) == ("asked", EXTRA, 0)
    refund = confirmed(prepared(fresh(refund), to_account()))
    assert (refund.round, total("refunds")) == (2, EXTRA)


def test_nobody_cashes_a_strangers_money():
    payment = overpaid(stranger=True)
    found = refundable(donor=payment.invoice.donor)
    assert (found.there, found.own) == (EXTRA, 0)
    refund = asked(payment)
    with pytest.raises(errors.NotToAccount):
        prepared(refund, to_account())
    assert sent(confirmed(prepared(refund, to_instrument(payment)))).status == "sent"


def test_money_by_transfer_is_the_donors_once_its_sender_was_checked():
    payment = overpaid()
    Payment.everything.filter(pk=payment.pk).update(gateway="bank")
    donor = payment.invoice.donor
    assert (refundable(donor=donor).own, refundable(donor=donor, sender_checked=True).own) == (
        0,
        EXTRA,
    )
    refund = asked(payment)
    Refund.everything.filter(pk=refund.pk).update(target="account")
    refund = prepared(refund, to_account())
    Refund.everything.filter(pk=refund.pk).update(holder_checked=False)
    with pytest.raises(errors.NotToAccount):
        confirmed(refund)


def test_a_strangers_instrument_takes_no_more_than_his_own_rest():
    stranger = overpaid(20_000, stranger=True)
    donor = stranger.invoice.donor
    again = OrderFactory(programme=Programme.objects.get(donor=donor))
    mine = overpaid(30_000, order=again)
    found = refundable(donor=donor)
    assert (found.there, found.own) == (50_000, 30_000)
    assert found.room.by_payment == {stranger.pk: 20_000, mine.pk: 30_000}


def test_money_that_waits_for_the_branch_and_other_wishes_do_not_count():
    payment = overpaid()
    row = sponsorships_of(payment.invoice)[0]
    LateMoney.objects.create(payment=payment, sponsorship=row, amount=10_000, made_at=NOW)
    first = asked(payment, 15_000)
    assert refundable(donor=first.donor).there == 25_000
    with pytest.raises(errors.TooMuch) as error:
        asked(payment, 25_001)
    assert "25.000" in str(error.value)
    # The first one's own wish does not stand in its way.
    assert prepared(first, to_instrument(payment), amount=40_000).amount == 40_000


def test_credit_that_was_spent_meanwhile_is_said_in_a_sentence():
    payment = overpaid()
    refund = prepared(asked(payment), to_instrument(payment))
    credit = ledger.account("credit", donor=refund.donor)
    spend = [(credit, ledger.account("fees"), 1)]
    ledger.post(key="spent", kind="test", now=NOW, transfers=spend)
    with pytest.raises(errors.TooMuch, match=r"49\.999"):
        confirmed(refund)


def test_a_refusal_leaves_the_credit_and_says_why():
    refund = asked(overpaid())
    with pytest.raises(errors.ReasonMissing):
        refunds.refuse(refund=refund, reason="", by=treasurer(), now=NOW)
    refunds.refuse(refund=refund, reason="sudah dipakai", by=treasurer(), now=NOW)
    assert (fresh(refund).status, credit_of(refund.donor)) == ("refused", EXTRA)
    assert "sudah dipakai" in Message.objects.get(kind="refund_refused").body
    with pytest.raises(errors.NotWaiting):
        refunds.refuse(refund=refund, reason="lagi", by=treasurer(), now=NOW)


def test_a_confirmed_one_may_be_refused_until_the_provider_was_asked():
    refund = back_to_instrument(overpaid())
    refunds.refuse(refund=refund, reason="salah", by=treasurer(), now=NOW)
    assert (credit_of(refund.donor), total("refunds")) == (EXTRA, 0)
    assert send_refunds(now=LATER)["sent"] == 0


def test_a_double_click_asks_once():
    payment, token = overpaid(), "7f1d2a52-0f1e-4a44-9a0f-5a4a1b9d6c11"
    first = asked(payment, 10_000, token=token)
    assert asked(payment, 10_000, token=token) == first


# --- by the bank --------------------------------------------------------------------------
def our_account(number="777"):
    return BankAccount.everything.create(
        office=OfficeFactory(), bank="Bank Kita", number=number, holder="SERTAKAN", opened_at=NOW
    )


def outgoing(account, amount):
    statement = BankStatement.objects.create(
        account=account,
        digest=str(amount),
        format="csv",
        first_day=TODAY,
        last_day=TODAY,
        opening=0,
        closing=0,
        lines=1,
        imported_by=treasurer(),
        imported_at=NOW,
    )
    return BankLine.objects.create(
        account=account,
        statement=statement,
        booked_on=TODAY,
        side="out",
        amount=amount,
        description="KMB",
        fingerprint=str(amount),
    )


def for_the_bank():
    return confirmed(prepared(asked(overpaid(way=VIRTUAL_ACCOUNT)), to_account()))


def test_the_banks_line_books_it_and_closes_it():
    refund, account = for_the_bank(), our_account()
    line = outgoing(account, EXTRA)
    mark_sent(refund=refund, reference="TRX1", bank_line=line, by=None, now=LATER)
    with pytest.raises(errors.NotWaiting):
        mark_sent(refund=refund, reference="TRX1", bank_line=line, by=None, now=LATER)
    assert (fresh(refund).status, total("returned")) == ("done", EXTRA)
    assert ledger.balance_of(ledger.account("bank", bank_account=account)) == -EXTRA


def test_a_treasurer_may_mark_it_and_the_line_closes_it_later():
    refund, account = for_the_bank(), our_account()
    with pytest.raises(errors.ReferenceMissing):
        mark_sent(refund=refund, reference="", bank_account=account, by=treasurer(), now=LATER)
    first = mark_sent(
        refund=refund, reference="TRX1", bank_account=account, by=treasurer(), now=LATER
    )
    assert fresh(refund).status == "sent"
    with pytest.raises(errors.OtherAccount):
        mark_sent(
            refund=refund,
            reference="",
            bank_line=outgoing(our_account("888"), EXTRA),
            by=None,
            now=LATER,
        )
    line = outgoing(account, EXTRA)
    assert mark_sent(refund=refund, reference="X", bank_line=line, by=None, now=LATER) == first
    refund = fresh(refund)
    assert (refund.status, refund.reference, total("returned")) == ("done", "TRX1", EXTRA)


# --- budgets ------------------------------------------------------------------------------
def budget():
    programme = ProgrammeFactory(agreement=True)
    fund = ledger.account(Account.Kind.FUND, programme=programme)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    DonorMemberFactory(donor=programme.donor)
    ledger.post(key="fund", kind="test", now=NOW, transfers=[(clearing, fund, EXTRA)])
    return programme


def test_budget_money_goes_back_to_the_treasury_with_its_slip():
    programme, me = budget(), treasurer()
    refund = refunding.ask_for_fund(
        programme=programme, amount=None, reason="sisa anggaran", by=me, now=NOW
    )
    assert (refund.amount, refund.target) == (EXTRA, "treasury")
    with pytest.raises(errors.BudgetToTreasury):
        prepared(refund, to_account())
    rkud = {"bank": "Bank Daerah", "account_number": "99", "holder": "Kas Daerah"}
    with pytest.raises(errors.SlipMissing):
        prepared(refund, refunding.Destination("treasury", holder_checked=True, **rkud))
    to = refunding.Destination("treasury", holder_checked=True, slip="STS 12/2026", **rkud)
    refund = confirmed(prepared(refund, to))
    assert ledger.balance_of(ledger.account("fund", programme=programme)) == 0
    mark_sent(refund=refund, reference="TRX", bank_account=our_account(), by=me, now=LATER)
    assert fresh(refund).status == "sent"


def test_private_credit_never_goes_to_a_treasury():
    refund = asked(overpaid())
    with pytest.raises(errors.BudgetToTreasury):
        prepared(refund, refunding.Destination("treasury", slip="x"))


# --- the provider -------------------------------------------------------------------------
def test_a_provider_who_does_not_answer_is_asked_again_under_the_same_key(monkeypatch):
    payment = overpaid()
    refund = back_to_instrument(payment)
    real, keys = SandboxGateway.refund, []

    def lost(self, payment, *, amount, key, now):
        """The answer gets lost after the provider has sent the money."""
        keys.append(key)
        reference = real(self, payment, amount=amount, key=key, now=now)
        if len(keys) == 1:
            raise GatewayUnavailable("timeout")
        return reference

    monkeypatch.setattr(SandboxGateway, "refund", lost)
    assert send_refunds(now=NOW)["unanswered"] == 1
    assert send_refunds(now=NOW)["sent"] == 0, "its lease holds"
    assert send_refunds(now=LATER)["sent"] == 1
    assert len(set(keys)) == 1
    assert SandboxRefund.objects.count() == 1
    assert (fresh(refund).status, total("returned")) == ("sent", EXTRA)


def test_refunds_that_wait_too_long_are_named():
    refund = asked(overpaid())
    kinds = {f.kind: f.is_grave for f in check_books(now=NOW + timedelta(days=6))}
    assert kinds["refund_waits"] is False
    refunds.refuse(refund=refund, reason="x", by=treasurer(), now=NOW)
    assert "refund_waits" not in {f.kind for f in check_books(now=NOW + timedelta(days=6))}


def test_the_books_find_a_refund_that_moved_no_money():
    refund = back_to_instrument(overpaid())
    with transaction.atomic():
        Refund.everything.filter(pk=refund.pk).update(amount=EXTRA + 1)
        kinds = {f.kind for f in check_books(now=NOW)}
        assert {"refunds", "refund"} <= kinds
        transaction.set_rollback(True)


def test_who_acts_for_the_donor_is_told_of_only_his_own():
    payment = overpaid()
    asked(payment)
    assert Message.objects.get(kind="refund_asked").user == owner_of(payment.invoice)
    assert billed_order().donor != payment.invoice.donor
