"""The Midtrans adapter against a provider that behaves as Midtrans's documents say."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from payments import ledger, webhooks
from payments.gateways.midtrans import MidtransGateway
from payments.gateways.protocol import BadAnswer, CannotRefund, GatewayUnavailable, State
from payments.models import Account, Payment, ProviderEvent
from payments.services.events import process_events
from payments.services.paying import AlreadyPaid, start_payment
from payments.services.polling import poll_pending
from tests.factories import NOW
from tests.payments.builders import TOTAL, open_invoice
from tests.payments.fake_midtrans import KEY, FakeMidtrans

pytestmark = pytest.mark.django_db

Status = Payment.Status


@pytest.fixture
def fake(settings, monkeypatch):
    provider = FakeMidtrans()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.PAYMENT_GATEWAY = "midtrans"
    settings.MIDTRANS_URL = provider.url
    settings.MIDTRANS_SERVER_KEY = KEY
    settings.PROVIDER_TIMEOUT = 1
    yield provider
    provider.close()


@pytest.fixture
def portal(monkeypatch):
    """Post to the portal's door as the provider does; nothing acts on it by itself."""
    monkeypatch.setattr(webhooks.bells, "ring", lambda word: None)
    monkeypatch.setattr(webhooks.clock, "now", lambda: NOW)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def post(body):
        answer = client.post(
            "/webhook/pembayaran/midtrans/", data=body, content_type="application/json"
        )
        return answer.status_code

    return post


def opened(way="qris", **fields):
    return start_payment(invoice=open_invoice(**fields), now=NOW, way=way)


def status(order_id):
    return MidtransGateway().status(order_id, now=NOW)


def after(payment, **later):
    """Let the job act, some minutes later; return how the payment stands then."""
    process_events(now=NOW + timedelta(**later))
    payment.refresh_from_db()
    return payment.status


def holding(payment):
    return ledger.balance_of(ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor))


# --- opening --------------------------------------------------------------------------


def test_a_charge_names_nobody_and_runs_until_the_invoice_expires(fake):
    payment = opened()
    [(method, path, body)] = fake.asked
    assert (method, path) == ("POST", "/v2/charge")
    assert body == {
        "payment_type": "qris",
        "transaction_details": {"order_id": payment.order_id, "gross_amount": TOTAL},
        "custom_expiry": {
            "order_time": "2026-11-20 10:00:00 +0700",
            "expiry_duration": 10 * 24 * 60,
            "unit": "minute",
        },
    }
    assert fake.auth == [f"Basic {b64encode(f'{KEY}:'.encode()).decode()}"]


def test_qris_comes_as_its_payload(fake):
    payment = opened()
    assert payment.status == Status.PENDING
    assert payment.qris.startswith("000201")
    assert (payment.va_number, payment.pay_page_url) == ("", "")


def test_without_a_payload_the_payer_is_led_to_the_providers_picture(fake):
    fake.keep_qris = True
    fake.extra = {"qr_string": None}
    way = fake._way
    fake._way = lambda *args: {**way(*args), "qr_string": None}
    payment = opened()
    assert payment.qris == ""
    assert payment.pay_page_url.startswith("https://api.midtrans.example/v2/qris/")


@pytest.mark.parametrize(
    ("bank", "shown", "number"),
    [
        ("bni", "Bank BNI", "9880120000000001"),
        ("permata", "Bank Permata", "8778000000000001"),
        ("mandiri", "Mandiri Bill", "70012 810000000001"),
    ],
)
def test_account_numbers_come_in_several_shapes(fake, settings, bank, shown, number):
    settings.MIDTRANS_VA_BANK = bank
    payment = opened("bank_transfer")
    assert (payment.va_bank, payment.va_number) == (shown, number)
    assert payment.qris == ""


def test_a_charge_whose_answer_was_lost_is_read_again_under_the_same_order(fake):
    invoice = open_invoice()
    fake.faults = ["lost"]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=invoice, now=NOW, way="bank_transfer")
    payment = start_payment(invoice=invoice, now=NOW, way="bank_transfer")
    assert payment.va_number == "9880120000000001"
    assert list(fake.orders) == [payment.order_id]


def test_a_lost_qris_cannot_be_read_again_and_is_replaced(fake):
    invoice = open_invoice()
    fake.faults = ["lost"]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=invoice, now=NOW, way="qris")
    payment = start_payment(invoice=invoice, now=NOW, way="qris")
    assert payment.qris
    first, second = fake.orders.values()
    assert (first["transaction_status"], second["transaction_status"]) == ("cancel", "pending")
    assert payment.order_id == second["order_id"]


