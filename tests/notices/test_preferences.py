"""What people switch off is not written to them; what they must hear always is."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from notices import preferences, sending, services
from notices.models import Letter, Message, Refusal, Reply
from notices.replies import MAILBOX, Answer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
PHONE = "+6281234567890"
REMINDERS = preferences.Group.REMINDERS


@pytest.fixture
def rina() -> User:
    return User.objects.create_user("rina@contoh.example", name="Rina")


def remind(user: User, key: str = "r:1", **more: object) -> Message:
    given = {"kind": "reminder", "subject": "Kabar", "body": "Kabar.", "now": NOON, **more}
    return services.post_message(key=key, user=user, **given)


def write(key: str = "p:1", **more: object) -> Message:
    given = {"kind": "reminder", "phone": PHONE, "language": "id", "body": "Kabar.", **more}
    return services.post_to_phone(**{"key": key, "now": NOON, **given})


def hear(text: str, number: int = 1, phone: str = PHONE) -> None:
    answer = Answer(provider_id=f"a{number}", phone=phone, text=text, raw=text)
    services.keep_reply(provider=MAILBOX, answer=answer, now=NOON)


def send(now: datetime = NOON) -> dict[str, int]:
    return {name: count for name, count in sending.send_due_messages(now=now).items() if count}


def test_a_kind_that_is_switched_off_is_kept_as_dropped(rina):
    preferences.keep_choices(user=rina, wanted=["cover"], now=NOON)
    assert remind(rina).status == Message.Status.DROPPED
    assert set(preferences.unwilling_users(REMINDERS)) == {rina.pk}
    assert not preferences.unwilling_users("cover").exists()
    assert send() == {}


def test_a_choice_made_after_the_posting_holds_too(rina):
    remind(rina)
    preferences.keep_choices(user=rina, wanted=[], now=NOON)
    assert send() == {"dropped": 1}


def test_codes_receipts_and_decisions_cannot_be_switched_off(rina):
    preferences.keep_choices(user=rina, wanted=[], now=NOON)
    for kind in ("person_code", "payment_allocated", "case_rejected", "invoice_ready"):
        assert remind(rina, kind, kind=kind).status == Message.Status.WAITING
    assert not preferences.unwilling_users("").exists()


def test_choosing_again_switches_on_again(rina):
    preferences.keep_choices(user=rina, wanted=[], now=NOON)
    for _ in range(2):
        preferences.keep_choices(user=rina, wanted=[REMINDERS], now=NOON)
    assert preferences.wanted_groups(rina) == [REMINDERS]
    assert send() == {}
    assert remind(rina).status == Message.Status.WAITING


@pytest.mark.parametrize("word", ["STOP", "stop.", " Berhenti! "])
def test_stop_from_a_phone_ends_reminders_to_it_and_is_answered(word):
    write()
    hear(word)
    assert Reply.objects.get().outcome == "stopped"
    assert send() == {"sent": 1, "dropped": 1}
    assert "tidak menerima pengingat" in Letter.objects.get().body
    assert write("p:2").status == Message.Status.DROPPED
    assert write("p:3", kind="person_code").status == Message.Status.WAITING
    assert list(preferences.unwilling_phones(REMINDERS)) == [Message.objects.first().address_index]


def test_mulai_undoes_stop_and_anything_else_waits_for_the_floor_that_asked():
    hear("STOP", 1)
    hear("MULAI", 2)
    hear("2", 3)
    assert not Refusal.objects.exists()
    assert list(Reply.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "stopped",
        "resumed",
        "",
    ]


def test_the_same_stop_delivered_again_is_kept_once():
    for _ in range(2):
        hear("STOP")
    assert Refusal.objects.count() == Message.objects.count() == 1


def test_stop_holds_for_a_user_whose_phone_it_is_until_he_chooses_anew():
    user = User.objects.create_user(phone=PHONE, phone_verified_at=NOON)
    hear("STOP")
    assert preferences.wanted_groups(user) == []
    assert remind(user).status == Message.Status.DROPPED
    preferences.keep_choices(user=user, wanted=[REMINDERS], now=NOON)
    assert remind(user, "r:2").status == Message.Status.WAITING


def test_a_link_tells_whose_and_which_group_and_no_other_can_be_made_up(rina):
    token = preferences.stop_token(user=rina, group=REMINDERS)
    assert preferences.read_stop_token(token) == (rina, REMINDERS)
    for wrong in ("", "x", token[:-1], preferences.stop_token(user=rina, group="codes")):
        with pytest.raises(preferences.BadToken):
            preferences.read_stop_token(wrong)


# --- by day, and not too many ----------------------------------------------------------
NIGHT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)  # 20:05 WIB, 22:05 WIT
MORNING = datetime(2026, 11, 21, 1, tzinfo=UTC)  # 08:00 WIB


def test_an_optional_message_that_was_delayed_into_the_night_waits_for_the_morning(rina):
    remind(rina, now=NIGHT - timedelta(minutes=6))
    remind(rina, "r:2", kind="payment_allocated", now=NIGHT - timedelta(minutes=6))
    assert send(NIGHT) == {"sent": 1, "deferred": 1}
    message = Message.objects.get(kind="reminder")
    assert (message.not_before, message.attempts) == (MORNING, 0)
    assert send(MORNING) == {"sent": 1}


def test_the_morning_is_that_of_the_receiver(rina):
    User.objects.filter(pk=rina.pk).update(utc_offset=9)
    rina.refresh_from_db()
    remind(rina, now=NIGHT)
    write(utc_offset=8, now=NIGHT)
    assert send(NIGHT) == {"deferred": 2}
    mornings = Message.objects.order_by("pk").values_list("not_before", flat=True)
    assert list(mornings) == [MORNING - timedelta(hours=2), MORNING - timedelta(hours=1)]


def test_a_greeting_that_its_channel_refused_is_not_tried_again_by_night(rina):
    """Nor is it sent then because the sender was away; a code is, and what goes to accounts."""
    write("w", kind="worker_hello", now=NIGHT - timedelta(hours=1))
    write("c", kind="person_code", now=NIGHT - timedelta(hours=1))
    remind(rina, "i", kind="invoice_ready", now=NIGHT - timedelta(hours=1))
    assert send(NIGHT) == {"sent": 2, "deferred": 1}
    assert Message.objects.get(status="waiting").not_before == MORNING
    assert send(MORNING) == {"sent": 1}


def test_the_fourth_optional_message_of_a_day_waits_until_tomorrow(rina):
    for number in range(4):
        remind(rina, f"r:{number}")
    remind(rina, "code", kind="person_code")
    assert send() == {"sent": 4, "deferred": 1}
    assert Message.objects.get(status="waiting").not_before == MORNING
    assert send(MORNING) == {"sent": 1}


def test_the_limit_is_of_each_receiver_and_day(rina, settings):
    settings.NOTICES_A_DAY = 1
    budi = User.objects.create_user("budi@contoh.example")
    remind(rina), remind(budi, "r:2"), write(), write("p:2")
    assert send() == {"sent": 3, "deferred": 1}
    remind(rina, "r:3", now=MORNING)
    assert send(MORNING) == {"sent": 2}


def test_what_another_sender_holds_is_waited_for_a_little(rina, settings):
    """Two senders at once would otherwise both find room for the last one of the day."""
    settings.NOTICES_A_DAY = 1
    first, second = remind(rina), remind(rina, "r:2")
    Message.objects.filter(pk=first.pk).update(status="claimed", claimed_at=NOON)
    assert send() == {"deferred": 1}
    second.refresh_from_db()
    assert NOON < second.not_before <= NOON + timedelta(minutes=5)
    # The other one drops it: the day has room after all.
    Message.objects.filter(pk=first.pk).update(status="dropped")
    assert send(second.not_before) == {"sent": 1}


def test_what_nobody_may_switch_off_is_sent_before_what_has_waited_longer(rina, monkeypatch):
    monkeypatch.setattr(sending, "BATCH", 1)
    remind(rina, now=NOON - timedelta(minutes=5))
    remind(rina, "code", kind="person_code")
    send()
    assert Message.objects.get(status="sent").kind == "person_code"


def test_a_full_batch_rings_for_the_next_one(rina, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(sending, "BATCH", 2)
    rung = []
    monkeypatch.setattr("notices.sending.bells.ring", rung.append)
    for number in range(3):
        remind(rina, f"r:{number}")
    rung.clear()
    send(), send()
    assert rung == ["message_posted"]
