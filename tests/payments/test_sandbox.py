"""The sandbox provider: its charges, its webhooks over HTTP, its rules for trying again."""

import json
from datetime import timedelta

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from bricks import clock
from payments.gateways.notification import event_of, signature
from payments.gateways.protocol import CannotRefund, GatewayUnavailable, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import Payment, ProviderEvent, SandboxCharge, SandboxDelivery
from payments.sandbox import deliveries, provider
from payments.sandbox.deliveries import deliver, next_pause
from payments.services.events import process_events
from payments.tasks import deliver_sandbox_webhooks, poll_pending
from payments.tasks import process_events as process_task
from tests.factories import NOW
from tests.payments.builders import TOTAL, charge_of, pay_at_provider, pending_payment

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class Portal:
    """Stands at the other end of the wire; answers what it is told to."""

    def __init__(self):
        self.answers = []
        self.got = []
        self.location = ""

    def post(self, url, *, data, headers, timeout, allow_redirects):
        self.got.append((url, json.loads(data)))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = answer
        if self.location:
            response.headers["Location"] = self.location
        return response

    def words(self):
        return [body["transaction_status"] for _, body in self.got]


@pytest.fixture
def portal(monkeypatch):
    portal = Portal()
    monkeypatch.setattr(
        requests.Session, "post", lambda self, url, **kwargs: portal.post(url, **kwargs)
    )
    return portal


@pytest.fixture
def payment(portal):
    """A pending payment of whose opening the portal has been told."""
    payment = pending_payment()
    deliver(now=NOW)
    portal.got.clear()
    return payment


def test_opening_a_charge_sends_a_signed_pending_webhook(portal):
    payment = pending_payment()
    assert deliver(now=NOW)["delivered"] == 1
    [(url, body)] = portal.got
    assert url == "http://127.0.0.1:8000/webhook/pembayaran/sandbox/"
    assert body["transaction_status"] == "pending"
    assert body["status_code"] == "201"
    assert body["gross_amount"] == "184800.00"
    assert body["transaction_time"] == "2026-11-20 10:00:00"
    assert "settlement_time" not in body
    assert body["signature_key"] == signature(
        order_id=payment.order_id,
        status_code="201",
        gross_amount="184800.00",
        server_key=provider.server_key(),
    )


def test_a_webhook_goes_to_the_address_that_is_set(portal, settings):
    settings.SANDBOX_WEBHOOK_URL = "http://web:8000/hook/"
    pending_payment()
    deliver(now=NOW)
    assert portal.got[0][0] == "http://web:8000/hook/"


def test_a_repeated_charge_is_the_first_one():
    first = charge_of(pending_payment())
    again = provider.open_charge(
        order_id=first.order_id,
        amount=1,
        way="bank_transfer",
        expires_at=NOW,
        return_url="/",
        now=NOW,
    )
    assert again == first
    assert (again.gross_amount, again.qris) == (TOTAL, first.qris)
    assert first.deliveries.count() == 1


def play(payment, **chosen):
    answer = {"act": "pay", "way": "qris", "amount": TOTAL, "delivery": "prompt", **chosen}
    return provider.play(charge=charge_of(payment), now=NOW, **answer)


def test_paying_sends_the_settlement(portal, payment):
    assert play(payment)
    deliver(now=NOW)
    [(_, body)] = portal.got
    assert body["transaction_status"] == "settlement"
    assert body["settlement_time"] == "2026-11-20 10:00:00"
    assert body["status_code"] == "200"


def test_paying_twice_changes_nothing(portal, payment):
    assert play(payment)
    assert not play(payment, amount=1)
    assert not play(payment, act="expire")
    deliver(now=NOW)
    assert portal.words() == ["settlement"]
    assert charge_of(payment).paid_amount == TOTAL


def test_another_amount_stands_in_the_webhook_and_is_signed(portal, payment):
    play(payment, amount=100_000)
    deliver(now=NOW)
    [(_, body)] = portal.got
    assert body["gross_amount"] == "100000.00"
    assert event_of(json.dumps(body).encode(), server_key=provider.server_key())


def test_nothing_cannot_be_paid(payment):
    with pytest.raises(provider.AmountNeeded):
        play(payment, amount=0)


