"""The door of WhatsApp's Cloud API, against the shape that Meta documents."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from notices.models import Reply

pytestmark = pytest.mark.django_db
SECRET = "rahasia-aplikasi-untuk-uji"
TOKEN = "kata-sandi-verifikasi-untuk-uji"
MESSAGE = {
    "from": "6281234567890",
    "id": "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABIYFDNB",
    "timestamp": "1763600000",
    "type": "text",
    "text": {"body": "2"},
}


@pytest.fixture(autouse=True)
def _set_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = SECRET, TOKEN


def delivery(*messages: dict[str, Any], **value: Any) -> dict[str, Any]:
    """A webhook of the field `messages`, as the reference of the Cloud API shows it."""
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "102290129340398",
                "changes": [
                    {
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "15550783881",
                                "phone_number_id": "106540352242922",
                            },
                            "contacts": [{"profile": {"name": "X"}, "wa_id": "6281234567890"}],
                            "messages": list(messages),
                            **value,
                        },
                        "field": "messages",
                    }
                ],
            }
        ],
    }


def post(body: Any, *, secret: str = SECRET, signature: str | None = None) -> HttpResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return Client(enforce_csrf_checks=True).post(
        reverse("whatsapp_webhook"),
        raw,
        content_type="application/json",
        headers={"x-hub-signature-256": signed if signature is None else signature},
    )


def test_a_signed_message_is_kept_sealed_and_answered_at_once():
    assert post(delivery(MESSAGE)).status_code == 200
    kept = Reply.objects.get()
    assert (kept.provider, kept.provider_id) == ("whatsapp", MESSAGE["id"])
    assert (kept.phone, kept.text) == ("+6281234567890", "2")
    assert json.loads(kept.raw) == MESSAGE
    columns = Reply.objects.extra(select={"r": "raw", "p": "phone", "t": "text"})
    stored = columns.values_list("r", "p", "t").get()
    assert not any("628" in column or column == "2" for column in stored)


def test_the_same_message_delivered_again_is_kept_once():
    assert [post(delivery(MESSAGE)).status_code for _ in range(2)] == [200, 200]
    assert Reply.objects.count() == 1


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "é"])
def test_a_wrong_signature_is_refused_and_nothing_kept(signature):
    assert post(delivery(MESSAGE), signature=signature).status_code == 403
    assert not Reply.objects.exists()


def test_another_secret_is_refused():
    assert post(delivery(MESSAGE), secret="lain").status_code == 403


def test_the_signature_is_of_the_raw_body():
    """The same object written with other spaces is another body."""
    raw = json.dumps(delivery(MESSAGE), indent=1).encode()
    assert post(raw).status_code == 200


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ({"type": "button", "button": {"payload": "2", "text": "Bukan saya"}}, "2"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "2", "title": "x"}},
            },
            "2",
        ),
        ({"type": "image", "image": {"id": "1"}}, ""),
        ({"type": "text", "text": "2"}, ""),
        ({"type": "text", "text": {"body": "\ud800\x00"}}, "?\x00"),
    ],
)
def test_each_kind_of_message_is_read(shape, text):
    message = {"from": "6281234567890", "id": "wamid.A", **shape}
    assert post(delivery(message)).status_code == 200
    assert Reply.objects.get().text == text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entry": None},
        {"entry": [None, 1, "x", {"changes": {}}]},
        {"entry": [{"changes": [{"value": None}, {"value": []}, {"field": "new_field"}]}]},
        delivery(statuses=[{"id": "wamid.B", "status": "delivered"}]),
        delivery({"from": "6281234567890"}),
        delivery({"from": "6281234567890", "id": ["a"]}),
        delivery({"from": "6281234567890", "id": "a\x00b"}),
        delivery({"from": "6281234567890", "id": "x" * 201}),
    ],
)
def test_what_bears_no_message_is_taken_and_left_alone(body):
    assert post(body).status_code == 200
    assert not Reply.objects.exists()


def test_a_sender_from_abroad_is_kept_without_an_index():
    assert post(delivery({**MESSAGE, "from": "15550783881"})).status_code == 200
    assert Reply.objects.get().phone_index == ""


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_rubbish_is_refused(body):
    assert post(body).status_code == 400


def test_the_challenge_is_echoed_to_who_knows_the_token(client):
    asked = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"}
    found = client.get(reverse("whatsapp_webhook"), asked)
    assert (found.status_code, found.content) == (200, b"1158201444")
    assert found.headers["Content-Type"] == "text/plain"
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "x"}):
        assert client.get(reverse("whatsapp_webhook"), {**asked, **wrong}).status_code == 403


@pytest.mark.parametrize("name", ["WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"])
def test_without_both_settings_there_is_no_door(settings, client, name):
    setattr(settings, name, "")
    assert post(delivery(MESSAGE)).status_code == 404
    assert client.get(reverse("whatsapp_webhook")).status_code == 404
