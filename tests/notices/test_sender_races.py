"""Two senders at once, and a sender beside the webhook. Each guard is shown without it as well."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from bricks.engine import is_postgres
from notices import allowance, outcomes, sending, services
from notices.models import Letter, Message
from notices.replies import WHATSAPP, State
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]
PATIENCE = 20
#: How long one waits who may be locked out.
A_MOMENT = 1
PHONE = "+6281234567890"


@pytest.fixture(autouse=True)
def _no_bells(settings):
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all acts at once; return what each returned. An error of one is raised here."""
    results: list[Any] = [None] * len(acts)
    errors: list[BaseException] = []

    def run(place: int) -> None:
        try:
            results[place] = acts[place]()
        except BaseException as error:  # noqa: BLE001 (it is raised below)
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]
    return results


def meet(barrier: Barrier, seconds: float) -> None:
    """Wait for the other one; who stays alone goes on."""
    with suppress(BrokenBarrierError):
        barrier.wait(seconds)


def meet_before(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let each of two callers wait for the other."""
    barrier = Barrier(2)

    def meeting(*args: Any, **kwargs: Any) -> Any:
        meet(barrier, PATIENCE)
        return function(*args, **kwargs)

    return meeting


def remind(user: User, key: str, **more: Any) -> Message:
    given = {"kind": "reminder", "subject": "Kabar", "body": "Kabar.", "now": NOW, **more}
    return services.post_message(key=key, user=user, **given)


def send(now: datetime = NOW) -> dict[str, int]:
    return sending.send_due_messages(now=now)


# --- one message, two senders ----------------------------------------------------------
def send_one_twice(monkeypatch) -> list[dict[str, int]]:
    """Both have the message in their batch before either claims it."""
    remind(User.objects.create_user("rina@contoh.example"), "r:1")
    monkeypatch.setattr(sending, "_send_one", meet_before(sending._send_one))
    return together(send, send)


def test_two_senders_send_a_message_once(monkeypatch):
    counts = send_one_twice(monkeypatch)
    assert sorted(one["sent"] for one in counts) == [0, 1]
    assert Letter.objects.count() == 1


class _Unguarded:
    """Messages of which everybody may claim any, whatever its status."""

    def __getattr__(self, name: str) -> Any:
        return getattr(Message.objects, name)

    def filter(self, *args: Any, **terms: Any) -> Any:
        if "pk" in terms:
            terms.pop("status")
        return Message.objects.filter(*args, **terms)


class _Messages:
    Status, objects = Message.Status, _Unguarded()


def test_without_the_conditional_update_it_goes_twice(monkeypatch):
    monkeypatch.setattr(sending, "Message", _Messages)
    send_one_twice(monkeypatch)
    assert Letter.objects.count() == 2


# --- the last one of the day -----------------------------------------------------------
def fill_the_day_at_once(monkeypatch, settings) -> None:
    """Each sender holds another message to the same receiver before either counts."""
    settings.NOTICES_A_DAY = 1
    user = User.objects.create_user("rina@contoh.example")
    keys = [remind(user, "r:1").pk, remind(user, "r:2").pk]
    monkeypatch.setattr(allowance, "_today", meet_before(allowance._today))
    together(*[lambda key=key: sending._send_one(key, NOW) for key in keys])


def test_two_senders_never_pass_the_limit_of_a_day(monkeypatch, settings):
    fill_the_day_at_once(monkeypatch, settings)
    assert Letter.objects.count() == 0
    monkeypatch.undo()
    last = max(Message.objects.values_list("not_before", flat=True))
    settings.NOTICES_A_DAY = 1
    assert (send(last)["sent"], send(last)["deferred"]) == (1, 0)
    assert Letter.objects.count() == 1


def test_counting_only_what_is_sent_would_pass_it(monkeypatch, settings):
    real = allowance._today
    monkeypatch.setattr(allowance, "_today", lambda *args: (real(*args)[0], 0))
    fill_the_day_at_once(monkeypatch, settings)
    assert Letter.objects.count() == 2


# --- one message, two states -----------------------------------------------------------
def tell_both(monkeypatch) -> Message:
    """The failure and the arrival are told at once; the failure is written last if it may."""
    message = services.post_to_phone(
        key="w", kind="not_me", phone=PHONE, language="id", body="Kabar.", now=NOW
    )
    Message.objects.filter(pk=message.pk).update(
        channel=WHATSAPP, status="sent", sent_at=NOW, provider_id="wamid.A", attempts=1
    )
    both, arrived = Barrier(2), Event()
    fail, progress = outcomes._note_failure, outcomes._note_progress

    def fail_last(*args: Any) -> bool:
        meet(both, A_MOMENT)
        arrived.wait(A_MOMENT)
        return fail(*args)

    def arrive(*args: Any) -> bool:
        meet(both, A_MOMENT)
        news = progress(*args)
        arrived.set()
        return news

    monkeypatch.setattr(outcomes, "_note_failure", fail_last)
    monkeypatch.setattr(outcomes, "_note_progress", arrive)
    failed = State("wamid.A", "", "failed", NOW, 131026)
    read = State("wamid.A", "", "read", NOW)
    together(lambda: outcomes.note_state(failed), lambda: outcomes.note_state(read))
    message.refresh_from_db()
    return message


def test_a_failure_told_beside_an_arrival_does_not_outweigh_it(monkeypatch):
    message = tell_both(monkeypatch)
    assert (message.status, message.fault, message.read_at) == ("sent", "", NOW)


def test_without_the_lock_it_would(monkeypatch):
    monkeypatch.setattr(
        outcomes, "_known", lambda state: Message.objects.get(provider_id=state.provider_id)
    )
    assert tell_both(monkeypatch).status == "failed"
