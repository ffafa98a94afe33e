"""The public form of a report: few questions, one answer for all, no script needed."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEvent
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import (
    NOW,
    EnrollmentFactory,
    OfficeFactory,
    UserFactory,
    WorkerFactory,
    nik_of,
)
from tests.workers.journey import places
from tests.workers.reports import NIK, filled
from workers.models import Enrollment, IncidentReport
from workers.views import reports as views

pytestmark = pytest.mark.django_db

BORN = date(1985, 8, 17)


@pytest.fixture(autouse=True)
def _today():
    places()
    with time_machine.travel(NOW, tick=False):
        yield


def only() -> IncidentReport:
    return IncidentReport.everything.get()


def test_somebody_reports_without_signing_in_and_reads_the_number(client):
    page = client.post("/lapor/", filled(), follow=True).content.decode()
    row = only()
    assert f"Sudah kami terima, no. {row.number}" in page
    for words in (
        "Kantor Cabang Palembang",
        "Jalan Contoh 1",
        "175",
        "tidak dipungut biaya",
        "Surat keterangan kematian",
    ):
        assert words in page
    assert (row.reporter_phone, row.reported_by) == ("+6281298765432", None)
    assert row.happened_on == date(2026, 11, 19)


def test_after_an_accident_the_page_says_two_times_24_hours(client):
    page = client.post("/lapor/", filled(kind="accident"), follow=True).content.decode()
    assert "2 x 24 jam" in page
    assert "Keterangan dokter" in page


def test_the_page_names_neither_worker_nor_reporter(client):
    page = client.post("/lapor/", filled(), follow=True).content.decode()
    for secret in ("Joko", "Wati", "1671", "0812", "Meninggal dunia"):
        assert secret not in page


def test_the_answer_is_the_same_whether_or_not_the_nik_is_known(client):
    WorkerFactory(nik=NIK, birth_date=BORN)
    pages = []
    for nik in (NIK, nik_of(BORN, "L", 4242)):
        page = client.post("/lapor/", filled(nik=nik), follow=True).content.decode()
        row = IncidentReport.everything.latest("pk")
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        pages.append(page.replace(row.number, "").replace(str(row.uuid), ""))
    assert pages[0] == pages[1]
    assert IncidentReport.everything.filter(worker__isnull=False).count() == 1


def test_the_receipt_shows_the_office_of_the_village_told_wherever_the_report_lies(client):
    far = OfficeFactory(code="TEST-JAUH", name="Kantor Cabang Jauh")
    EnrollmentFactory(approved=True, office=far, nik=NIK, birth_date=BORN, sex="L")
    page = client.post("/lapor/", filled(), follow=True).content.decode()
    assert only().office == far
    assert "Kantor Cabang Palembang" in page
    assert "Jauh" not in page


def test_a_double_click_and_a_second_tab_make_one_report(client):
    first = client.post("/lapor/", filled())
    assert client.post("/lapor/", filled())["Location"] == first["Location"]
    assert Client().post("/lapor/", filled())["Location"] == first["Location"]
    assert IncidentReport.everything.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("kind", "", "Pilih satu."),
        ("name", "", "Tulis nama lengkapnya."),
        ("nik", "1671 0117", "kurang dari 16 angka"),
        ("village", "", "Cari desa atau kelurahan"),
        ("happened_on", "21-11-2026", "belum tiba"),
        ("happened_on", "19-11-1956", "terlalu lama"),
        ("happened_on", "kemarin", "tanggal-bulan-tahun"),
        ("reporter_name", "7", "Nama hanya berisi huruf"),
        ("reporter_phone", "12", "nomor HP Indonesia"),
        ("reporter_relation", "bos", "Pilih dari daftar."),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field_and_nothing_is_kept(
    client, field, value, sentence
):
    answer = client.post("/lapor/", filled(**{field: value}))
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not IncidentReport.everything.exists()


def test_the_nik_may_stay_empty(client):
    assert client.post("/lapor/", filled(nik="")).status_code == 302
    assert (only().nik, only().nik_index, only().worker) == ("", "", None)


def test_the_village_is_searched_without_javascript(client):
    typed = filled(village="", village_teks="kemangmanis", village_cari_desa="teks")
    answer = client.post("/lapor/", typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="1671011007"' in page
    assert 'value="Joko Contoh"' in page
    assert not IncidentReport.everything.exists()


def test_from_the_card_the_worker_is_known_by_his_short_name_only(client):
    worker = WorkerFactory(nik=NIK, name="Joko Contoh Santoso", birth_date=BORN)
    address = f"/lapor/?kartu={worker.uuid}"
    page = client.get(address).content.decode()
    assert "Joko S." in page
    assert "Santoso" not in page
    assert 'name="nik"' not in page
    answers = filled()
    for name in ("name", "nik", "village"):
        del answers[name]
    assert client.post(address, answers).status_code == 302
    assert (only().worker, only().name) == (worker, "Joko S.")


def test_a_donor_reports_his_own_worker_and_is_asked_neither_nik_nor_relation():
    few_prices()
    row = covered_worker()
    rina, stranger = Client(), Client()
    rina.force_login(row.donor.person)
    stranger.force_login(UserFactory())
    address = f"/lapor/?pekerja={row.worker.uuid}"
    page = rina.get(address).content.decode()
    assert row.worker.name in page
    assert 'name="nik"' not in page
    assert 'name="reporter_relation"' not in page
    # To anybody else the address is worth nothing, like one of nobody.
    other = stranger.get(address).content.decode()
    assert row.worker.name not in other
    assert 'name="nik"' in other
    assert 'name="nik"' in stranger.get(f"/lapor/?pekerja={uuid4()}").content.decode()
    # So it is to a donor whose own case came to nothing.
    refused, before = EnrollmentFactory(approved=True, of=row.worker), Client()
    Enrollment.everything.filter(pk=refused.pk).update(status="rejected")
    before.force_login(refused.donor.person)
    assert row.worker.name not in before.get(address).content.decode()
    answers = filled()
    for name in ("name", "nik", "village", "reporter_relation"):
        del answers[name]
    assert rina.post(address, answers).status_code == 302
    assert (only().worker, only().reporter_relation) == (row.worker, "donor")
    assert only().reported_by == row.donor.person
    assert AuditEvent.objects.get(action="report.made").actor == row.donor.person


def test_too_many_reports_from_one_place_are_asked_to_wait_or_call(client, monkeypatch):
    monkeypatch.setattr(views, "PER_ADDRESS", 2)
    for last in "12":
        answer = client.post("/lapor/", filled(reporter_phone=f"0812-9876-543{last}"))
        assert answer.status_code == 302
    third = filled(reporter_phone="0812-9876-5433")
    answer = client.post("/lapor/", third)
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "telepon 175 sekarang" in page
    assert 'value="0812-9876-5433"' in page
    assert IncidentReport.everything.count() == 2
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert client.post("/lapor/", third).status_code == 302


def test_the_counter_bears_no_address(client, monkeypatch):
    kept: list[str] = []
    monkeypatch.setattr("accounts.limits.cache.set", lambda key, *_a, **_k: kept.append(key))
    client.post("/lapor/", filled(), REMOTE_ADDR="203.0.113.77")
    assert kept
    assert not any("203.0.113.77" in key for key in kept)


def test_an_address_of_no_report_is_404(client):
    assert client.get(f"/lapor/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("address", ["/", "/bila-terjadi/"])
def test_the_form_is_one_tap_away(client, address):
    few_prices()
    assert 'href="/lapor/"' in client.get(address).content.decode()


def test_the_card_leads_to_the_form(client):
    worker = WorkerFactory()
    assert f"/lapor/?kartu={worker.uuid}" in client.get(f"/k/{worker.uuid}/").content.decode()
