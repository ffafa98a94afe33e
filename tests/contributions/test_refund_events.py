"""Our own refunds come back as webhooks: they are no reversal, only what nobody asked for is."""

from datetime import timedelta

import pytest

from contributions.books import check_books, identity
from contributions.models import Contribution
from contributions.services.remitting import credit_rejected
from contributions.services.reversing import undo_payments
from donors.models import Programme
from payments.gateways.protocol import GatewayUnavailable, ProviderStatus, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import ProviderEvent, SandboxCharge
from payments.services import applying
from payments.services.applying import Change, apply_truth
from payments.services.events import process_events
from payments.services.sending_refunds import send_refunds
from tests.contributions.builders import balance
from tests.contributions.refund_stories import (
    EXTRA,
    LATER,
    asked,
    back_to_instrument,
    confirmed,
    credit_of,
    fresh,
    overpaid,
    prepared,
    sent,
    to_account,
    to_instrument,
    total,
    treasurer,
)
from tests.factories import NOW, OrderFactory
from tests.payments.builders import tell

pytestmark = pytest.mark.django_db

SOON = LATER + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _clean_books():
    yield
    assert [f for f in check_books(now=NOW) if f.is_grave] == []
    assert identity().holds


def event(payment):
    """The sandbox's webhook about a payment as it stands; what became of it, and of it."""
    tell(payment, now=SOON)
    process_events(now=SOON)
    payment.refresh_from_db()
    return ProviderEvent.objects.latest("pk").outcome, payment.status


def answer_lost(monkeypatch):
    """The provider sends, and its answer never reaches us."""
    real = SandboxGateway.refund

    def lost(self, payment, **asked):
        real(self, payment, **asked)
        raise GatewayUnavailable("timeout")

    monkeypatch.setattr(SandboxGateway, "refund", lost)


@pytest.mark.parametrize("amount", [None, 20_000])
def test_the_webhook_after_our_record_closes_the_refund(amount):
    payment = overpaid()
    refund = sent(back_to_instrument(payment, amount))
    assert event(payment) == ("applied", "settled")
    assert fresh(refund).status == "done"
    assert event(payment)[1] == "settled"


@pytest.mark.parametrize("amount", [None, 20_000])
def test_the_webhook_before_our_record_changes_nothing(monkeypatch, amount):
    payment = overpaid()
    refund = back_to_instrument(payment, amount)
    with monkeypatch.context() as broken:
        answer_lost(broken)
        send_refunds(now=NOW)
    assert event(payment) == ("ignored", "settled")
    assert fresh(refund).status == "confirmed"
    assert fresh(sent(refund)).status == "sent"
    assert event(payment)[1] == "settled"
    assert total("returned") == refund.amount


def test_a_part_that_nobody_asked_for_needs_a_person():
    payment = overpaid()
    sent(back_to_instrument(payment, 20_000))
    truth = ProviderStatus(payment.order_id, State.PARTIAL, refunded=30_000)
    assert apply_truth(payment=payment, truth=truth, now=SOON) is Change.FOR_A_PERSON
    payment.refresh_from_db()
    assert payment.status == "settled"


def test_without_the_rule_our_own_refund_would_count_as_a_reversal(monkeypatch):
    payment = overpaid()
    sent(back_to_instrument(payment))
    monkeypatch.setattr(applying, "being_given_back", lambda payment: 0)
    truth = SandboxGateway().status(payment.order_id, now=SOON)
    assert apply_truth(payment=payment, truth=truth, now=SOON) is Change.FOR_A_PERSON


# --- the bank takes it back ---------------------------------------------------------------
def denied(payment, when=SOON):
    """The bank takes a payment back; the portal hears of it."""
    payment.refresh_from_db()
    SandboxCharge.objects.filter(order_id=payment.order_id).update(status="deny", refunded=0)
    truth = SandboxGateway().status(payment.order_id, now=when)
    return apply_truth(payment=payment, truth=truth, now=when)