@pytest.mark.parametrize("fault", ["500", "503", "401", "402", "429", "silence", "html", "list"])
def test_a_provider_in_trouble_leaves_a_payment_that_the_next_click_opens(fake, fault):
    invoice = open_invoice()
    fake.faults = [fault]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=invoice, now=NOW)
    assert Payment.everything.get().status == Status.NEW
    assert start_payment(invoice=invoice, now=NOW).status == Status.PENDING


def test_without_a_key_nothing_is_asked_or_believed(fake, settings):
    settings.MIDTRANS_SERVER_KEY = ""
    with pytest.raises(ImproperlyConfigured):
        status("any")
    with pytest.raises(ImproperlyConfigured):
        MidtransGateway().verify({}, b"{}")


# --- the status call ------------------------------------------------------------------


def test_an_order_without_a_way_yet_is_unknown(fake):
    assert status("SERTAKAN-2026-000001-1").state is State.UNKNOWN


def test_what_a_status_says(fake):
    payment = opened()
    fake.pay(payment.order_id, at=NOW + timedelta(minutes=3))
    truth = status(payment.order_id)
    assert (truth.state, truth.amount, truth.channel) == (State.SETTLED, TOTAL, "qris")
    assert truth.settled_at == NOW + timedelta(minutes=3)


@pytest.mark.parametrize("word", ["settlement", "SETTLEMENT", "Settlement"])
def test_words_come_in_any_case_and_unknown_fields_are_ignored(fake, word):
    payment = opened()
    fake.pay(payment.order_id)
    fake.become(payment.order_id, word, fraud_status="ACCEPT", new_field={"a": [1]})
    assert status(payment.order_id).state is State.SETTLED


def test_a_way_without_a_fraud_status_is_no_suspicion(fake):
    payment = opened("bank_transfer")
    fake.pay(payment.order_id)
    del fake.orders[payment.order_id]["fraud_status"]
    assert status(payment.order_id).state is State.SETTLED


def test_an_answer_about_another_order_is_believed_for_none(fake):
    payment, other = opened(), opened()
    fake.pay(other.order_id)
    fake.orders[payment.order_id] = fake.orders[other.order_id]
    with pytest.raises(BadAnswer):
        status(payment.order_id)


@pytest.mark.parametrize("fault", ["500", "401", "429", "silence", "html", "list"])
def test_a_status_call_that_fails_says_nothing_about_the_order(fake, fault):
    payment = opened()
    fake.faults = [fault]
    with pytest.raises(GatewayUnavailable):
        status(payment.order_id)


# --- webhooks -------------------------------------------------------------------------


def test_a_settlement_counts_once_the_status_call_confirms_it(fake, portal):
    payment = opened()
    fake.pay(payment.order_id)
    assert fake.notify(fake.notification(payment.order_id), portal) == [200]
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    assert after(payment, minutes=0) == Status.SETTLED
    assert holding(payment) == TOTAL


def test_a_forged_settlement_under_a_true_signature_moves_nothing(fake, portal):
    """The signature does not cover the status, so one seen webhook can be rewritten."""
    payment = opened()
    seen = json.loads(fake.notification(payment.order_id, status_code="200"))
    forged = {**seen, "transaction_status": "settlement", "settlement_time": "2026-11-20 10:01:00"}
    assert portal(json.dumps(forged).encode()) == 200
    for minutes in (0, 2, 5, 12, 40, 120):
        assert after(payment, minutes=minutes) == Status.PENDING
    assert holding(payment) == 0
    assert ProviderEvent.objects.get().outcome == ProviderEvent.Outcome.FOR_A_PERSON


def test_settlement_then_deny_takes_it_back(fake, portal):
    payment = opened("bank_transfer")
    fake.pay(payment.order_id)
    fake.notify(fake.notification(payment.order_id), portal)
    assert after(payment, minutes=0) == Status.SETTLED
    fake.become(payment.order_id, "deny")
    fake.notify(fake.notification(payment.order_id), portal)
    assert after(payment, minutes=1) == Status.REVERSED


def test_pending_after_settlement_and_doubles_change_nothing(fake, portal):
    payment = opened()
    pending = fake.notification(payment.order_id)
    fake.pay(payment.order_id)
    settled = fake.notification(payment.order_id)
    for body in (settled, pending, settled, settled):
        assert portal(body) == 200
    assert after(payment, minutes=0) == Status.SETTLED
    assert after(payment, minutes=9) == Status.SETTLED
    assert ProviderEvent.objects.count() == 2
    assert holding(payment) == TOTAL


