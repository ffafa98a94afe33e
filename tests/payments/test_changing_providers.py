"""New payments open at one provider; a former one serves what is still open there."""

import pytest

from payments.gateways.registry import serving
from payments.models import Payment
from payments.services.paying import start_payment
from tests.factories import NOW
from tests.payments.builders import charge_of, pay_at_provider, pending_payment, told
from tests.payments.fake_midtrans import KEY, FakeMidtrans

pytestmark = pytest.mark.django_db

Status = Payment.Status


@pytest.fixture
def fake(settings, monkeypatch):
    provider = FakeMidtrans()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.MIDTRANS_URL = provider.url
    settings.MIDTRANS_SERVER_KEY = KEY
    yield provider
    provider.close()


def test_after_a_change_new_payments_open_there_and_the_old_provider_serves_what_is_open(
    fake, settings
):
    settings.PAYMENT_GATEWAY = "sandbox"
    settings.SANDBOX_SERVER_KEY = "sandbox-key-of-this-test-alone-0123456789"
    old, paid = pending_payment(), pending_payment()
    settings.PAYMENT_GATEWAY, settings.PAYMENT_GATEWAYS_ALSO = "midtrans", ["sandbox"]
    assert serving() == ["midtrans", "sandbox"]
    # A click closes the old charge and opens one at the new provider.
    fresh = start_payment(invoice=old.invoice, now=NOW)
    assert (fresh.gateway, charge_of(old).status) == ("midtrans", "cancel")
    # Who had the old code on his screen pays it all the same.
    pay_at_provider(paid)
    assert told(paid).status == Status.SETTLED
