"""E-mail by Django's backend against a mail server on this machine."""

import logging
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from notices import outcomes, sending, services
from notices.channel_health import health_of_channels
from notices.models import Message
from tests.factories import NOW
from tests.notices.fake_smtp import FakeSmtp

pytestmark = pytest.mark.django_db
ADDRESS = "rina@contoh.example"


@pytest.fixture
def server(settings: Any) -> Iterator[FakeSmtp]:
    fake = FakeSmtp()
    settings.NOTICE_CHANNEL = "email"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", fake.port, 2
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "kata-sandi-uji"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield fake
    fake.close()


def post(kind: str = "invoice_ready", language: str = "id") -> Message:
    user = User.objects.create_user(ADDRESS, language=language)
    body = "Perlindungan Anda segera berakhir.\n.\nSalam."
    return services.post_message(
        key="x", kind=kind, user=user, subject="Kabar dari Anda", body=body, now=NOW
    )


def send(message: Message, now: Any = NOW) -> dict[str, int]:
    counts = sending.send_due_messages(now=now)
    message.refresh_from_db()
    return {name: count for name, count in counts.items() if count}


def test_the_mail_arrives_whole_with_its_way_out(server, settings):
    message = post("reminder", "en")
    assert send(message) == {"sent": 1}
    [(to, mail)] = server.taken
    assert to == [ADDRESS]
    assert (mail["Subject"], mail["To"]) == ("Kabar dari Anda", ADDRESS)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip(" <>")
    text = mail.get_content()
    assert text.startswith("Perlindungan Anda segera berakhir.\n.\nSalam.\n")
    assert link.startswith(f"{settings.PUBLIC_URL}/pesan/berhenti/")
    assert text.rstrip().endswith(link)


@pytest.mark.parametrize(
    ("command", "answer", "pause", "error"),
    [
        ("RCPT", "450 greylisted, rina@contoh.example", 2, "SMTPRecipientsRefused"),
        ("RCPT", "452 mailbox full", 2, "SMTPRecipientsRefused"),
        ("DATA", "451 local error", 2, "smtp 451"),
        ("DATA", "554 looks like spam", 2, "smtp 554"),
        ("MAIL", "421 too many connections", 60, "smtp 421"),
        ("MAIL", "553 sender not ours", 60, "smtp 553"),
        ("AUTH", "535 bad credentials", 60, "smtp 535"),
        ("HELLO", "554 no service", 2, "smtp 554"),
    ],
)
def test_what_may_pass_is_tried_again(server, command, answer, pause, error):
    message = post()
    server.refusals = {command: answer}
    assert send(message) == {"postponed": 1}
    assert (message.not_before, message.error) == (NOW + timedelta(minutes=pause), error)
    server.refusals = {}
    assert send(message, message.not_before) == {"sent": 1}
    assert [to for to, _mail in server.taken] == [[ADDRESS]]


@pytest.mark.parametrize("answer", ["550 no such user rina@contoh.example", "551 moved", "553 bad"])
def test_an_address_that_is_refused_for_good_is_given_up_at_once(server, caplog, answer):
    caplog.set_level(logging.DEBUG)
    message = post()
    server.refusals = {"RCPT": answer}
    assert send(message) == {"failed": 1}
    assert (message.fault, message.failed_at) == (Message.Fault.ADDRESS, NOW)
    assert message.error == f"smtp {answer[:3]}"
    assert send(message, NOW + timedelta(days=1)) == {}
    assert ADDRESS not in caplog.text
    assert "Perlindungan" not in caplog.text


def test_a_server_that_is_away_over_the_weekend_loses_no_message(settings):
    with socket.socket() as closed:
        # Bound, but nobody listens: each call is refused.
        closed.bind(("127.0.0.1", 0))
        settings.NOTICE_CHANNEL = "email"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = closed.getsockname()
        message, now, pauses = post(), NOW, []
        while now < NOW + timedelta(hours=60):
            assert send(message, now) == {"postponed": 1}
            pauses.append((message.not_before - now) // timedelta(minutes=1))
            now = message.not_before
        assert pauses[:6] == [2, 10, 30, 60, 60, 60]
        [row] = [one for one in health_of_channels(now=now).channels if one.channel == "email"]
        assert (row.is_silent, row.trouble) == (True, "ConnectionRefusedError")
        for _ in range(outcomes.MAX_ATTEMPTS_OF_OURS - message.attempts):
            send(message, message.not_before)
    assert (message.status, message.fault) == ("failed", Message.Fault.ACCOUNT)
