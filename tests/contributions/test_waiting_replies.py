"""A worker whose cover ends answers 1, and stands on his branch's list (P17, P45)."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import phone_index
from contributions.models import Sponsorship, WaitingPlace
from contributions.own_page import self_pay_of
from contributions.reminders.worker_texts import offers_list
from contributions.selectors import cover_status
from contributions.services.taking_over import Terms, choose
from contributions.services.waiting_replies import take_up
from notices.models import Message, Reply
from notices.replies import MAILBOX, Answer
from notices.services import keep_reply
from tests.contributions.bridges import stopped
from tests.factories import NOW, TODAY, OfficeAreaFactory, ProgrammeFactory
from workers.models import Enrollment
from workers.services.answering import WAITING, take_replies
from workers.services.telling import tell_worker

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"
SOON = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    OfficeAreaFactory()


def asked() -> Sponsorship:
    """A worker whose donor has stopped, and who was asked whether he wants another."""
    row = stopped(phone=PHONE, phone_index=phone_index(PHONE))
    row.worker.phone, row.worker.phone_index = PHONE, phone_index(PHONE)
    row.worker.save(update_fields=["phone", "phone_index"])
    asks = f"{WAITING}{row.worker_id}"
    told = tell_worker(worker=row.worker, key="x", kind="reminder", body="x", now=NOW, asks=asks)
    assert told is not None
    return row


def answer(text: str, *, phone: str = PHONE) -> dict[str, int]:
    name = str(Reply.objects.count())
    kept = Answer(provider_id=name, phone=phone, text=text, raw=text)
    keep_reply(provider=MAILBOX, answer=kept, now=SOON)
    take_replies(now=SOON)
    return take_up(now=SOON)


def test_one_puts_him_on_the_list_once_and_tells_him():
    row = asked()
    assert answer("1")["waits"] == 1
    place = WaitingPlace.everything.get()
    assert (place.worker, place.how, place.agreed_at) == (row.worker, "message", SOON)
    assert "mencarikan sponsor lain" in Message.objects.get(kind="waiting_list").body
    assert not any(take_up(now=SOON).values())
    answer("1")
    assert WaitingPlace.everything.count() == 1


@pytest.mark.parametrize(("text", "phone"), [("2", PHONE), ("1", "+6281299999999"), ("ya", PHONE)])
def test_other_answers_and_other_phones_put_nobody_there(text: str, phone: str):
    asked()
    assert not any(answer(text, phone=phone).values())
    assert not WaitingPlace.everything.exists()


def test_who_is_paid_for_again_is_told_that_he_cannot_wait():
    row = asked()
    Sponsorship.everything.filter(pk=row.pk).update(stopped_at=None, renews=True)
    assert answer("1")["cannot_wait"] == 1
    assert "belum bisa" in Message.objects.get(kind="waiting_list").body


def test_the_digit_is_offered_until_he_waits():
    row = asked()

    def pay() -> Any:
        return self_pay_of(row.worker, cover_status(row.worker, today=TODAY), today=TODAY)

    assert offers_list(pay())
    answer("1")
    assert not offers_list(pay())
    assert not offers_list(None)


def test_who_is_chosen_is_told_so_and_his_two_ends_it():
    row = asked()
    answer("1")
    programme = ProgrammeFactory()
    [taken] = choose(
        places=[WaitingPlace.everything.get()],
        terms=Terms(programme, 6, Enrollment.Relation.NEIGHBOUR),
        by=programme.donor.members.get(role="owner").user,
        now=SOON,
    )
    told = Message.objects.get(asks=f"enrollment:{taken.enrollment_id}")
    assert "Balas 2" in told.body
    assert row.worker.name not in told.body
    kept = Answer(provider_id="later", phone=PHONE, text="2", raw="2")
    keep_reply(provider=MAILBOX, answer=kept, now=SOON + timedelta(minutes=5))
    assert take_replies(now=SOON + timedelta(minutes=5))["refused"] == 1
    assert Enrollment.everything.get(pk=taken.enrollment_id).status == "withdrawn"
