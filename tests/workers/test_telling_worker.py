"""The first message to a worker (P18), and who is written to no more (P4)."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import phone_index
from bricks.clock import JAKARTA
from notices.models import Message
from notices.quiet_hours import by_day
from notices.sending import send_due_messages
from notices.services import post_message
from tests.factories import (
    NOW,
    AreaFactory,
    DonorFactory,
    EnrollmentFactory,
    UserFactory,
    WorkerFactory,
)
from tests.workers.desk import held_case
from tests.workers.reports import reported
from workers import codes
from workers.models import IncidentReport, Worker, WorkerEvent
from workers.selectors import payer_for_worker
from workers.services import deciding, greeting
from workers.services.telling import tell_worker

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"


def worker_with_phone(**more: object) -> Worker:
    return WorkerFactory(phone=PHONE, phone_index=phone_index(PHONE), **more)


def tell(worker: Worker, **more: object) -> Message | None:
    given = {"key": "x:1", "kind": "x", "body": "Kabar.", "now": NOW, **more}
    return tell_worker(worker=worker, **given)


# --- the first message ----------------------------------------------------------------
def approve(**case: object) -> Message:
    held, officer = held_case(phone=PHONE, phone_index=phone_index(PHONE), **case)
    deciding.approve(enrollment=held, officer=officer, sector="other", now=NOW)
    return Message.objects.get(kind=greeting.KIND)


def test_an_approval_tells_the_worker_how_to_check_it_and_how_to_say_no():
    message = approve()
    case_id = int(message.asks.removeprefix("enrollment:"))
    assert message.address == PHONE
    assert "seorang donatur" in message.body
    assert "Balas 2" in message.body
    assert "PIN, OTP, atau biaya" in message.body
    assert codes.check_code(case_id) in message.body


def test_the_preview_line_names_nobody_and_no_amount():
    first, second, *_rest = approve().body.splitlines()
    assert first == "Anda didaftarkan ke BPJS Ketenagakerjaan lewat SERTAKAN."
    assert "Balas 2" in second
    assert not any(digit in first for digit in "0123456789")


def test_a_private_donor_is_named_only_where_he_allows_it():
    assert payer_for_worker(DonorFactory(name="Rina Kartika")) == "seorang donatur"
    assert payer_for_worker(DonorFactory(name="Rina Kartika", show_name=True)) == "Rina Kartika"
    company = DonorFactory(organisation=True, name="PT Contoh Jaya")
    assert payer_for_worker(company) == "PT Contoh Jaya"


def test_an_approval_of_a_worker_without_phone_writes_nothing():
    held, officer = held_case()
    deciding.approve(enrollment=held, officer=officer, sector="other", now=NOW)
    assert not Message.objects.filter(kind=greeting.KIND).exists()


def test_the_registry_s_phone_weighs_more_than_the_one_that_a_donor_claims():
    """A donor who names his own number must not receive what is meant for the worker."""
    known = worker_with_phone()
    other = "+6289999999999"
    case = EnrollmentFactory(of=known, approved=True, phone=other, phone_index=phone_index(other))
    greeting.greet(enrollment=case, now=NOW)
    assert Message.objects.get().address == PHONE


# --- to whom nobody writes ----------------------------------------------------------------
def test_a_worker_who_is_reported_dead_is_written_to_no_more():
    worker = worker_with_phone()
    assert tell(worker)
    IncidentReport.everything.create(
        kind="death",
        worker=worker,
        name=worker.name,
        village=worker.village,
        happened_on=NOW.date(),
        reporter_name="Tetangga",
        reporter_phone=PHONE,
        reporter_relation="colleague",
        reported_at=NOW,
        office=EnrollmentFactory().office,
        due_on=NOW.date(),
    )
    assert tell(worker, key="x:2") is None


def test_a_worker_who_has_left_may_still_be_written_to():
    worker = worker_with_phone()
    WorkerEvent.everything.create(
        worker=worker, kind="left", happened_on=NOW.date(), said_by="worker", recorded_at=NOW
    )
    assert tell(worker)


# --- the hours ------------------------------------------------------------------------
def hour(at: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, at, minute, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("now", "offset", "sent"),
    [
        (hour(8), 7, hour(8)),
        (hour(19, 59), 7, hour(19, 59)),
        (hour(20), 7, hour(8) + timedelta(days=1)),
        (hour(7, 59), 7, hour(8)),
        # In Jayapura it is two hours later: 18:00 in Jakarta is its 20:00.
        (hour(18), 9, hour(6) + timedelta(days=1)),
        (hour(6), 9, hour(6)),
        (hour(5, 59), 9, hour(6)),
    ],
)
def test_messages_leave_by_day(now, offset, sent):
    assert by_day(now, utc_offset=offset) == sent


def test_the_hours_are_those_of_the_worker_s_village():
    east = worker_with_phone(village=AreaFactory(code="9103011001", utc_offset=9))
    message = tell(east, now=hour(18))
    assert message is not None
    assert message.not_before == hour(6) + timedelta(days=1)


# --- the code by which it proves itself ----------------------------------------------------
@pytest.mark.parametrize("case_id", [1, 19, 20, 7_999, 8_000, 123_456_789])
def test_a_check_code_names_its_case_and_only_it(case_id):
    code = codes.check_code(case_id)
    assert codes.case_of_check_code(code.lower().replace("-", " ")) == case_id
    letters = code.replace("-", "")
    for place in range(len(letters)):
        other = "A" if letters[place] != "A" else "B"
        assert codes.case_of_check_code(letters[:place] + other + letters[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "A", "ÀBCD-EFGH", "1234", "A" * 5_000, "\x00", "AAAAAAAAA"])
def test_other_letters_name_nothing(text):
    assert codes.case_of_check_code(text) is None


def test_a_birthday_is_no_part_of_a_message():
    assert str(date(1989, 3, 2).year) not in approve().body


# --- what waited while he died --------------------------------------------------------------
@pytest.mark.parametrize(
    "kind", ["worker_hello", "take_over_asked", "bridged", "renewal_invoice", "credit_spent"]
)
def test_what_waits_for_the_phone_of_one_who_is_reported_dead_is_not_sent(kind):
    worker = worker_with_phone()
    waits = tell(worker, kind=kind)
    other = tell(WorkerFactory(phone="+6281234567899", phone_index=phone_index("+6281234567899")),
                 kind=kind, key="x:2")  # fmt: skip
    assert waits is not None
    assert other is not None
    reported(worker)
    send_due_messages(now=NOW + timedelta(days=1))
    waits.refresh_from_db()
    other.refresh_from_db()
    assert waits.status == Message.Status.DROPPED
    assert other.status == Message.Status.SENT


def test_a_donor_is_told_of_his_invoice_though_a_worker_with_his_phone_has_died():
    user = UserFactory(phone=PHONE)
    reported(worker_with_phone())
    message = post_message(
        key="x:3", kind="renewal_invoice", user=user, subject="Tagihan", body="Kabar.", now=NOW
    )
    send_due_messages(now=NOW + timedelta(days=1))
    message.refresh_from_db()
    assert message.status == Message.Status.SENT
