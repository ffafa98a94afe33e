"""The outbox: a message is kept once and sent at least once, never twice by a retry."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from notices import outcomes, sending, services
from notices.channels import CannotDeliver, Undeliverable
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
    assert sending.send_due_messages(now=NOON)["sent"] == 1
    letter = Letter.objects.get()
    assert (letter.address, letter.body) == ("rina@contoh.example", "Ada tagihan.")
    assert Message.objects.get().status == Message.Status.SENT


def test_a_sent_message_is_not_sent_again(rina):
    post(rina)
    sending.send_due_messages(now=NOON)
    assert sending.send_due_messages(now=NOON + timedelta(days=1))["sent"] == 0
    assert Letter.objects.count() == 1


def test_a_message_waits_for_its_time(rina):
    post(rina, not_before=NOON + timedelta(hours=1))
    assert sending.send_due_messages(now=NOON)["sent"] == 0
    assert sending.send_due_messages(now=NOON + timedelta(hours=1))["sent"] == 1


def test_a_dropped_message_stays(rina):
    message = post(rina)
    assert services.drop_message(message_id=message.pk)
    assert sending.send_due_messages(now=NOON)["sent"] == 0
    assert not services.drop_message(message_id=message.pk)


class Closed:
    """A channel whose provider takes nothing."""

    def deliver(self, message: Message, *, now: datetime) -> None:
        raise CannotDeliver("busy")


def test_a_refused_message_is_tried_again_later_and_then_given_up(rina, monkeypatch):
    post(rina)
    monkeypatch.setattr(sending, "channel", lambda name: Closed())
    assert sending.send_due_messages(now=NOON)["postponed"] == 1
    assert not any(sending.send_due_messages(now=NOON).values())
    later = NOON
    for _ in range(outcomes.MAX_ATTEMPTS - 1):
        later += timedelta(hours=9)
        sending.send_due_messages(now=later)
    message = Message.objects.get()
    assert (message.status, message.error) == (Message.Status.FAILED, "busy")


def test_a_claim_whose_sender_died_is_offered_again(rina):
    message = post(rina)
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.CLAIMED, claimed_at=NOON, attempts=1
    )
    assert sending.send_due_messages(now=NOON + timedelta(minutes=1))["sent"] == 0
    assert sending.send_due_messages(now=NOON + timedelta(minutes=11))["sent"] == 1


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
    assert sending.send_due_messages(now=NOON)["sent"] == 1
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
    assert sending.send_due_messages(now=NOON)["sent"] == len(others)
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
    assert sending.send_due_messages(now=NOON)["postponed"] == 1
    assert Message.objects.get().error == "TimeoutError"


# --- still true when it goes out -------------------------------------------------------
asked: list[str] = []


def paid_meanwhile(message: Message) -> bool:
    asked.append(message.status)
    return False


def test_what_is_no_longer_true_is_dropped_just_before_it_would_be_sent(rina, settings):
    settings.NOTICE_FRESHNESS = {"invoice_ready": f"{__name__}.paid_meanwhile"}
    asked.clear()
    post(rina)
    post_short()
    counts = sending.send_due_messages(now=NOON)
    assert (counts["sent"], counts["dropped"]) == (1, 1)
    assert asked == [Message.Status.CLAIMED]
    assert Message.objects.get(kind="invoice_ready").status == Message.Status.DROPPED
    assert Letter.objects.get().address == PHONE


# --- senders that are slow or die ------------------------------------------------------
def test_a_slow_batch_ends_before_its_claims_look_dead(rina, monkeypatch):
    """Else another sender would take what this one still holds, and send it again."""
    for number in range(3):
        post(rina, f"invoice:{number}")
    rung: list[str] = []
    monkeypatch.setattr(sending.bells, "ring", rung.append)
    seconds = iter([0, sending.LONGEST_BATCH, sending.LONGEST_BATCH + 1])
    monkeypatch.setattr(sending, "monotonic", lambda: next(seconds))
    assert sending.send_due_messages(now=NOON)["sent"] == 2
    assert Message.objects.filter(status=Message.Status.WAITING).count() == 1
    assert rung == ["message_posted"]
    assert sending.STALE_CLAIM.total_seconds() > sending.LONGEST_BATCH


class Deadly:
    """A message at which every sender dies."""

    def deliver(self, message: Message, *, now: datetime) -> str:
        raise MemoryError


def test_a_message_that_kills_each_sender_is_given_up(rina, monkeypatch):
    message = post(rina)
    monkeypatch.setattr(sending, "channel", lambda name: Deadly())
    now = NOON
    for _ in range(outcomes.MAX_ATTEMPTS):
        with pytest.raises(MemoryError):
            sending.send_due_messages(now=now)
        now += timedelta(minutes=11)
    assert sending.send_due_messages(now=now)["failed"] == 1
    message.refresh_from_db()
    assert (message.status, message.fault) == (Message.Status.FAILED, Message.Fault.GAVE_UP)
    assert message.failed_at == now


@pytest.mark.parametrize("late", ["defer", "drop", "postpone", "give_up", "keep_sent"])
def test_a_sender_that_wakes_up_after_its_claim_was_taken_over_changes_nothing(rina, late):
    sleeper = post(rina)
    Message.objects.filter(pk=sleeper.pk).update(status="claimed", claimed_at=NOON, attempts=1)
    sleeper.refresh_from_db()
    later = NOON + timedelta(minutes=11)
    assert sending.send_due_messages(now=later)["sent"] == 1
    acts = {
        "defer": lambda: outcomes.defer(sleeper, later),
        "drop": lambda: outcomes.drop(sleeper),
        "postpone": lambda: outcomes.postpone(sleeper, CannotDeliver("x"), now=later),
        "give_up": lambda: outcomes.give_up(sleeper, Undeliverable("address", "x"), now=later),
        "keep_sent": lambda: outcomes.keep_sent(sleeper, provider_id="x", now=NOON),
    }
    acts[late]()
    kept = Message.objects.get()
    assert (kept.status, kept.sent_at, kept.attempts) == ("sent", later, 2)
