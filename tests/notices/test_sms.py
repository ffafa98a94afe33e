"""Short messages by Apprise, against a provider on this machine."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from notices import sending, services, sms, sms_by_apprise
from notices.models import Message
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"


class Provider(HTTPServer):
    """Keeps what it was sent; answers what it is told to."""

    answer = 200
    taken: list[tuple[str, dict[str, Any]]]


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.path, body))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), _Handler)
    server.taken = []
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.SMS_SENDER = "notices.sms_by_apprise.send"
    settings.SMS_URL = f"json://127.0.0.1:{server.server_port}/{{phone}}"
    yield server
    server.shutdown()
    server.server_close()


def post() -> Message:
    return services.post_to_phone(
        key="x", kind="person_code", phone=PHONE, language="id", body="Kode 123456.", now=NOW
    )


def test_a_short_message_reaches_the_provider_whole(provider):
    assert sms.is_set_up()
    post()
    assert sending.send_due_messages(now=NOW)["sent"] == 1
    [(path, body)] = provider.taken
    assert path.replace("%2B", "+") == f"/{PHONE}"
    assert (body["message"], body["title"]) == ("Kode 123456.", "")


@pytest.mark.parametrize("answer", [400, 429, 500])
def test_what_the_provider_does_not_take_is_tried_again(provider, answer, caplog):
    provider.answer = answer
    message = post()
    assert sending.send_due_messages(now=NOW)["postponed"] == 1
    message.refresh_from_db()
    assert message.error == "NotTaken"
    assert PHONE not in caplog.text


def test_an_address_that_is_none_sends_nothing(settings):
    settings.SMS_URL = "nonsense"
    with pytest.raises(sms.NotTaken):
        sms_by_apprise.send(phone=PHONE, text="x", now=NOW)
