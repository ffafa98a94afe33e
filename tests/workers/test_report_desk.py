"""The branch's desk for reports: what is open, of whom it speaks, and the ruling."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEvent, ViewLog
from notices.models import Message
from regions.models import Office
from tests.contributions.builders import case_of, covered_worker, few_prices
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    OfficeFactory,
    RegencyFactory,
    WorkerFactory,
    officer,
)
from tests.workers.persons import case_with_phone
from tests.workers.reports import NIK, PHONE, reported
from workers.models import IncidentReport, WorkerEvent
from workers.services.greeting import greet
from workers.services.living import record_event, revoke_event
from workers.services.own_access import is_greeted
from workers.services.ruling_reports import (
    AlreadyRuled,
    NoteMissing,
    NotInArea,
    NoWorker,
    OwnReport,
    confirm,
    match,
    refute,
)
from workers.standing import Hold, holds_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def joko():
    """A worker of the branch, approved and not yet paid."""
    return EnrollmentFactory(approved=True, name="Joko Contoh", nik=NIK, sex="L").worker


@pytest.fixture
def desk():
    """An officer of Palembang before his browser."""
    client = Client()
    client.force_login(officer(name="Petugas"))
    return client


def again(report):
    return IncidentReport.everything.get(pk=report.pk)


def far_worker():
    far = OfficeFactory(code="TEST-JAUH", name="Kantor Cabang Jauh")
    return EnrollmentFactory(approved=True, office=far, name="Joko Jauh").worker


# --- the list ---------------------------------------------------------------------------------
def test_open_reports_stand_in_order_of_their_day_with_overdue_ones_in_plain_sight(desk):
    late = reported(now=NOW - timedelta(days=7), name="Lama Contoh")
    reported(name="Baru Contoh")
    page = desk.get("/cabang/laporan/").content.decode()
    assert page.index("Lama Contoh") < page.index("Baru Contoh")
    assert "1 laporan lewat batas waktu" in page
    assert page.count("is-overdue") == 1
    assert late.number in page


def test_another_branch_sees_neither_list_nor_report():
    row = reported()
    far = Client()
    far.force_login(officer(office=OfficeFactory(code="TEST-JAUH", name="Jauh")))
    assert row.number not in far.get("/cabang/laporan/").content.decode()
    assert far.get(f"/cabang/laporan/{row.uuid}/").status_code == 404


def test_the_list_costs_the_same_for_many_reports(
    desk, django_assert_num_queries, django_assert_max_num_queries
):
    reported()
    with django_assert_max_num_queries(14) as few:
        desk.get("/cabang/laporan/")
    for number in range(8):
        reported(reporter_phone=f"+62812000000{number:02}")
    with django_assert_num_queries(len(few)):
        desk.get("/cabang/laporan/")


# --- one report -------------------------------------------------------------------------------
def test_the_page_shows_the_reporters_phone_and_logs_the_look(desk, joko):
    row = reported(joko)
    page = desk.get(f"/cabang/laporan/{row.uuid}/").content.decode()
    assert PHONE in page
    assert "0812-9876-5432" in page
    assert "Joko Contoh" in page
    assert NIK not in page
    look = ViewLog.objects.get(what="reporter_phone")
    assert (look.object_id, look.viewer.name) == (str(row.pk), "Petugas")


def test_workers_of_the_village_with_a_like_name_are_offered(desk, joko):
    row = reported(name="joko contoh")
    far_worker()
    page = desk.get(f"/cabang/laporan/{row.uuid}/").content.decode()
    assert "Mungkin salah satu dari ini" in page
    assert str(joko.uuid) in page
    assert "Joko Jauh" not in page


@pytest.mark.parametrize("text", [NIK, "1671 0117 0885 0001", "joko c"])
def test_a_worker_of_the_own_area_is_found_by_nik_or_name(desk, joko, text):
    row = reported(name="Seseorang")
    answer = desk.post(f"/cabang/laporan/{row.uuid}/cari/", {"text": text})
    assert str(joko.uuid) in answer.content.decode()
    assert answer.status_code == 200


def test_another_branchs_worker_and_nobody_are_answered_alike(desk):
    row = reported(name="Seseorang")
    known, unknown = far_worker().nik, "1671014203890055"
    pages = [
        desk.post(f"/cabang/laporan/{row.uuid}/cari/", {"text": nik}).content.decode()
        for nik in (known, unknown)
    ]
    assert all("Tidak ada di wilayah cabang Anda." in page for page in pages)
    assert not any("Joko Jauh" in page for page in pages)
    assert ViewLog.objects.filter(what="nik_search").count() == 2


def test_an_empty_search_and_a_button_of_nobody_are_sentences(desk):
    row = reported()
    answer = desk.post(f"/cabang/laporan/{row.uuid}/cari/", {"text": " "})
    assert answer.status_code == 400
    for worker in ("", "rubbish", str(far_worker().uuid)):
        answer = desk.post(f"/cabang/laporan/{row.uuid}/cocokkan/", {"worker": worker}, follow=True)
        assert "tidak ada di wilayah cabang Anda" in answer.content.decode()
    assert again(row).worker is None


# --- matching ----------------------------------------------------------------------------------
def test_matching_holds_the_worker_and_says_who_did_it(desk, joko):
    row = reported(name="Joko")
    assert holds_of([joko.pk]) == {}
    desk.post(f"/cabang/laporan/{row.uuid}/cocokkan/", {"worker": str(joko.uuid)})
    row = again(row)
    assert (row.worker, row.matched_by.name, row.matched_at) == (joko, "Petugas", LATER)
    assert holds_of([joko.pk]) == {joko.pk: Hold.DEATH_REPORTED}
    event = AuditEvent.objects.get(action="report.matched")
    assert (event.before, event.after) == ({"worker": None}, {"worker": joko.pk})


def test_a_wrong_match_is_set_right_and_gives_the_first_worker_his_days_back(joko):
    other = EnrollmentFactory(approved=True, name="Joko Lain").worker
    until = joko.enrollments.get().approved_until
    row = reported(joko)
    match(report=row, worker=other, officer=officer(), now=NOW + timedelta(days=2))
    assert holds_of([joko.pk, other.pk]) == {other.pk: Hold.DEATH_REPORTED}
    assert joko.enrollments.get().approved_until == until + timedelta(days=3)


def test_a_worker_of_another_area_cannot_be_matched():
    with pytest.raises(NotInArea):
        match(report=reported(), worker=far_worker(), officer=officer(), now=LATER)


# --- ruling -------------------------------------------------------------------------------------
def test_a_confirmed_death_is_an_event_of_his_life_in_the_same_step(desk, joko):
    row = reported(joko, reporter_relation="family")
    answer = desk.post(
        f"/cabang/laporan/{row.uuid}/benar/",
        {"benar-happened_on": "18-11-2026", "benar-note": "Kata istrinya."},
        follow=True,
    )
    assert "Laporan dicatat benar." in answer.content.decode()
    row = again(row)
    assert (row.status, row.ruled_by.name, row.note) == ("confirmed", "Petugas", "Kata istrinya.")
    event = WorkerEvent.everything.get()
    assert (event.kind, event.happened_on, event.said_by) == ("died", date(2026, 11, 18), "family")
    assert holds_of([joko.pk]) == {joko.pk: Hold.DIED}
    # The audit log bears the words in its sealed part only.
    told = AuditEvent.objects.get(action="report.confirmed")
    assert "istrinya" not in str(told.before) + str(told.after)
    assert "istrinya" in told.personal


def test_a_confirmed_accident_is_a_fact_and_ends_nothing(joko):
    row = reported(joko, kind="accident")
    confirm(report=row, officer=officer(), happened_on=TODAY, note="", now=LATER)
    assert again(row).status == "confirmed"
    assert not WorkerEvent.everything.exists()
    assert holds_of([joko.pk]) == {}


def test_an_untrue_report_lifts_the_hold_and_gives_the_days_back(joko):
    until = joko.enrollments.get().approved_until
    row = reported(joko)
    note = "Ia menjawab telepon sendiri."
    refute(report=row, officer=officer(), note=note, now=NOW + timedelta(days=4))
    assert holds_of([joko.pk]) == {}
    case = joko.enrollments.get()
    assert case.approved_until == until + timedelta(days=5)
    assert case.events.get(kind="approval_moved")


def test_after_an_untrue_report_the_first_message_that_was_dropped_comes():
    case = case_with_phone(approved=True)
    greet(enrollment=case, now=NOW)
    row = reported(case.worker, reporter_phone="+6281200000009")
    refute(report=row, officer=officer(), note="Ia hidup.", now=LATER)
    states = Message.objects.order_by("pk").values_list("dedupe_key", "status")
    first = f"worker_hello:{case.pk}"
    assert list(states) == [(first, "dropped"), (f"{first}:{row.pk}", "waiting")]
    assert is_greeted(case.pk)


def test_who_was_written_to_before_an_untrue_report_is_not_written_to_twice():
    case = case_with_phone(approved=True)
    greet(enrollment=case, now=NOW)
    Message.objects.update(status="sent", sent_at=NOW)
    row = reported(case.worker, reporter_phone="+6281200000009")
    refute(report=row, officer=officer(), note="Ia hidup.", now=LATER)
    assert Message.objects.count() == 1


def test_the_days_given_back_end_before_the_65th_birthday():
    born = date(1961, 12, 20)
    case = EnrollmentFactory(approved=True, birth_date=born, approved_until=date(2026, 12, 18))
    row = reported(case.worker)
    refute(report=row, officer=officer(), note="Ia hidup.", now=NOW + timedelta(days=9))
    assert case.worker.enrollments.get().approved_until == date(2026, 12, 19)


def test_a_case_that_is_paid_keeps_the_last_day_of_its_approval():
    few_prices()
    paid = covered_worker()
    until = case_of(paid).approved_until
    refute(report=reported(paid.worker), officer=officer(), note="Ia hidup.", now=LATER)
    assert case_of(paid).approved_until == until


def test_nobody_is_confirmed_dead_of_whom_nobody_knows_who_he_is():
    with pytest.raises(NoWorker):
        confirm(report=reported(), officer=officer(), happened_on=TODAY, note="", now=LATER)


def test_an_unknown_worker_s_report_can_be_called_untrue():
    row = reported()
    refute(report=row, officer=officer(), note="Nomornya tidak aktif.", now=LATER)
    assert again(row).status == "refuted"


def test_who_reported_and_who_pays_for_him_do_not_rule():
    few_prices()
    paid = covered_worker()
    insider = officer()
    DonorMemberFactory(donor=paid.donor, user=insider)
    row = reported(paid.worker)
    with pytest.raises(OwnReport):
        refute(report=row, officer=insider, note="Ia hidup.", now=LATER)
    mine = officer()
    IncidentReport.everything.filter(pk=row.pk).update(reported_by=mine)
    with pytest.raises(OwnReport):
        confirm(report=row, officer=mine, happened_on=TODAY, note="", now=LATER)


def test_a_report_is_called_untrue_with_a_word_only(desk):
    row = reported()
    with pytest.raises(NoteMissing):
        refute(report=row, officer=officer(), note=" ", now=LATER)
    answer = desk.post(f"/cabang/laporan/{row.uuid}/tidak-benar/", {"tidak-note": ""})
    assert answer.status_code == 400
    assert "Tulis singkat" in answer.content.decode()
    assert again(row).status == "open"


def test_a_second_officer_reads_that_a_colleague_was_faster(desk):
    row = reported()
    refute(report=row, officer=officer(), note="Ia hidup.", now=LATER)
    with pytest.raises(AlreadyRuled):
        refute(report=row, officer=officer(), note="Ia hidup.", now=LATER)
    answer = desk.post(
        f"/cabang/laporan/{row.uuid}/tidak-benar/", {"tidak-note": "Ia hidup."}, follow=True
    )
    assert "sudah diputuskan rekan lain" in answer.content.decode()


def test_a_double_click_rules_once(joko):
    row, by = reported(joko), officer()
    for _ in range(2):
        confirm(report=row, officer=by, happened_on=TODAY, note="", now=LATER)
    assert AuditEvent.objects.filter(action="report.confirmed").count() == 1
    assert WorkerEvent.everything.count() == 1


@pytest.mark.parametrize("day", ["21-11-2026", "", "lusa", "01-01-1980"])
def test_a_wrong_day_of_death_is_told_and_nothing_is_ruled(desk, joko, day):
    row = reported(joko)
    desk.post(f"/cabang/laporan/{row.uuid}/benar/", {"benar-happened_on": day, "benar-note": ""})
    assert again(row).status == "open"
    assert not WorkerEvent.everything.exists()


def test_a_death_that_is_confirmed_twice_is_one_event(joko):
    one = reported(joko)
    two = reported(joko, reporter_phone="+6281200000009")
    for row in (one, two):
        confirm(report=row, officer=officer(), happened_on=TODAY, note="", now=LATER)
    assert WorkerEvent.everything.count() == 1


# --- whose desk rules ---------------------------------------------------------------------------
def test_a_worker_of_another_branch_is_ruled_on_there_and_not_here(desk):
    worker = far_worker()
    row = reported(worker, name="Seseorang")
    assert row.office.code == "TEST-JAUH"
    assert desk.get(f"/cabang/laporan/{row.uuid}/").status_code == 404
    for verb, said in ((confirm, {"happened_on": TODAY}), (refute, {})):
        with pytest.raises(NotInArea):
            verb(report=row, officer=officer(), note="Kata orang.", now=LATER, **said)
    assert not WorkerEvent.everything.exists()
    there = officer(office=row.office)
    confirm(report=row, officer=there, happened_on=TODAY, note="", now=LATER)
    assert holds_of([worker.pk]) == {worker.pk: Hold.DIED}


def test_a_report_that_lies_at_a_desk_says_nothing_of_another_desk_s_worker(desk):
    pages = []
    for worker in (far_worker(), None):
        row = reported(name="Seseorang")
        IncidentReport.everything.filter(pk=row.pk).update(worker=worker, matched_at=None)
        pages.append(desk.get(f"/cabang/laporan/{row.uuid}/").content.decode())
        row.delete()
    assert all("Belum dicocokkan" in page and "Ya, laporan benar" not in page for page in pages)


def test_a_worker_whom_no_desk_knows_is_ruled_on_where_the_report_lies():
    row = reported(WorkerFactory())
    assert row.office == OfficeFactory()
    confirm(report=row, officer=officer(), happened_on=TODAY, note="", now=LATER)
    assert again(row).status == "confirmed"


def test_a_worker_of_a_closed_desk_without_successor_is_ruled_on_at_the_village():
    worker = far_worker()
    Office.objects.filter(code="TEST-JAUH").update(is_open=False)
    row = reported(worker)
    assert row.office == OfficeFactory()
    refute(report=row, officer=officer(), note="Ia hidup.", now=LATER)
    assert again(row).status == "refuted"


def test_a_report_goes_back_with_a_worker_whose_move_was_a_mistake(joko):
    RegencyFactory(code="1672", name="Kota Prabumulih")
    far = OfficeFactory(code="TEST-JAUH", name="Kantor Cabang Jauh")
    OfficeAreaFactory(office=far, regency_id="1672")
    moved = record_event(
        worker=joko,
        kind="moved",
        happened_on=TODAY,
        said_by="family",
        by=officer(),
        now=NOW,
        village=AreaFactory(code="1672011001", name="Gunung Ibul"),
    )
    row = reported(joko)
    assert row.office == far
    revoke_event(event=moved, by=officer(), now=LATER, note="salah orang")
    assert again(row).office == OfficeFactory()
    refute(report=again(row), officer=officer(), note="Ia hidup.", now=LATER)
