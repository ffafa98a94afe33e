"""The printable timeline: facts with their minutes, all of them for the branch only (P3)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from contributions.services.remitting import fetch_answers, remit
from contributions.services.sponsoring import follow_up_approvals
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import NOW, TODAY, EnrollmentFactory, OfficeFactory, UserFactory, officer
from tests.workers.reports import reported
from workers.models import Enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    """A worker paid at ten o'clock, and accepted a minute later."""
    few_prices()
    row = covered_worker()
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    return row


def read_by(user, row) -> str:
    client = Client()
    client.force_login(user)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        answer = client.get(f"/garis-waktu/{row.worker.uuid}/")
    if answer.status_code != 200:
        return str(answer.status_code)
    return answer.content.decode().replace("\xa0", " ")


def test_the_branch_reads_every_fact_in_order_to_the_minute(row):
    reported(row.worker, now=NOW + timedelta(minutes=30), happened_on=TODAY)
    page = read_by(officer(), row)
    facts = (
        "Didaftarkan (kasus",
        "Disetujui cabang (kasus",
        "Dibayar Rp",
        "Dikirim ke BPJS Ketenagakerjaan",
        "Disahkan BPJS Ketenagakerjaan: 20 Nov 2026",
        "Dilaporkan (L-26",
    )
    places = [page.index(fact) for fact in facts]
    assert places == sorted(places)
    assert "20 November 2026, 10.00 WIB" in page
    assert "20 November 2026, 10.30 WIB" in page
    assert "sejak 10.00 WIB" in page
    assert "Cabang BPJS Ketenagakerjaan yang memutuskan klaim" in page


def test_the_receipts_and_the_kpj_stand_on_it(row):
    type(row.worker).everything.filter(pk=row.worker_id).update(kpj="24001234567")
    page = read_by(officer(), row)
    receipt = row.contributions.first().core_receipt
    assert receipt
    assert receipt in page
    assert "24001234567" in page


def test_a_donor_reads_what_he_paid_himself_and_no_report_of_others(row):
    made = reported(row.worker)
    other = EnrollmentFactory(approved=True, of=row.worker)
    page = read_by(row.donor.person, row)
    assert "Dibayar Rp" in page
    assert made.number not in page
    assert other.number not in page
    assert "Hanya yang Anda daftarkan" in page
    whole = read_by(officer(), row)
    assert made.number in whole
    assert other.number in whole


@pytest.mark.parametrize("status", ["rejected", "expired", "withdrawn", "approved"])
def test_a_case_that_came_to_nothing_opens_no_timeline(row, status):
    other = EnrollmentFactory(approved=True, of=row.worker)
    Enrollment.everything.filter(pk=other.pk).update(status=status)
    assert read_by(other.donor.person, row) == "404"


def test_a_case_that_is_over_opens_it_if_months_were_paid_for_it(row):
    Enrollment.everything.filter(pk=row.enrollment_id).update(status="expired")
    assert "Dibayar Rp" in read_by(row.donor.person, row)


def test_a_donor_who_has_not_paid_reads_nothing_of_what_others_pay(row):
    type(row.worker).everything.filter(pk=row.worker_id).update(kpj="24001234567")
    moved = OfficeFactory(code="TEST-JAUH", name="Kantor Pihak Lain")
    Enrollment.everything.filter(pk=row.enrollment_id).update(office=moved)
    other = EnrollmentFactory(approved=True, of=row.worker, decided_at=NOW - timedelta(days=1))
    follow_up_approvals(now=NOW)
    page = read_by(other.donor.person, row)
    assert "Terlindungi" not in page
    assert "2027" not in page
    assert "24001234567" not in page
    assert moved.name not in page
    assert other.office.name in page
    own = read_by(row.donor.person, row)
    assert "Terlindungi" in own
    assert "24001234567" in own


def test_a_stranger_and_another_branch_find_no_such_page(row):
    far = officer(office=OfficeFactory(code="TEST-JAUH", name="Jauh"))
    assert read_by(UserFactory(), row) == "404"
    assert read_by(far, row) == "404"


def test_no_full_nik_stands_on_it(row):
    assert row.worker.nik not in read_by(officer(), row)


def test_it_costs_the_same_for_many_months(row, django_assert_max_num_queries):
    client = Client()
    client.force_login(officer())
    with (
        time_machine.travel(NOW + timedelta(hours=1), tick=False),
        django_assert_max_num_queries(26),
    ):
        client.get(f"/garis-waktu/{row.worker.uuid}/")
