"""The Xendit adapter against a provider that behaves as Xendit's documents say."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from payments import ledger, webhooks
from payments.gateways.protocol import BadAnswer, CannotRefund, GatewayUnavailable, State
from payments.gateways.xendit import XenditGateway
from payments.models import Account, Payment, ProviderEvent
from payments.services.events import process_events
from payments.services.paying import AlreadyPaid, start_payment
from tests.factories import NOW
from tests.payments.builders import TOTAL, open_invoice
from tests.payments.fake_xendit import FakeXendit

pytestmark = pytest.mark.django_db

Status = Payment.Status
TOKEN = "made-up-callback-token"


@pytest.fixture
def fake(settings, monkeypatch):
    provider = FakeXendit()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.PAYMENT_GATEWAY = "xendit"
    settings.XENDIT_URL = provider.url
    settings.XENDIT_SECRET_KEY = "made-up-key"
    settings.XENDIT_CALLBACK_TOKEN = TOKEN
    settings.PROVIDER_TIMEOUT = 1
    yield provider
    provider.close()


@pytest.fixture
def portal(monkeypatch):
    monkeypatch.setattr(webhooks.bells, "ring", lambda word: None)
    monkeypatch.setattr(webhooks.clock, "now", lambda: NOW)
    client = Client(enforce_csrf_checks=True)

    def post(body, token=TOKEN):
        return client.post(
            "/webhook/pembayaran/xendit/",
            data=body,
            content_type="application/json",
            headers={"x-callback-token": token},
        ).status_code

    return post


def opened(way="qris", **fields):
    return start_payment(invoice=open_invoice(**fields), now=NOW, way=way)


def status(order_id):
    return XenditGateway().status(order_id, now=NOW)


def after(payment, **later):
    process_events(now=NOW + timedelta(**later))
    payment.refresh_from_db()
    return payment.status


def test_an_invoice_is_opened_for_one_way_and_names_nobody(fake):
    payment = opened()
    method, path, body = fake.asked[-1]
    assert (method, path) == ("POST", "/v2/invoices")
    assert body == {
        "external_id": payment.order_id,
        "amount": TOTAL,
        "currency": "IDR",
        "description": f"Tagihan {payment.invoice.number}",
        "invoice_duration": 10 * 24 * 3600,
        "payment_methods": ["QRIS"],
        "should_send_email": False,
    }
    assert fake.auth[0] == f"Basic {b64encode(b'made-up-key:').decode()}"
    assert payment.pay_page_url.startswith("https://checkout.xendit.example/web/")
    assert payment.provider_reference in fake.invoices


def test_a_lost_answer_opens_no_second_invoice(fake):
    invoice = open_invoice()
    fake.faults = ["", "lost"]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=invoice, now=NOW)
    assert start_payment(invoice=invoice, now=NOW).status == Status.PENDING
    assert len(fake.invoices) == 1


@pytest.mark.parametrize("fault", ["500", "401", "429", "silence", "html"])
def test_trouble_leaves_a_payment_that_the_next_click_opens(fake, fault):
    invoice = open_invoice()
    fake.faults = [fault]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=invoice, now=NOW)
    assert Payment.everything.get().status == Status.NEW
    assert start_payment(invoice=invoice, now=NOW).status == Status.PENDING


@pytest.mark.parametrize("word", ["PAID", "SETTLED", "paid"])
def test_paid_and_settled_both_mean_that_the_money_came(fake, word):
    payment = opened()
    fake.pay(payment.order_id, at=NOW + timedelta(minutes=2), status=word)
    truth = status(payment.order_id)
    assert (truth.state, truth.amount, truth.channel) == (State.SETTLED, TOTAL, "QRIS")
    assert truth.settled_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(("word", "state"), [("PENDING", State.PENDING), ("EXPIRED", State.FAILED)])
def test_other_words(fake, word, state):
    payment = opened()
    fake.of(payment.order_id)[0]["status"] = word
    assert status(payment.order_id).state is state
    assert status("NOT-OURS").state is State.UNKNOWN


def test_amounts_are_whole_rupiah_or_nothing_is_believed(fake):
    payment = opened()
    fake.pay(payment.order_id, paid_amount=184_800.0)
    assert status(payment.order_id).amount == TOTAL
    fake.pay(payment.order_id, paid_amount=184_800.5)
    with pytest.raises(BadAnswer):
        status(payment.order_id)


def test_what_was_paid_on_two_invoices_of_one_order_is_told_as_one_sum(fake):
    payment = opened()
    fake.open({"external_id": payment.order_id, "amount": TOTAL})
    fake.pay(payment.order_id, place=0)
    fake.pay(payment.order_id, place=1, at=NOW + timedelta(minutes=1))
    truth = status(payment.order_id)
    assert (truth.amount, truth.settled_at) == (2 * TOTAL, NOW)


def test_a_webhook_counts_once_the_invoice_says_the_same(fake, portal):
    payment = opened()
    fake.pay(payment.order_id)
    body = fake.callback(payment.order_id)
    assert [portal(body), portal(body)] == [200, 200]
    assert ProviderEvent.objects.count() == 1
    assert after(payment, minutes=0) == Status.SETTLED
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    assert ledger.balance_of(holding) == TOTAL


def test_a_forged_amount_or_status_under_the_true_token_moves_nothing(fake, portal):
    payment = opened()
    forged = fake.callback(payment.order_id, status="PAID", paid_amount=10**9)
    assert portal(forged) == 200
    assert after(payment, minutes=0) == Status.PENDING


def test_another_token_is_refused_and_rubbish_too(fake, portal):
    payment = opened()
    assert portal(fake.callback(payment.order_id), token="another") == 403
    assert portal(fake.callback(payment.order_id), token="") == 403
    for body in (b"", b"[]", b"{}", b'{"external_id": 1, "status": "PAID"}'):
        assert portal(body) == 400
    assert not ProviderEvent.objects.exists()


def test_an_empty_token_opens_no_door(fake, settings):
    settings.XENDIT_CALLBACK_TOKEN = ""
    with pytest.raises(ImproperlyConfigured):
        XenditGateway().verify({}, b"{}")


def test_changing_the_way_lets_every_open_invoice_of_the_first_expire(fake):
    first = opened()
    fake.open({"external_id": first.order_id, "amount": TOTAL})
    second = start_payment(invoice=first.invoice, now=NOW, way="bank_transfer")
    assert [row["status"] for row in fake.of(first.order_id)] == ["EXPIRED", "EXPIRED"]
    assert fake.asked[-1][2]["payment_methods"] == ["BNI", "BRI", "MANDIRI", "PERMATA"]
    assert second.status == Status.PENDING


def test_one_that_was_paid_meanwhile_cannot_be_closed(fake):
    payment = opened()
    fake.pay(payment.order_id)
    with pytest.raises(AlreadyPaid):
        start_payment(invoice=payment.invoice, now=NOW, way="bank_transfer")


def test_nothing_goes_back_through_an_invoice(fake):
    payment = opened()
    with pytest.raises(CannotRefund):
        XenditGateway().refund(payment, amount=1, key="refund:1", now=NOW)