def test_the_amount_is_signed_as_it_was_written(fake, portal):
    payment = opened()
    body = json.loads(fake.notification(payment.order_id))
    assert portal(json.dumps({**body, "gross_amount": str(TOTAL)}).encode()) == 403
    assert portal(json.dumps(body).encode()) == 200


def test_the_notification_key_signs_where_the_account_has_one(fake, portal, settings):
    body = fake.notification(opened().order_id)
    settings.MIDTRANS_NOTIFICATION_KEY = "another-key"
    assert portal(body) == 403
    settings.MIDTRANS_NOTIFICATION_KEY = KEY
    assert portal(body) == 200


@pytest.mark.parametrize(("times", "answers"), [(1, [500, 200]), (5, [500, 500])])
def test_after_trouble_of_ours_the_webhook_comes_again_once(
    fake, portal, monkeypatch, times, answers
):
    payment = opened()
    fake.pay(payment.order_id)
    store, troubles = webhooks.store_event, [1] * times

    def troubled(**fields):
        if troubles:
            troubles.pop()
            raise RuntimeError("the database is away")
        return store(**fields)

    monkeypatch.setattr(webhooks, "store_event", troubled)
    assert fake.notify(fake.notification(payment.order_id), portal) == answers


@pytest.mark.parametrize(
    ("answer", "sent"), [(200, 1), (302, 1), (500, 2), (404, 3), (400, 3), (503, 5), (403, 6)]
)
def test_the_fake_sends_again_as_the_documents_say(fake, answer, sent):
    assert len(fake.notify(b"{}", lambda body: answer)) == sent


def test_what_no_webhook_told_the_poll_finds(fake):
    payment = opened()
    fake.pay(payment.order_id)
    fake.faults = ["503"]
    assert poll_pending(now=NOW + timedelta(minutes=1))["unanswered"] == 1
    assert poll_pending(now=NOW + timedelta(minutes=3))["changed"] == 1
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED


# --- closing, and sending back ----------------------------------------------------------


def test_changing_the_way_closes_the_first_order(fake):
    first = opened()
    second = start_payment(invoice=first.invoice, now=NOW, way="bank_transfer")
    words = [order["transaction_status"] for order in fake.orders.values()]
    assert words == ["cancel", "pending"]
    assert second.va_number


def test_an_order_that_was_paid_meanwhile_cannot_be_closed(fake):
    payment = opened()
    fake.pay(payment.order_id)
    with pytest.raises(AlreadyPaid):
        start_payment(invoice=payment.invoice, now=NOW, way="bank_transfer")
    assert holding(payment) == TOTAL


@pytest.mark.parametrize("fault", ["500", "401", "silence"])
def test_while_closing_fails_nothing_else_is_opened(fake, fault):
    payment = opened()
    fake.faults = [fault]
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=payment.invoice, now=NOW, way="bank_transfer")
    assert len(fake.orders) == 1


def send_back(payment, amount, key="refund:1"):
    return MidtransGateway().refund(payment, amount=amount, key=key, now=NOW)


def paid(fake, way="qris"):
    payment = opened(way)
    fake.pay(payment.order_id)
    return payment


def test_a_part_goes_back_and_then_the_rest(fake):
    payment = paid(fake)
    assert send_back(payment, 100_000) == "1"
    truth = status(payment.order_id)
    assert (truth.state, truth.refunded) == (State.PARTIAL, 100_000)
    assert send_back(payment, TOTAL - 100_000, "refund:2") == "2"
    truth = status(payment.order_id)
    assert (truth.state, truth.refunded) == (State.REVERSED, TOTAL)


def test_a_refund_whose_answer_was_lost_is_made_once(fake):
    payment = paid(fake)
    fake.faults = ["lost"]
    with pytest.raises(GatewayUnavailable):
        send_back(payment, 100_000)
    assert send_back(payment, 100_000) == "1"
    assert status(payment.order_id).refunded == 100_000
    with pytest.raises(CannotRefund):
        send_back(payment, 50_000)


def test_an_account_takes_nothing_back_and_nobody_is_asked(fake):
    payment = paid(fake, "bank_transfer")
    fake.asked.clear()
    with pytest.raises(CannotRefund):
        send_back(payment, TOTAL)
    assert fake.asked == []


def test_more_than_came_in_does_not_go_back(fake):
    with pytest.raises(CannotRefund):
        send_back(paid(fake), TOTAL + 1)


@pytest.mark.parametrize("fault", ["500", "414", "429", "401", "silence"])
def test_a_refund_is_tried_again_after_trouble(fake, fault):
    payment = paid(fake)
    fake.faults = [fault]
    with pytest.raises(GatewayUnavailable):
        send_back(payment, TOTAL)
    assert send_back(payment, TOTAL) == "1"
