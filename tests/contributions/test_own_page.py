"""The worker's own page: who pays, until when, what he gets; whether he need pay (P16, P17)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from contributions.own_page import OwnPage, SelfPay, own_page
from contributions.selectors import cover_status
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from donors.models import Donor
from tests.contributions.builders import at, covered_worker, few_prices
from tests.factories import (
    NOW,
    TODAY,
    DonorFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    OrderFactory,
    ProgrammeFactory,
    officer,
)
from tests.workers.persons import opened_by_print
from workers.models import Enrollment, IncidentReport, Worker, WorkerEvent
from workers.person_selectors import Person

pytestmark = pytest.mark.django_db
LAST_DAY = TODAY.replace(day=19, year=2027)


@pytest.fixture(autouse=True)
def _now() -> Any:
    cache.clear()
    OfficeAreaFactory()
    few_prices()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def accepted(**case: Any) -> Any:
    sponsorship = covered_worker(**case)
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    sponsorship.refresh_from_db()
    return sponsorship


def page_of(worker: Worker, today: Any = TODAY) -> OwnPage:
    return own_page(Person(worker.nik_index), today=today)


def self_pay(worker: Worker, today: Any = TODAY) -> SelfPay:
    return page_of(worker, today).self_pay


def shown(client: Client, name: str = "person") -> str:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return str(answer.content.decode())


# --- what it says -----------------------------------------------------------------------
def test_a_covered_worker_reads_who_pays_until_when_and_what_he_gets():
    sponsorship = accepted()
    page = shown(opened_by_print(sponsorship.enrollment))
    assert "Anda terlindungi" in page
    assert "20 Nov 2026 – 19 Nov 2027" in page
    assert "seorang donatur" in page
    assert sponsorship.donor.name not in page
    # Full JKM stands only beside the day on which it begins (P41).
    assert "Mulai 20 Februari 2027: Rp 42 juta" in page
    assert "Perlindungan Anda s.d. 19 November 2027; Anda belum perlu membayar." in page


def test_the_page_shows_first_name_and_initial_and_no_full_nik():
    sponsorship = accepted(name="Siti Aminah")
    page = shown(opened_by_print(sponsorship.enrollment))
    assert "Siti A." in page
    assert "Aminah" not in page
    assert sponsorship.worker.nik not in page


def test_a_donor_who_allows_it_and_an_organisation_are_named():
    donor = DonorFactory(name="Rina Kartika", show_name=True)
    case = EnrollmentFactory(order=OrderFactory(programme=ProgrammeFactory(donor=donor)))
    assert "Rina Kartika" in shown(opened_by_print(case))


def test_paid_is_not_yet_protected():
    """P1: until BPJS has accepted, the page says so."""
    page = shown(opened_by_print(covered_worker().enrollment))
    assert "menunggu pengesahan BPJS Ketenagakerjaan" in page
    assert "Anda terlindungi" not in page


@pytest.mark.parametrize(
    ("trait", "sentence"),
    [
        ({"awaiting_consent": True}, "Menunggu persetujuan Anda"),
        ({"awaiting_consent": True, "sex": ""}, "Menunggu data Anda"),
        ({}, "Sedang diperiksa cabang"),
        ({"returned": True}, "Datanya sedang diperbaiki"),
        ({"approved": True}, "Disetujui cabang, belum dibayar"),
        ({"approved": True, "decided_at": NOW - timedelta(days=40)}, "Sudah selesai"),
        (
            {"approved": True, "frozen_at": NOW, "frozen_because": "not_me"},
            "Dihentikan dulu",
        ),
    ],
)
def test_each_state_of_a_case_is_told_in_plain_words(trait, sentence):
    case = EnrollmentFactory(**trait)
    assert sentence in shown(opened_by_print(case))


def test_who_is_in_reads_that_his_case_came_to_nothing():
    client = opened_by_print(case := EnrollmentFactory())
    Enrollment.everything.filter(pk=case.pk).update(status="withdrawn")
    assert "Tidak diteruskan" in shown(client)


def test_after_a_report_of_an_accident_the_branch_decides():
    """P3: no page says that he is not protected."""
    sponsorship = accepted()
    IncidentReport.everything.create(
        kind="accident",
        worker=sponsorship.worker,
        name="x",
        village=sponsorship.worker.village,
        happened_on=TODAY,
        reporter_name="x",
        reporter_phone="x",
        reporter_relation="family",
        reported_at=NOW,
        office=sponsorship.enrollment.office,
        due_on=TODAY,
    )
    page = shown(opened_by_print(sponsorship.enrollment))
    assert "Belum dapat dipastikan di sini" in page
    assert "Iuran dibayar sampai 19 November 2027" in page
    assert "perlu membayar" not in page
    IncidentReport.everything.update(
        status="confirmed", ruled_by=officer(), ruled_at=NOW, matched_at=NOW
    )
    # Once it is ruled on, whether he need pay is answered again.
    assert self_pay(sponsorship.worker).kind == "not_yet"


def test_the_family_card_prints_what_to_do():
    page = shown(opened_by_print(accepted().enrollment), "person_card")
    for word in ("175", "2 x 24 jam", "KTP", "Klaim tidak dipungut biaya"):
        assert word in page


def test_the_page_asks_no_more_for_more_cases(django_assert_max_num_queries):
    worker = accepted().worker
    with django_assert_max_num_queries(22):
        page_of(worker)
    for _more in range(4):
        EnrollmentFactory(of=worker, approved=True)
    with django_assert_max_num_queries(22):
        assert len(page_of(worker).cases) == 5


# --- whether he need pay himself (P17) ----------------------------------------------------
def test_while_the_donor_goes_on_he_need_not_pay():
    assert self_pay(accepted().worker) == SelfPay("not_yet", until=LAST_DAY)


def test_before_anything_was_paid_nothing_is_said_of_paying():
    case = EnrollmentFactory(approved=True)
    assert self_pay(case.worker).kind == "none"


def test_once_the_donor_has_said_stop_he_may_pay_and_nobody_is_blamed():
    sponsorship = accepted()
    by = sponsorship.donor.person
    stop_sponsorship(sponsorship=sponsorship, by=by, now=NOW)
    found = self_pay(sponsorship.worker)
    assert (found.kind, found.until) == ("self", LAST_DAY)
    assert {months: quote.total for months, quote in found.choices}[1] == 16_800
    page = shown(opened_by_print(sponsorship.enrollment))
    assert "Sesudah itu belum ada yang membayar" in page
    assert "Minta sponsor lain" in page
    assert "berhenti membayar" not in page
    assert sponsorship.donor.name not in page


def test_an_open_invoice_before_the_end_of_cover_is_the_donor_s_to_pay():
    sponsorship = accepted()
    soon = LAST_DAY - timedelta(days=10)
    renew(today=soon, now=at(soon))
    assert self_pay(sponsorship.worker, soon).kind == "not_yet"


def test_once_cover_has_ended_unpaid_he_gets_the_pay_link():
    sponsorship = accepted()
    soon, later = LAST_DAY - timedelta(days=10), LAST_DAY + timedelta(days=1)
    renew(today=soon, now=at(soon))
    found = self_pay(sponsorship.worker, later)
    assert (found.kind, found.until) == ("link", LAST_DAY)
    assert "/bayar/" in found.url
    assert found.total == 12 * 16_800


def test_an_invoice_with_other_workers_is_never_his_to_pay():
    donor = DonorFactory()
    programme = ProgrammeFactory(donor=donor)
    rows = [accepted(order=OrderFactory(programme=programme)) for _two in range(2)]
    soon, later = LAST_DAY - timedelta(days=10), LAST_DAY + timedelta(days=1)
    renew(today=soon, now=at(soon))
    # He is asked for his own months instead.
    assert self_pay(rows[0].worker, later).kind == "self"


def test_in_a_programme_of_a_budget_he_waits_for_the_next_stage():
    """P19: no message to pay himself unless the branch releases it."""
    programme = ProgrammeFactory(agreement=True)
    sponsorship = accepted(order=OrderFactory(programme=programme))
    stop_sponsorship(sponsorship=sponsorship, by=officer(), now=NOW)
    found = self_pay(sponsorship.worker)
    assert found.kind == "stage"
    assert "Menunggu tahap berikutnya" in shown(opened_by_print(sponsorship.enrollment))


def test_who_has_left_is_asked_for_nothing():
    sponsorship = accepted()
    WorkerEvent.everything.create(
        worker=sponsorship.worker,
        kind="left",
        happened_on=TODAY,
        said_by="worker",
        recorded_at=NOW,
    )
    assert self_pay(sponsorship.worker).kind == "none"
    assert "Anda sudah berhenti" in shown(opened_by_print(sponsorship.enrollment))


# --- the donor's word on his name ----------------------------------------------------------
def test_a_private_donor_lets_his_workers_read_his_name(client):
    donor = DonorFactory()
    client.force_login(donor.person)
    assert "seorang donatur" in client.get(reverse("orders")).content.decode()
    for answer, expected in (("ya", True), ("ya", True), ("tidak", False), ("x", False)):
        assert client.post(reverse("donor_name"), {"boleh": answer}).status_code == 302
        assert Donor.everything.get(pk=donor.pk).show_name is expected


def test_cover_is_that_of_the_registry():
    worker = accepted().worker
    assert page_of(worker).cover == cover_status(worker, today=TODAY)
