""" "2" means "saya tidak kenal, bukan saya": the unpaid case is frozen (P18)."""

from datetime import timedelta

import pytest

from accounts.models import phone_index
from notices.models import Message, Reply
from notices.replies import MAILBOX, Answer
from notices.services import keep_reply
from tests.contributions.builders import covered_worker
from tests.factories import NOW, EnrollmentFactory, WorkerFactory
from tests.workers.desk import again
from tests.workers.reports import reported
from workers.models import Enrollment, EnrollmentEvent
from workers.services import answering, greeting
from workers.services.answering import take_replies

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"
SOON = NOW + timedelta(minutes=5)


def greeted(**more: object) -> Enrollment:
    case = EnrollmentFactory(approved=True, phone=PHONE, phone_index=phone_index(PHONE), **more)
    greeting.greet(enrollment=case, now=NOW)
    return case


def answer(text: str, *, phone: str = PHONE, name: str = "1") -> None:
    kept = Answer(provider_id=name, phone=phone, text=text, raw=text)
    keep_reply(provider=MAILBOX, answer=kept, now=SOON)


def bodies(kind: str) -> list[str]:
    return [message.body for message in Message.objects.filter(kind=kind).order_by("pk")]


@pytest.mark.parametrize("text", ["2", " 2. ", '"2"'])
def test_two_freezes_the_unpaid_case_and_thanks(text):
    case = greeted()
    answer(text)
    assert take_replies(now=SOON)["frozen"] == 1
    assert again(case).frozen_because == Enrollment.Frozen.NOT_ME
    assert "bukan Anda" in bodies("not_me")[0].splitlines()[0]


def test_an_answer_is_taken_once():
    greeted()
    answer("2")
    assert take_replies(now=SOON)["frozen"] == 1
    assert not any(take_replies(now=SOON).values())
    assert EnrollmentEvent.objects.filter(kind="frozen").count() == 1


def test_an_answer_that_is_delivered_twice_is_kept_once():
    greeted()
    answer("2")
    answer("2")
    assert Reply.objects.count() == 1


def test_the_newest_question_is_meant():
    older, newer = greeted(), greeted()
    Message.objects.filter(asks=f"enrollment:{newer.pk}").update(
        created_at=NOW + timedelta(hours=0, seconds=9)
    )
    answer("2")
    take_replies(now=SOON)
    assert again(newer).frozen_at
    assert not again(older).frozen_at


def test_a_paid_case_is_not_frozen_and_the_branch_reads_of_it():
    sponsorship = covered_worker(phone=PHONE, phone_index=phone_index(PHONE))
    greeting.greet(enrollment=sponsorship.enrollment, now=NOW)
    answer("2")
    assert take_replies(now=SOON)["too_late"] == 1
    assert not again(sponsorship.enrollment).frozen_at
    assert EnrollmentEvent.objects.filter(kind="not_me_late").count() == 1


@pytest.mark.parametrize("text", ["siapa ini?", "", "22", "1", "\u0662"])
def test_anything_else_is_answered_with_175_once_a_day(text):
    case = greeted()
    for number in range(3):
        answer(text, name=str(number))
    assert take_replies(now=SOON)["helped"] == 3
    assert not again(case).frozen_at
    assert len(bodies("reply_help")) == 1
    assert "175" in bodies("reply_help")[0]
    answer(text, name="tomorrow")
    take_replies(now=SOON + timedelta(days=1))
    assert len(bodies("reply_help")) == 2


def test_another_phone_freezes_nothing():
    case = greeted()
    answer("2", phone="+6281111111111")
    assert take_replies(now=SOON)["helped"] == 1
    assert not again(case).frozen_at


def test_two_is_heard_though_another_person_of_the_phone_is_reported_dead():
    case = greeted()
    other = WorkerFactory(phone=PHONE, phone_index=phone_index(PHONE))
    reported(other, reporter_phone="+6281200000009")
    answer("2")
    answer("siapa ini?", name="2")
    counts = take_replies(now=SOON)
    assert (counts["frozen"], counts["silent"]) == (1, 1)
    assert again(case).frozen_because == Enrollment.Frozen.NOT_ME
    assert not bodies("not_me") + bodies("reply_help")


def test_a_number_from_abroad_is_left_alone():
    answer("2", phone="")
    assert take_replies(now=SOON)["silent"] == 1
    assert not Message.objects.exists()


def test_one_answer_that_cannot_be_acted_on_holds_up_no_other(monkeypatch):
    case = greeted()
    answer("2", name="bad")
    bad = Reply.objects.get()
    answer("2", name="good")
    honest = answering._answer

    def stumble(reply, now):
        if reply.pk == bad.pk:
            raise KeyError("unexpected")
        return honest(reply, now)

    monkeypatch.setattr(answering, "_answer", stumble)
    counts = take_replies(now=SOON)
    assert (counts["failed"], counts["frozen"]) == (1, 1)
    assert again(case).frozen_at
    bad.refresh_from_db()
    assert bad.taken_at is None
