"""The providers' door: verify, keep, answer."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments import webhooks
from payments.models import Payment, ProviderEvent
from payments.services.events import process_events
from tests.factories import NOW
from tests.payments.builders import body_of, pay_at_provider, pending_payment

pytestmark = pytest.mark.django_db

URL = "/webhook/pembayaran/sandbox/"


@pytest.fixture
def rung(monkeypatch):
    words = []
    monkeypatch.setattr(webhooks.bells, "ring", words.append)
    return words


@pytest.fixture
def provider_client():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def paid():
    payment = pending_payment()
    pay_at_provider(payment)
    return payment


def post(client, body, url=URL, **extra):
    return client.post(url, data=body, content_type="application/json", **extra)


def test_a_signed_webhook_is_kept_and_answered(provider_client, paid, rung):
    body = body_of(paid)
    assert post(provider_client, body).status_code == 200
    event = ProviderEvent.objects.get()
    assert event.body == body.decode()
    assert (event.order_id, event.state) == (paid.order_id, "settled")
    assert rung == ["payment_event"]
    paid.refresh_from_db()
    assert paid.status == Payment.Status.PENDING


def test_the_same_webhook_again_is_answered_and_not_kept(provider_client, paid, rung):
    body = body_of(paid)
    answers = [post(provider_client, body).status_code for _ in range(5)]
    assert answers == [200] * 5
    assert ProviderEvent.objects.count() == 1
    assert rung == ["payment_event"]


def test_a_wrong_signature_is_refused_and_nothing_is_kept(provider_client, paid, rung):
    body = body_of(paid, signature_key="0" * 128)
    assert post(provider_client, body).status_code == 403
    assert not ProviderEvent.objects.exists()
    assert rung == []


def test_a_webhook_that_was_changed_on_the_way_is_refused(provider_client, paid):
    assert post(provider_client, body_of(paid, gross_amount="999999999.00")).status_code == 403
    assert not ProviderEvent.objects.exists()


def test_a_forged_status_under_a_true_signature_moves_nothing(provider_client):
    """The signature does not cover the status: who has seen one webhook can write another."""
    payment = pending_payment()
    body = body_of(payment, transaction_status="settlement")
    assert post(provider_client, body).status_code == 200
    process_events(now=NOW)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"\xff", b"[" * 50_000, json.dumps({"a": 1}).encode()]
)
def test_rubbish_is_refused_with_400(provider_client, body):
    assert post(provider_client, body).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_too_much_is_refused_with_413(provider_client):
    assert post(provider_client, b"{" + b" " * webhooks.MAX_BYTES).status_code == 413
    assert post(provider_client, b" " * webhooks.MAX_BYTES).status_code == 400


@pytest.mark.parametrize("name", ["nobody", "midtrans", "sandbox2"])
def test_a_provider_that_does_not_serve_here_is_not_found(provider_client, paid, name):
    answer = post(provider_client, body_of(paid), url=f"/webhook/pembayaran/{name}/")
    assert answer.status_code == 404


def test_the_sandbox_is_deaf_where_a_real_provider_serves_alone(provider_client, paid, settings):
    settings.PAYMENT_GATEWAY = "another"
    assert post(provider_client, body_of(paid)).status_code == 404
    settings.PAYMENT_GATEWAYS_ALSO = ["sandbox"]
    assert post(provider_client, body_of(paid)).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(provider_client, method):
    assert getattr(provider_client, method)(URL).status_code == 405


def test_an_empty_server_key_opens_no_door(provider_client, paid, settings):
    body = body_of(paid)
    settings.SANDBOX_SERVER_KEY = ""
    provider_client.raise_request_exception = False
    assert post(provider_client, body).status_code == 500
    assert not ProviderEvent.objects.exists()


def test_a_new_one_costs_one_insert(provider_client, paid, rung):
    body = body_of(paid)
    with CaptureQueriesContext(connection) as queries:
        post(provider_client, body)
    asked = [q["sql"].split()[0] for q in queries.captured_queries]
    assert [word for word in asked if word not in {"SAVEPOINT", "RELEASE"}] == ["INSERT"]