def test_the_bank_takes_back_within_minutes(portal, payment):
    play(payment, act="deny")
    deliver(now=NOW)
    assert provider.status_answer(order_id=payment.order_id, now=NOW)["status_code"] == "200"
    deliver(now=NOW + provider.DENY_AFTER)
    assert portal.words() == ["settlement", "deny"]
    assert portal.got[-1][1]["status_code"] == "202"


def test_letting_it_expire_sends_expire(portal, payment):
    play(payment, act="expire")
    deliver(now=NOW)
    assert portal.words() == ["expire"]


def test_an_unpaid_charge_expires_by_itself(portal, payment):
    just_before = NOW + timedelta(days=10) - timedelta(seconds=1)
    assert deliver(now=just_before)["changed"] == 0
    assert deliver(now=NOW + timedelta(days=10))["changed"] == 1
    assert portal.words() == ["expire"]


def test_a_late_webhook_comes_late(portal, payment):
    play(payment, delivery="late")
    deliver(now=NOW + provider.LATE - timedelta(seconds=1))
    assert portal.words() == []
    deliver(now=NOW + provider.LATE)
    assert portal.words() == ["settlement"]


def test_a_webhook_sent_twice_is_the_same_to_the_letter(portal, payment):
    play(payment, delivery="twice")
    deliver(now=NOW)
    assert portal.words() == ["settlement", "settlement"]
    assert portal.got[0] == portal.got[1]


def test_a_reordered_webhook_has_pending_last(portal, payment):
    play(payment, delivery="reordered")
    deliver(now=NOW)
    assert portal.words() == ["settlement", "pending"]


def test_a_lost_webhook_never_comes_but_the_status_call_knows(portal, payment):
    play(payment, delivery="lost")
    deliver(now=NOW + timedelta(days=1))
    assert portal.words() == []
    answer = provider.status_answer(order_id=payment.order_id, now=NOW)
    assert answer["transaction_status"] == "settlement"


def test_the_status_call_does_not_know_an_unknown_order():
    assert provider.status_answer(order_id="nothing", now=NOW)["status_code"] == "404"


def test_the_sandbox_signs_nothing_without_a_key(settings, payment):
    settings.SANDBOX_SERVER_KEY = ""
    with pytest.raises(ImproperlyConfigured):
        play(payment)
    assert charge_of(payment).status == "pending"


# --- trying again --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "tries"),
    [(500, 2), (503, 5), (400, 3), (404, 3), (301, 1), (302, 1), (303, 1), (403, 6), (None, 6)],
)
def test_a_webhook_is_tried_again_as_the_answer_says(answer, tries):
    pauses = [next_pause(answer, attempt) for attempt in range(1, tries + 1)]
    assert pauses == [*deliveries.PAUSES[: tries - 1], None]
    assert [p.total_seconds() / 60 for p in deliveries.PAUSES] == [2, 10, 30, 90, 210]


def test_a_refused_webhook_is_sent_again_after_its_pause(portal, payment):
    play(payment)
    portal.answers = [503, requests.ConnectionError()]
    assert deliver(now=NOW)["postponed"] == 1
    assert deliver(now=NOW + MINUTE)["postponed"] == 0
    assert deliver(now=NOW + 2 * MINUTE)["postponed"] == 1
    assert deliver(now=NOW + 12 * MINUTE)["delivered"] == 1
    assert len(portal.got) == 3


def test_the_sandbox_gives_up_in_the_end(portal, payment):
    play(payment)
    portal.answers = [500, 500]
    deliver(now=NOW)
    assert deliver(now=NOW + 2 * MINUTE)["given_up"] == 1
    assert deliver(now=NOW + timedelta(days=1))["delivered"] == 0
    delivery = SandboxDelivery.objects.get(given_up_at__isnull=False)
    assert (delivery.attempts, delivery.last_answer) == (2, 500)


def test_a_redirect_of_the_method_is_followed_to_the_same_host_only(portal, payment):
    play(payment)
    portal.answers = [307, 200]
    portal.location = "/webhook/pembayaran/sandbox/neu/"
    assert deliver(now=NOW)["delivered"] == 1
    assert [url.rpartition("sandbox/")[2] for url, _ in portal.got] == ["", "neu/"]


