"""WhatsApp's Cloud API against a local stand-in: what is asked, what goes wrong, what arrives."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from notices import preferences, sending, services
from notices.models import Letter, Message, Reply
from notices.replies import WHATSAPP, Answer
from tests.notices.fake_whatsapp import NUMBER_ID, TOKEN, FakeWhatsApp, signed

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
PHONE = "+6281234567890"
SECRET = "rahasia-aplikasi-untuk-uji"
BODY = "Perlindungan Anda segera berakhir.\nHubungi cabang,   atau telepon 175."


@pytest.fixture
def meta(settings: Any) -> Iterator[FakeWhatsApp]:
    fake = FakeWhatsApp()
    settings.WHATSAPP_TOKEN, settings.WHATSAPP_PHONE_NUMBER_ID = TOKEN, NUMBER_ID
    settings.WHATSAPP_API_URL, settings.PROVIDER_TIMEOUT = fake.url, 1
    settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = SECRET, "kata"
    settings.WHATSAPP_TEMPLATES = dict.fromkeys(
        ("reminder", "worker_hello"), ("sertakan_pengingat", 3)
    )
    yield fake
    fake.close()


def sms_provider(*, phone: str, text: str, now: datetime) -> None:
    """A provider of SMS that takes everything."""
    Letter.objects.create(received_at=now, address=phone, subject="by sms", body=text)


@pytest.fixture
def sms(settings: Any) -> None:
    settings.SMS_SENDER = f"{__name__}.sms_provider"


def write(key: str = "r:1", **more: object) -> Message:
    given = {"kind": "reminder", "phone": PHONE, "language": "id", "body": BODY, "now": NOON}
    return services.post_to_phone(key=key, **{**given, **more})


def send(now: datetime = NOON) -> dict[str, int]:
    return {name: count for name, count in sending.send_due_messages(now=now).items() if count}


def tell(body: bytes, signature: str | None = None) -> int:
    given = signed(body, SECRET) if signature is None else signature
    answer = Client(enforce_csrf_checks=True).post(
        reverse("whatsapp_webhook"),
        body,
        content_type="application/json",
        headers={"x-hub-signature-256": given},
    )
    return answer.status_code


# --- what is asked ---------------------------------------------------------------------
def test_a_template_is_filled_by_the_lines_of_the_text(meta):
    message = write()
    assert message.channel == Message.Channel.WHATSAPP
    assert send() == {"sent": 1}
    assert meta.asked == [(f"/v23.0/{NUMBER_ID}/messages", f"Bearer {TOKEN}")]
    lines = ["Perlindungan Anda segera berakhir.", "Hubungi cabang, atau telepon 175."]
    assert meta.taken == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "6281234567890",
            "biz_opaque_callback_data": str(message.uuid),
            "type": "template",
            "template": {
                "name": "sertakan_pengingat_2",
                "language": {"code": "id"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "text": line} for line in lines],
                    }
                ],
            },
        }
    ]
    message.refresh_from_db()
    assert (message.status, message.provider_id) == ("sent", "wamid.HBgN0000")


def test_more_lines_than_the_template_has_share_its_last_one(meta):
    write(body="a\nb\n\nc\nd", language="en")
    send()
    template = meta.taken[0]["template"]
    assert (template["name"], template["language"]) == ("sertakan_pengingat_3", {"code": "en"})
    assert [one["text"] for one in template["components"][0]["parameters"]] == ["a", "b", "c d"]


def test_a_line_that_is_too_long_ends_before_an_address_and_not_in_it(meta):
    address = "https://sertakan.example/bayar/" + "x" * 60
    write(body=f"a\nb\n{'kata ' * 190}{address} akhir")
    send()
    last = meta.taken[0]["template"]["components"][0]["parameters"][-1]["text"]
    assert last == f"{'kata ' * 190}".rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def heard(hours: float) -> None:
    answer = Answer(provider_id="wamid.in", phone=PHONE, text="2", raw="{}")
    services.keep_reply(provider=WHATSAPP, answer=answer, now=NOON - timedelta(hours=hours))


def test_free_text_goes_to_who_has_written_within_a_day(meta):
    heard(23)
    assert write(kind="not_me").channel == Message.Channel.WHATSAPP
    assert send() == {"sent": 1}
    assert meta.taken[0]["text"] == {"body": BODY, "preview_url": False}


def test_without_a_template_and_after_a_day_it_goes_by_sms(meta):
    heard(24)
    assert write(kind="not_me").channel == Message.Channel.SMS


def test_what_waited_until_the_window_closed_goes_by_sms(meta, sms):
    heard(23)
    write(kind="not_me")
    later = NOON + timedelta(hours=2)
    assert send(later) == {"postponed": 1}
    assert send(later) == {"sent": 1}
    assert not meta.asked
    assert Letter.objects.get().subject == "by sms"


def test_unset_it_is_not_offered(settings):
    assert write().channel == Message.Channel.SMS


# --- what goes wrong -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        ("503", 2),
        ("html", 2),
        ("429", 5),
        (131016, 2),
        (2, 2),
        (999999, 2),
        (130429, 5),
        (80007, 60),
        (190, 60),
        (131042, 60),
        # It may have been taken: the states come first.
        ("silence", 10),
        ("lost", 10),
        ("nameless", 10),
        ("list", 10),
    ],
)
def test_what_may_pass_is_tried_again_after_a_pause(meta, fault, pause):
    message = write()
    meta.faults = [fault]
    assert send() == {"postponed": 1}
    message.refresh_from_db()
    assert message.not_before == NOON + timedelta(minutes=pause)
    assert PHONE[1:] not in message.error
    assert send(message.not_before) == {"sent": 1}


def test_the_pauses_grow_and_end(meta, settings):
    settings.NOTICE_AT_ONCE = ("worker_hello",)
    message = write(kind="worker_hello")
    meta.faults = [131016] * 6
    now, pauses = NOON, []
    for _ in range(6):
        send(now)
        message.refresh_from_db()
        pauses.append((message.not_before - now) // timedelta(minutes=1))
        now = message.not_before if message.status == "waiting" else now
    assert pauses[:5] == [2, 10, 30, 120, 480]
    assert (message.status, message.fault) == ("failed", Message.Fault.GAVE_UP)
    assert message.error == "whatsapp 131016"


@pytest.mark.parametrize("code", [131026, 131047, 131049, 132001, 132015])
def test_an_sms_tries_once_where_whatsapp_cannot(meta, sms, code):
    message = write()
    meta.faults = [code]
    assert send() == {"postponed": 1}
    assert send() == {"sent": 1}
    message.refresh_from_db()
    assert (message.channel, message.status, message.error) == ("sms", "sent", f"whatsapp {code}")
    assert Letter.objects.get().body == BODY


def test_without_a_provider_of_sms_it_is_given_up(meta):
    message = write()
    meta.faults = [131026]
    assert send() == {"failed": 1}
    message.refresh_from_db()
    assert (message.fault, message.failed_at) == (Message.Fault.NO_WHATSAPP, NOON)


def test_who_told_whatsapp_that_he_wants_nothing_gets_no_sms_either(meta, sms):
    message = write()
    meta.faults = [131050]
    assert send() == {"failed": 1}
    message.refresh_from_db()
    assert message.fault == Message.Fault.REFUSED


def test_a_missing_template_waits_for_head_office_where_no_sms_may_try(meta, settings):
    settings.NOTICE_AT_ONCE = ("worker_hello",)
    message = write(kind="worker_hello")
    meta.faults = [132001] * 72
    now = NOON
    for _ in range(72):
        send(now)
        message.refresh_from_db()
        now = max(now, message.not_before)
    assert now - NOON > timedelta(days=2)
    assert (message.status, message.fault) == ("failed", Message.Fault.TEMPLATE)


def test_nothing_personal_is_logged(meta, caplog):
    caplog.set_level(logging.DEBUG)
    write()
    meta.faults = [131026]
    send()
    assert "6281234567890" not in caplog.text
    assert "Perlindungan" not in caplog.text


# --- what is told afterwards -----------------------------------------------------------
def state_of(message: Message) -> tuple[str, bool, bool]:
    message.refresh_from_db()
    return message.status, message.delivered_at is not None, message.read_at is not None


def test_states_twice_and_out_of_order_never_go_back(meta):
    message = write()
    send()
    for word in ("read", "sent", "delivered", "failed", "read", "deleted"):
        assert tell(meta.state(word, code=131026 if word == "failed" else None)) == 200
        assert state_of(message) == ("sent", True, True)
    assert message.read_at == datetime.fromtimestamp(1763600000, UTC)


def test_a_state_that_comes_before_the_answer_to_our_call_is_kept(meta):
    """The answer was lost, the message was not: it is not sent a second time."""
    message = write()
    meta.faults = ["lost"]
    assert send() == {"postponed": 1}
    assert tell(meta.state("sent")) == 200
    assert state_of(message) == ("sent", False, False)
    assert send(NOON + timedelta(days=1)) == {}
    assert len(meta.taken) == 1


def test_a_sender_that_died_after_its_call_is_not_followed_by_a_second_message(meta):
    message = write()
    send()
    Message.objects.filter(pk=message.pk).update(
        status="claimed", sent_at=None, provider_id="", claimed_at=NOON
    )
    tell(meta.state("delivered"))
    assert state_of(message) == ("sent", True, False)
    assert send(NOON + timedelta(minutes=11)) == {}


def test_a_sender_that_is_overtaken_by_the_state_changes_nothing(meta, monkeypatch):
    message = write()
    real = sending.keep_sent

    def late(claimed: Message, **more: Any) -> str:
        tell(meta.state("read"))
        return real(claimed, **more)

    monkeypatch.setattr(sending, "keep_sent", late)
    send()
    assert state_of(message) == ("sent", True, True)


def test_a_failure_that_is_told_later_is_permanent_or_goes_by_sms(meta, settings):
    first, second = write(), write("r:2")
    send()
    tell(meta.state("failed", code=131026))
    first.refresh_from_db()
    assert (first.status, first.fault) == ("failed", Message.Fault.NO_WHATSAPP)
    settings.SMS_SENDER = f"{__name__}.sms_provider"
    for _ in range(2):
        tell(meta.state("failed", number=1, code=131026))
    second.refresh_from_db()
    assert (second.channel, second.status) == ("sms", "waiting")
    assert send() == {"sent": 1}
    tell(meta.state("failed", number=1, code=131026))
    assert send() == {}


def test_a_passing_failure_that_is_told_twice_is_tried_again_once(meta):
    write()
    send()
    for _ in range(2):
        tell(meta.state("failed", code=131016, at=int(NOON.timestamp())))
    assert send(NOON + timedelta(minutes=2)) == {"sent": 1}
    tell(meta.state("failed", code=131016))
    assert send(NOON + timedelta(days=1)) == {}
    assert len(meta.taken) == 2


def test_an_arrival_weighs_more_than_a_failure_told_before(meta):
    message = write()
    send()
    tell(meta.state("failed", code=131026))
    tell(meta.state("sent"))
    assert state_of(message)[0] == "failed"
    tell(meta.state("delivered"))
    assert state_of(message) == ("sent", True, False)


def test_a_state_with_a_wrong_signature_or_of_a_stranger_changes_nothing(meta):
    message = write()
    send()
    assert tell(meta.state("read"), signature="sha256=" + "0" * 64) == 403
    strange = meta.state("read").replace(b"wamid.HBgN0000", b"wamid.other")
    assert tell(strange) == 200
    assert tell(strange.replace(str(message.uuid).encode(), b"no uuid")) == 200
    assert state_of(message) == ("sent", False, False)


def test_stop_by_whatsapp_is_answered_there_within_the_window(meta):
    services.keep_reply(
        provider=WHATSAPP,
        answer=Answer(provider_id="wamid.in", phone=PHONE, text="Stop", raw="{}"),
        now=NOON,
    )
    assert send() == {"sent": 1}
    assert meta.taken[0]["type"] == "text"
    assert Reply.objects.get().outcome == "stopped"
    assert preferences.unwilling_phones("reminders").count() == 1