def test_of_a_partly_refunded_payment_the_bank_takes_the_rest():
    payment = overpaid()
    refund = sent(back_to_instrument(payment, 20_000))
    assert denied(payment) is Change.REVERSED
    assert undo_payments(now=SOON)["undone"] == 1
    assert (total("clearing", "sandbox"), total("returned"), total("refunds")) == (
        0,
        20_000,
        20_000,
    )
    assert balance("holding", payment.invoice) == credit_of(refund.donor) == 0
    assert identity().received == 20_000


def test_a_refund_that_was_not_sent_is_withdrawn_when_the_bank_takes_the_payment_back():
    payment = overpaid()
    refund = back_to_instrument(payment)
    assert denied(payment) is Change.REVERSED
    # Its job does not begin what the bank has overtaken.
    assert send_refunds(now=SOON) == {"sent": 0, "failed": 0, "unanswered": 0}
    assert undo_payments(now=SOON)["undone"] == 1
    assert (fresh(refund).status, total("refunds"), total("clearing", "sandbox")) == (
        "refused",
        0,
        0,
    )


def test_a_refund_that_may_have_been_sent_is_found_out_first(monkeypatch):
    payment = overpaid()
    refund = back_to_instrument(payment)

    def silent(self, payment, **asked):
        raise GatewayUnavailable("timeout")

    with monkeypatch.context() as broken:
        broken.setattr(SandboxGateway, "refund", silent)
        send_refunds(now=NOW)
    denied(payment)
    assert undo_payments(now=SOON) == {"undone": 0, "waiting": 1, "failed": 0}
    # The provider knows of no such refund and will not make one any more.
    assert send_refunds(now=SOON)["failed"] == 1
    assert undo_payments(now=SOON)["undone"] == 1
    assert fresh(refund).status == "refused"


def test_credit_that_went_to_the_account_leaves_the_reversal_to_a_person():
    payment = overpaid()
    confirmed(prepared(asked(payment), to_account()))
    denied(payment)
    assert undo_payments(now=SOON)["waiting"] == 1
    assert "reversal_waits" in {finding.kind for finding in check_books(now=SOON)}


def test_what_the_months_held_beyond_the_reversal_is_the_donors():
    """His instrument of one payment took back what another payment had brought."""
    first = overpaid(0)
    donor = first.invoice.donor
    again = OrderFactory(programme=Programme.objects.get(donor=donor))
    second = overpaid(EXTRA, order=again)
    sent(confirmed(prepared(asked(second), to_instrument(first))))
    assert denied(first) is Change.REVERSED
    assert undo_payments(now=SOON)["undone"] == 1
    assert (credit_of(donor), balance("holding", first.invoice)) == (EXTRA, 0)
    assert total("clearing", "sandbox") == second.received


def test_a_payment_that_was_refunded_whole_and_is_denied_needs_a_person():
    payment = overpaid(0, months=1)
    credit_all(payment)
    sent(back_to_instrument(payment))
    assert denied(payment) is Change.FOR_A_PERSON


def test_what_we_had_sent_back_whole_leaves_nothing_to_reverse_and_asks_a_person(
    monkeypatch,
):
    """The bank takes back a payment while nobody knows yet that its refund was sent."""
    payment = overpaid(0, months=1)
    credit_all(payment)
    refund = back_to_instrument(payment)
    with monkeypatch.context() as broken:
        answer_lost(broken)
        send_refunds(now=NOW)
    assert denied(payment) is Change.REVERSED
    assert undo_payments(now=SOON)["waiting"] == 1
    assert sent(refund, SOON).status == "sent"
    assert undo_payments(now=SOON) == {"undone": 1, "waiting": 0, "failed": 0}
    assert undo_payments(now=SOON) == {"undone": 0, "waiting": 0, "failed": 0}
    asks = ProviderEvent.objects.get(outcome="for_a_person")
    assert (asks.order_id, asks.answer["refunded"]) == (payment.order_id, refund.amount)
    assert (total("clearing", "sandbox"), total("returned")) == (0, refund.amount)
    assert "reversal_waits" not in {finding.kind for finding in check_books(now=SOON)}


def credit_all(payment):
    """BPJS refuses the months, and the branch credits them."""
    rows = Contribution.everything.filter(posting__payment=payment)
    rows.update(status="rejected")
    for row in rows:
        credit_rejected(contribution=row, by=treasurer(), now=NOW)
