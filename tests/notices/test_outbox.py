"""The outbox: a message is kept once and sent at least once, never twice by a retry."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from notices import services
from notices.channels import CannotDeliver
from notices.models import Letter, Message

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


@pytest.fixture
def rina() -> User:
    return User.objects.create_user("rina@contoh.example", name="Rina")


def post(user: User, key: str = "invoice:1", **more: object) -> Message:
    given = {"subject": "Kabar dari SERTAKAN", "body": "Ada tagihan.", "now": NOON, **more}
    return services.post_message(key=key, kind="invoice_ready", user=user, **given)


def test_a_message_with_the_same_key_is_kept_once(rina):
    assert post(rina).pk == post(rina, body="Lain").pk
    assert Message.objects.get().body == "Ada tagihan."


def test_a_due_message_arrives_in_the_mailbox(rina):
    post(rina)
    assert services.send_due_messages(now=NOON)["sent"] == 1
    letter = Letter.objects.get()
    assert (letter.address, letter.body) == ("rina@contoh.example", "Ada tagihan.")
    assert Message.objects.get().status == Message.Status.SENT


def test_a_sent_message_is_not_sent_again(rina):
    post(rina)
    services.send_due_messages(now=NOON)
    assert services.send_due_messages(now=NOON + timedelta(days=1))["sent"] == 0
    assert Letter.objects.count() == 1


def test_a_message_waits_for_its_time(rina):
    post(rina, not_before=NOON + timedelta(hours=1))
    assert services.send_due_messages(now=NOON)["sent"] == 0
    assert services.send_due_messages(now=NOON + timedelta(hours=1))["sent"] == 1


def test_a_dropped_message_stays(rina):
    message = post(rina)
    assert services.drop_message(message_id=message.pk)
    assert services.send_due_messages(now=NOON)["sent"] == 0
    assert not services.drop_message(message_id=message.pk)


class Closed:
    """A channel whose provider takes nothing."""

    def deliver(self, message: Message, *, now: datetime) -> None:
        raise CannotDeliver("busy")


def test_a_refused_message_is_tried_again_later_and_then_given_up(rina, monkeypatch):
    post(rina)
    monkeypatch.setattr(services, "channel", lambda name: Closed())
    assert services.send_due_messages(now=NOON)["postponed"] == 1
    assert services.send_due_messages(now=NOON) == {"sent": 0, "postponed": 0, "failed": 0}
    later = NOON
    for _ in range(services.MAX_ATTEMPTS - 1):
        later += timedelta(hours=3)
        services.send_due_messages(now=later)
    message = Message.objects.get()
    assert (message.status, message.error) == (Message.Status.FAILED, "busy")


def test_a_claim_whose_sender_died_is_offered_again(rina):
    message = post(rina)
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.CLAIMED, claimed_at=NOON, attempts=1
    )
    assert services.send_due_messages(now=NOON + timedelta(minutes=1))["sent"] == 0
    assert services.send_due_messages(now=NOON + timedelta(minutes=11))["sent"] == 1


def test_the_body_is_sealed_in_the_database(rina):
    message = post(rina, body="Rahasia sekali")
    stored = Message.objects.extra(select={"raw": "body"}).values_list("raw", flat=True)
    assert "Rahasia" not in stored.get(pk=message.pk)


# --- to a phone ----------------------------------------------------------------------
PHONE = "+6281234567890"


def post_short(key: str = "worker:1", **more: object) -> Message:
    given = {"phone": PHONE, "language": "id", "body": "Anda didaftarkan.", "now": NOON, **more}
    return services.post_to_phone(key=key, kind="worker_hello", **given)


def test_a_short_message_needs_no_account_and_arrives(db):
    assert post_short().pk == post_short(body="Lain").pk
    assert services.send_due_messages(now=NOON)["sent"] == 1
    letter = Letter.objects.get()
    assert (letter.address, letter.body) == (PHONE, "Anda didaftarkan.")


def test_what_waits_of_a_kind_for_a_phone_can_be_dropped(rina):
    by_phone = User.objects.create_user(phone=PHONE)
    second = "+6281234567892"
    mine = [post_short(), post_short("worker:2"), post_short("worker:4", phone=second)]
    code = services.post_to_phone(
        key="c", kind="person_code", phone=PHONE, language="id", body="Kode.", now=NOON
    )
    others = [
        post_short("worker:3", phone="+6281234567891"),
        post(rina, "invoice:2"),
        post(by_phone),
        code,
    ]
    dropped = services.drop_messages_to_phones(phones=["", PHONE, second], kinds=["worker_hello"])
    assert dropped == 3
    dropped = Message.objects.filter(status=Message.Status.DROPPED)
    assert set(dropped) == set(mine)
    assert services.send_due_messages(now=NOON)["sent"] == len(others)
    assert services.drop_messages_to_phones(phones=[""], kinds=["worker_hello"]) == 0


def test_a_user_without_e_mail_is_written_to_by_sms_whatever_the_channel(settings):
    settings.NOTICE_CHANNEL = "email"
    by_phone = User.objects.create_user(phone=PHONE)
    assert post(by_phone).channel == Message.Channel.SMS


def refused_by_the_provider(*, phone: str, text: str, now: datetime) -> None:
    raise TimeoutError


def test_a_short_message_that_the_provider_does_not_take_is_tried_again(db, settings):
    settings.SMS_SENDER = f"{__name__}.refused_by_the_provider"
    post_short()
    assert services.send_due_messages(now=NOON)["postponed"] == 1
    assert Message.objects.get().error == "TimeoutError"
