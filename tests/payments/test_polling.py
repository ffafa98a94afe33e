"""Payments whose webhooks may be lost are asked about, less and less often."""

from datetime import timedelta

import pytest

from payments.gateways.protocol import GatewayUnavailable
from payments.gateways.sandbox import SandboxGateway
from payments.models import Payment, SandboxCharge
from payments.sandbox import provider
from payments.services.polling import poll_pending
from tests.factories import NOW
from tests.payments.builders import charge_of, pay_at_provider, pending_payment, settled_payment

pytestmark = pytest.mark.django_db

Status = Payment.Status


def polls_within(hours, payment):
    """Ring the clock each minute; return the minutes at which the provider was asked."""
    return [
        minute
        for minute in range(hours * 60 + 1)
        if poll_pending(now=NOW + timedelta(minutes=minute))["asked"]
    ]


def test_a_pending_payment_is_asked_about_with_growing_pauses():
    payment = pending_payment(expires_at=NOW + timedelta(days=30))
    assert polls_within(5, payment) == [1, 3, 8, 18, 48, 108, 288]


def test_a_payment_whose_webhook_was_lost_settles_all_the_same():
    payment = pending_payment()
    pay_at_provider(payment, now=NOW)
    assert poll_pending(now=NOW + timedelta(minutes=1)) == {
        "asked": 0,
        "changed": 1,
        "unanswered": 0,
    }
    payment.refresh_from_db()
    assert (payment.status, payment.settled_at) == (Status.SETTLED, NOW)


def test_a_denial_whose_webhook_was_lost_is_found():
    payment = settled_payment()
    SandboxCharge.objects.update(status="deny")
    poll_pending(now=NOW + timedelta(minutes=10))
    payment.refresh_from_db()
    assert payment.status == Status.REVERSED


def test_a_late_payment_whose_webhook_was_lost_is_found():
    payment = pending_payment()
    provider.expire(charge=charge_of(payment), now=NOW)
    poll_pending(now=NOW + timedelta(minutes=1))
    pay_at_provider(payment, now=NOW + timedelta(minutes=5))
    poll_pending(now=NOW + timedelta(minutes=11))
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED


def test_a_settled_payment_is_asked_about_three_times_and_then_left():
    payment = settled_payment()
    for days in range(10):
        poll_pending(now=NOW + timedelta(days=days, hours=1))
    payment.refresh_from_db()
    assert (payment.polls, payment.next_poll_at) == (3, None)


def test_a_silent_provider_is_asked_again(monkeypatch):
    payment = pending_payment()
    pay_at_provider(payment)

    def silent(*args, **kwargs):
        raise GatewayUnavailable("timed out")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "status", silent)
        assert poll_pending(now=NOW + timedelta(minutes=1))["unanswered"] == 1
    assert poll_pending(now=NOW + timedelta(minutes=3))["changed"] == 1


def test_a_charge_that_ran_out_unseen_fails_its_payment():
    payment = pending_payment(expires_at=NOW + timedelta(hours=1))
    poll_pending(now=NOW + timedelta(hours=1))
    payment.refresh_from_db()
    assert payment.status == Status.FAILED


def test_nothing_of_a_provider_that_no_longer_serves_becomes_money(settings):
    payment = pending_payment()
    pay_at_provider(payment)
    settings.PAYMENT_GATEWAY = "another"
    assert not any(poll_pending(now=NOW + timedelta(hours=1)).values())


def test_a_former_provider_is_asked_as_long_as_it_serves_what_is_open(settings):
    payment = pending_payment()
    pay_at_provider(payment)
    settings.PAYMENT_GATEWAY = "another"
    settings.PAYMENT_GATEWAYS_ALSO = ["sandbox"]
    assert poll_pending(now=NOW + timedelta(hours=1))["changed"] == 1
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED
