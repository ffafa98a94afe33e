"""What an invoice no longer asks for, nobody can pay at the provider."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from notices.models import JobRun
from payments import ledger, tasks
from payments.gateways.protocol import GatewayUnavailable
from payments.gateways.sandbox import SandboxGateway
from payments.models import Account, Invoice, Payment, SandboxCharge
from payments.services.invoices import close_invoice
from payments.services.polling import poll_pending
from payments.services.stale import cancel_stale_charges
from tests.factories import NOW
from tests.payments.builders import TOTAL, charge_of, pay_at_provider, pending_payment

pytestmark = pytest.mark.django_db

Status = Payment.Status
DONE = {"cancelled": 1, "paid": 0, "unanswered": 0}
NOTHING = dict.fromkeys(DONE, 0)


def withdrawn(status=Invoice.Status.VOID, **fields):
    payment = pending_payment(**fields)
    close_invoice(invoice=payment.invoice, status=status, now=NOW)
    return payment


@pytest.mark.parametrize("status", ["void", "expired", "paid"])
def test_the_charge_of_a_closed_invoice_is_closed_at_the_provider(status):
    payment = withdrawn(status)
    assert cancel_stale_charges(now=NOW) == DONE
    payment.refresh_from_db()
    assert (payment.status, charge_of(payment).status) == (Status.FAILED, "cancel")
    assert cancel_stale_charges(now=NOW) == NOTHING


def test_an_open_invoice_keeps_its_charge():
    payment = pending_payment()
    assert cancel_stale_charges(now=NOW) == NOTHING
    assert charge_of(payment).status == "pending"


def test_what_proves_paid_is_booked():
    payment = withdrawn()
    pay_at_provider(payment)
    assert cancel_stale_charges(now=NOW) == {"cancelled": 0, "paid": 1, "unanswered": 0}
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    assert ledger.balance_of(holding) == TOTAL


def test_a_silent_provider_is_asked_again_and_others_are_not_kept_waiting(monkeypatch):
    first, second = withdrawn(), withdrawn()
    cancel = SandboxGateway.cancel

    def silent(self, order_id, *, now):
        if order_id == first.order_id:
            raise GatewayUnavailable("timed out")
        return cancel(self, order_id, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "cancel", silent)
        assert cancel_stale_charges(now=NOW) == {"cancelled": 1, "paid": 0, "unanswered": 1}
    assert cancel_stale_charges(now=NOW) == DONE
    assert charge_of(second).status == "cancel"


def test_nothing_is_asked_of_a_provider_that_no_longer_serves(settings):
    withdrawn()
    settings.PAYMENT_GATEWAY = "another"
    assert cancel_stale_charges(now=NOW) == NOTHING


def test_a_given_up_payment_that_the_provider_still_offers_is_closed_by_the_poll():
    """A click died between opening the charge and closing it again."""
    payment = pending_payment()
    Payment.everything.update(status=Status.FAILED, closed_at=NOW, next_poll_at=NOW)
    assert poll_pending(now=NOW + timedelta(minutes=10))["changed"] == 1
    assert charge_of(payment).status == "cancel"


def test_the_clock_and_a_hand_do_the_same():
    withdrawn()
    tasks.cancel_stale_charges()
    assert JobRun.objects.get(job="cancel_stale_charges").counts == DONE
    withdrawn()
    call_command("cancel_stale_charges", today="2026-11-20")
    assert not SandboxCharge.objects.filter(status="pending").exists()