def test_a_redirect_to_another_host_is_not_followed(portal, payment):
    play(payment)
    portal.answers = [308]
    portal.location = "http://elsewhere.example/"
    assert deliver(now=NOW)["postponed"] == 1
    assert len(portal.got) == 1


def test_the_claim_of_a_dead_sender_is_offered_again(portal, payment):
    play(payment)
    SandboxDelivery.objects.filter(delivered_at=None).update(claimed_at=NOW)
    assert deliver(now=NOW + MINUTE / 2)["delivered"] == 0
    assert deliver(now=NOW + MINUTE)["delivered"] == 1


# --- over the wire ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_webhook_reaches_the_portal_over_http(live_server, settings):
    settings.PUBLIC_URL = live_server.url
    # The clock alone does the work here: a bell would do it before the test looks.
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())
    payment = pending_payment()
    pay_at_provider(payment)
    assert deliver(now=NOW)["delivered"] == 2
    assert ProviderEvent.objects.count() == 2
    process_events(now=clock.now())
    payment.refresh_from_db()
    assert payment.status == Payment.Status.SETTLED


@pytest.mark.django_db(transaction=True)
def test_while_the_bells_ring_paying_settles_by_itself(live_server, settings, client):
    settings.PUBLIC_URL = live_server.url
    own = {"sandbox_delivery", "payment_event"}
    settings.BELL_TASKS = {
        word: tasks if word in own else () for word, tasks in settings.BELL_TASKS.items()
    }
    payment = pending_payment(now=clock.now())
    chosen = {"way": "qris", "act": "pay", "amount": "184800", "delivery": "twice"}
    assert client.post(payment.pay_page_url, chosen).status_code == 302
    payment.refresh_from_db()
    assert payment.status == Payment.Status.SETTLED
    assert payment.received == TOTAL


def test_the_tasks_do_what_the_clock_asks(portal, payment):
    play(payment, delivery="lost")
    for task in (deliver_sandbox_webhooks, process_task, poll_pending):
        task()
    assert SandboxCharge.objects.get().status == "settlement"


# --- closing, and sending back ------------------------------------------------------------


def gateway():
    return SandboxGateway()


def paid(way="qris"):
    payment = pending_payment(way=way)
    pay_at_provider(payment)
    return payment


def send_back(payment, amount, key="refund:1"):
    return gateway().refund(payment, amount=amount, key=key, now=NOW)


def test_a_closed_order_cannot_be_paid_any_more(portal, payment):
    assert gateway().cancel(payment.order_id, now=NOW) is State.FAILED
    assert gateway().cancel(payment.order_id, now=NOW) is State.FAILED
    assert not play(payment)
    deliver(now=NOW)
    assert portal.words() == ["cancel"]


def test_closing_says_what_is_true():
    assert gateway().cancel("nothing", now=NOW) is State.UNKNOWN
    assert gateway().cancel(paid().order_id, now=NOW) is State.SETTLED


def test_all_of_it_goes_back():
    payment = paid()
    assert send_back(payment, TOTAL).startswith("sandbox-refund-")
    truth = gateway().status(payment.order_id, now=NOW)
    assert (truth.state, truth.refunded) == (State.REVERSED, TOTAL)


def test_parts_go_back_until_nothing_is_left():
    payment = paid()
    send_back(payment, 100_000)
    truth = gateway().status(payment.order_id, now=NOW)
    assert (truth.state, truth.refunded, truth.amount) == (State.PARTIAL, 100_000, TOTAL)
    with pytest.raises(CannotRefund):
        send_back(payment, TOTAL - 99_999, "refund:2")
    send_back(payment, TOTAL - 100_000, "refund:2")
    assert gateway().status(payment.order_id, now=NOW).state is State.REVERSED


def test_the_same_key_sends_back_once():
    payment = paid()
    first = send_back(payment, 84_800)
    assert send_back(payment, 84_800) == first
    assert gateway().status(payment.order_id, now=NOW).refunded == 84_800
    with pytest.raises(CannotRefund):
        send_back(payment, 84_801)


def test_an_account_takes_nothing_back():
    with pytest.raises(CannotRefund):
        send_back(paid("bank_transfer"), TOTAL)


def test_what_has_not_come_in_does_not_go_back(payment):
    with pytest.raises(GatewayUnavailable):
        send_back(payment, TOTAL)
