"""What is left at a provider that no longer serves does not go unseen, and is not lost."""

import pytest

from contributions.books import check_books
from payments.models import Refund
from tests.contributions.refund_stories import LATER, back_to_instrument, overpaid, sent
from tests.factories import NOW
from tests.payments.builders import pending_payment

pytestmark = pytest.mark.django_db


def left_behind():
    found = [f for f in check_books(now=NOW) if f.kind == "provider_gone"]
    assert not any(f.is_grave for f in found)
    return [f.sentence.rpartition(": ")[2] for f in found]


def test_open_payments_at_a_provider_that_no_longer_serves_are_told(settings):
    payment = pending_payment()
    assert left_behind() == []
    settings.PAYMENT_GATEWAY = "midtrans"
    assert left_behind() == [str(payment.pk)]
    settings.PAYMENT_GATEWAYS_ALSO = ["sandbox"]
    assert left_behind() == []


def test_a_refund_confirmed_before_a_change_of_provider_is_told_and_sent_after_all(settings):
    refund = back_to_instrument(overpaid())
    settings.PAYMENT_GATEWAY = "midtrans"
    assert sent(refund).status == Refund.Status.CONFIRMED
    assert left_behind() == [str(refund.payment_id)]
    settings.PAYMENT_GATEWAYS_ALSO = ["sandbox"]
    assert sent(refund, now=LATER).status == Refund.Status.SENT
    assert left_behind() == []
