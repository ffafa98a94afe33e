"""Somebody notices that nothing goes out: the page of head office and the command."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Role, User
from bricks.clock import JAKARTA
from notices import channel_health, sending, services
from notices.jobs import run_job
from notices.models import Message
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def rina(settings) -> User:
    settings.NOTICE_CHANNEL = "email"
    return User.objects.create_user("rina@contoh.example", name="Rina")


def post(user: User, key: str = "x", **more: object) -> Message:
    given = {"kind": "invoice_ready", "subject": "x", "body": "x", "now": NOW, **more}
    return services.post_message(key=key, user=user, **given)


def the_sender_ran(at) -> None:
    run_job(job="send_messages", today=TODAY, now=at, work=dict)


def refuse(monkeypatch, error: Exception) -> None:
    def send(self: EmailMessage) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)


def by_email(now):
    [row] = [r for r in channel_health.health_of_channels(now=now).channels if r.channel == "email"]
    return row


def test_a_channel_that_takes_nothing_for_hours_is_silent(rina, monkeypatch):
    post(rina, "before")
    sending.send_due_messages(now=NOW)
    refuse(monkeypatch, smtplib.SMTPServerDisconnected())
    post(rina, now=NOW + timedelta(hours=1))
    sending.send_due_messages(now=NOW + timedelta(hours=1))
    row = by_email(NOW + timedelta(hours=2))
    assert (row.waiting, row.is_silent, row.last_success) == (1, False, NOW)
    assert row.trouble == "SMTPServerDisconnected"
    row = by_email(NOW + timedelta(hours=3))
    assert row.is_silent
    assert row.waits_since == NOW + timedelta(hours=1)


def test_who_may_not_be_written_to_by_night_silences_no_channel(rina, monkeypatch):
    """Refused in the evening, waiting for the morning: at night nobody can tell."""
    evening = NOW.astimezone(JAKARTA).replace(hour=19, minute=59)
    refuse(monkeypatch, smtplib.SMTPServerDisconnected())
    post(rina, kind="reminder", now=evening)
    sending.send_due_messages(now=evening)
    assert by_email(evening).waiting == 1
    assert sending.send_due_messages(now=evening + timedelta(hours=3))["deferred"] == 1
    row = by_email(evening + timedelta(hours=8))
    assert (row.waiting, row.is_silent, row.trouble) == (0, False, "")
    morning = evening + timedelta(hours=12, minutes=2)
    sending.send_due_messages(now=morning)
    assert by_email(morning + timedelta(hours=3)).is_silent


def test_a_channel_with_nothing_to_send_is_not_silent(rina):
    post(rina, not_before=NOW + timedelta(days=2))
    row = by_email(NOW + timedelta(days=1))
    assert (row.waiting, row.is_silent, row.last_success) == (0, False, None)


@pytest.mark.parametrize(("code", "status"), [(550, "failed"), (450, "waiting")])
def test_an_address_that_the_server_refuses_for_good_is_given_up(rina, monkeypatch, code, status):
    refuse(monkeypatch, smtplib.SMTPRecipientsRefused({rina.email: (code, b"no such user")}))
    message = post(rina)
    sending.send_due_messages(now=NOW)
    message.refresh_from_db()
    assert message.status == status
    assert message.fault == (Message.Fault.ADDRESS if status == "failed" else "")
    assert by_email(NOW).failed == (1 if status == "failed" else 0)
    assert "rina" not in message.error


def test_messages_that_wait_without_a_sender_raise_the_alarm(rina, time_machine_at):
    post(rina)
    time_machine_at(NOW + timedelta(minutes=9))
    call_command("check_channels")
    time_machine_at(NOW + timedelta(minutes=11))
    with pytest.raises(CommandError, match="sender does not run"):
        call_command("check_channels")
    the_sender_ran(NOW + timedelta(minutes=10))
    call_command("check_channels")


def test_the_command_fails_where_a_channel_is_silent(rina, time_machine_at, capsys):
    post(rina)
    later = NOW + timedelta(hours=3)
    time_machine_at(later)
    the_sender_ran(later)
    with pytest.raises(CommandError, match="email"):
        call_command("check_channels")
    assert "email: SILENT, 1 waiting, last success never" in capsys.readouterr().out


def test_head_office_sees_it_on_the_page_of_jobs(rina, client, time_machine_at):
    post(rina)
    time_machine_at(NOW + timedelta(hours=3))
    pusat = User.objects.create_user("pusat@contoh.example")
    Role.objects.create(user=pusat, kind=Role.Kind.HEAD_OFFICE, given_at=NOW)
    client.force_login(pusat)
    page = client.get(reverse("jobs")).content.decode()
    assert "Tidak ada yang terkirim lewat e-mail" in page
    assert "Pengirim pesan tidak berjalan" in page
    assert "Pengirim belum pernah berjalan." in page
    the_sender_ran(NOW + timedelta(hours=3))
    page = client.get(reverse("jobs")).content.decode()
    assert "Pengirim pesan tidak berjalan" not in page
    assert "Pengirim terakhir berjalan 20 November 2026, 13.00\u00a0WIB." in page
