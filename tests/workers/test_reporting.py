"""Anyone reports an accident or a death: kept once, matched by NIK, nobody learns anything."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, phone_index
from notices.models import Message
from notices.services import post_to_phone
from tests.factories import (
    NOW,
    EnrollmentFactory,
    OfficeFactory,
    UserFactory,
    WorkerFactory,
    nik_of,
)
from tests.workers.desk import held_case
from tests.workers.reports import NIK, PHONE, reported, told
from workers.models import IncidentReport, Worker
from workers.services import deciding, greeting
from workers.services.reporting import NobodyServes, report
from workers.standing import Hold, holds_of
from workers.standing import reported as of_whom

pytestmark = pytest.mark.django_db

BORN = date(1985, 8, 17)


@pytest.fixture
def joko():
    return WorkerFactory(nik=NIK, phone="+6281234567890", birth_date=BORN)


def test_a_report_lies_at_the_desk_of_the_village_for_two_working_days():
    row = reported()
    assert (row.status, row.worker) == ("open", None)
    assert row.office == OfficeFactory()
    # 20 November 2026 is a Friday.
    assert row.due_on == date(2026, 11, 24)
    assert row.number == f"L-26{row.pk:06}"


def test_a_known_nik_matches_the_worker_at_once_and_holds_him(joko):
    row = reported(joko)
    assert (row.worker, row.matched_by, row.matched_at) == (joko, None, NOW)
    assert holds_of([joko.pk]) == {joko.pk: Hold.DEATH_REPORTED}


def test_an_accident_holds_nobody_and_is_a_reported_fact(joko):
    reported(joko, kind="accident")
    assert holds_of([joko.pk]) == {}
    assert of_whom([joko.pk]) == {joko.pk}


def test_of_a_reported_death_the_waiting_messages_are_dropped(joko):
    for phone in (joko.phone, PHONE):
        post_to_phone(
            key=phone, kind=greeting.KIND, phone=phone, language="id", body="Halo", now=NOW
        )
    reported(joko)
    states = dict(Message.objects.values_list("dedupe_key", "status"))
    assert states == {joko.phone: "dropped", PHONE: "waiting"}


def test_a_code_to_the_phone_of_somebody_reported_dead_is_not_dropped(joko):
    post_to_phone(
        key="c", kind="person_code", phone=joko.phone, language="id", body="Kode", now=NOW
    )
    reported(joko)
    assert Message.objects.get().status == "waiting"


def test_what_waits_for_the_phone_of_his_case_is_dropped_too():
    case = EnrollmentFactory(approved=True, phone=PHONE, phone_index=phone_index(PHONE))
    Worker.everything.update(phone="", phone_index="")
    case.refresh_from_db()
    assert greeting.greet(enrollment=case, now=NOW)
    reported(case.worker, reporter_phone="+6281200000001")
    assert Message.objects.get().status == "dropped"


def test_of_an_accident_no_message_is_dropped(joko):
    post_to_phone(
        key="a", kind=greeting.KIND, phone=joko.phone, language="id", body="Halo", now=NOW
    )
    reported(joko, kind="accident")
    assert Message.objects.get().status == "waiting"


def test_the_same_report_sent_twice_is_one_row():
    first, second = reported(), reported(now=NOW + timedelta(minutes=3))
    assert first == second
    assert IncidentReport.everything.count() == 1
    assert AuditEvent.objects.filter(action="report.made").count() == 1


def test_a_report_that_says_something_else_is_another_row():
    first = reported()
    assert reported(name="Siti Contoh") != first
    assert reported(reporter_phone="+6281200000001") != first
    assert reported(kind="accident") != first
    assert reported(now=NOW + timedelta(days=1)) != first


def test_a_report_that_was_ruled_untrue_can_be_made_again_the_same_day():
    first = reported()
    IncidentReport.everything.filter(pk=first.pk).update(
        status="refuted", ruled_at=NOW, ruled_by=UserFactory()
    )
    second = reported()
    assert (second != first, second.status) == (True, "open")
    assert reported() == second


def test_a_report_that_came_before_the_worker_is_matched_when_he_enters():
    case, holder = held_case(phone=PHONE, phone_index=phone_index(PHONE))
    early, other = reported(nik=case.nik), reported(nik=nik_of(BORN, "L", 4242))
    IncidentReport.everything.filter(pk=early.pk).update(office=OfficeFactory(code="TEST-JAUH"))
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    worker = Worker.everything.get()
    early.refresh_from_db()
    assert (early.worker, early.matched_by, early.matched_at) == (worker, None, NOW)
    assert early.office == case.office
    assert holds_of([worker.pk]) == {worker.pk: Hold.DEATH_REPORTED}
    assert not Message.objects.filter(kind=greeting.KIND).exists()
    assert AuditEvent.objects.get(action="report.matched").after == {"worker": worker.pk}
    other.refresh_from_db()
    assert other.worker is None


def test_the_audit_log_bears_no_name_in_the_open(joko):
    reported(joko)
    event = AuditEvent.objects.get(action="report.made")
    assert event.after == {"kind": "death", "worker": joko.pk}
    assert "Wati Contoh" in event.personal
    assert NIK in event.personal


def test_a_village_that_nobody_serves_is_told_to_call_175():
    OfficeFactory()
    what = told()
    OfficeFactory._meta.model.objects.update(is_open=False)
    with pytest.raises(NobodyServes, match="175"):
        report(told=what, by=None, now=NOW)


def test_a_known_and_an_unknown_nik_cost_the_same_questions(joko):
    counts = []
    with_a_case = EnrollmentFactory(approved=True).worker
    for nik in (NIK, nik_of(BORN, "L", 4242), with_a_case.nik):
        what = told(nik=nik)
        with CaptureQueriesContext(connection) as asked:
            report(told=what, by=None, now=NOW)
        counts.append(len(asked))
    assert len(set(counts)) == 1
    assert IncidentReport.everything.filter(worker=joko).count() == 1
