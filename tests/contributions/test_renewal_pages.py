"""What could not be renewed, on the branch's page; the runs, on head office's."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contributions import renewal_page, renewal_runs
from contributions.models import RenewalAsk, RenewalChunk, RenewalOutcome, RenewalRun
from contributions.services.ending import PARKED_AHEAD
from contributions.services.renewal_plan import Part
from contributions.services.renewal_writing import PARKED
from contributions.services.reversing import PARKED_ACCEPTED, PARKED_BEGUN, PARKED_REPORTED
from tests.contributions.builders import billed_order, covered_worker, few_prices
from tests.factories import (
    NOW,
    TODAY,
    OfficeFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/cabang/tidak-diperpanjang/"
Reason = RenewalOutcome.Reason


@pytest.fixture(autouse=True)
def _at_ten():
    few_prices()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def run():
    return RenewalRun.objects.create(kind="night", today=TODAY, started_at=NOW)


def staff(kind, office=None):
    user = UserFactory()
    RoleFactory(user=user, kind=kind, office=office)
    return user


@pytest.fixture
def officer():
    return staff("branch_officer", OfficeFactory())


def refused(run, reason=Reason.BOUGHT_BY_OTHER, **case):
    return RenewalOutcome.everything.create(
        sponsorship=covered_worker(**case),
        run=run,
        paid_until=case.get("paid_until", TODAY + timedelta(days=5)),
        reason=reason,
        first_seen=TODAY,
        last_seen=TODAY,
    )


def shown(client, user, address=PAGE):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_reason_says_what_to_do_and_who_does_it():
    assert set(renewal_page.ADVICE) == {reason for reason in Reason.values if reason}


def test_an_officer_reads_what_waits_at_his_branch_alone(client, run, officer):
    refused(run, name="Siti Contoh", serial=1)
    elsewhere = OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lain")
    refused(run, name="Budi Jauh", serial=2, office=elsewhere)
    closed = refused(run, name="Tono Beres", serial=3)
    closed.closed_at = NOW
    closed.save()
    page = shown(client, officer)
    assert "Siti Contoh" in page
    assert "25 Nov 2026" in page
    assert "Bulannya sudah dibayar donatur lain (1)" in page
    assert "Kabari donatur" in page
    assert "Budi Jauh" not in page
    assert "Tono Beres" not in page


def test_the_list_is_narrowed_by_reason(client, run, officer):
    refused(run, name="Siti Contoh", serial=1)
    refused(run, Reason.DIED, name="Budi Contoh", serial=2)
    page = shown(client, officer, f"{PAGE}?alasan=died")
    assert "Budi Contoh" in page
    assert "Siti Contoh" not in page
    assert "Tidak ada yang cocok" in shown(client, officer, f"{PAGE}?alasan=left")
    file = shown(client, officer, f"{PAGE}tabel.csv?alasan=died")
    assert file.count("\n") == 2
    assert "Budi" not in file


@pytest.mark.parametrize(
    ("reason", "kind", "address"),
    [
        (Reason.TARIFF_MISSING, "head_office", "tariffs"),
        (Reason.TARIFF_MISSING, "branch_officer", "case"),
        (Reason.DEATH_REPORTED, "branch_officer", "reports"),
        (Reason.DEATH_REPORTED, "auditor", "worker"),
        (Reason.FUND_DRY, "branch_supervisor", "donors_opened"),
        (Reason.FUND_DRY, "branch_officer", "case"),
        (Reason.INCONSISTENT, "branch_officer", "parked_sponsorship"),
        (Reason.INCONSISTENT, "regional_admin", "case"),
        (Reason.LEFT, "branch_officer", "worker"),
        (Reason.FROZEN, "branch_officer", "case"),
    ],
)
def test_the_way_on_is_one_that_the_reader_may_go(client, run, reason, kind, address):
    outcome = refused(run, reason)
    outcome.sponsorship.parked_at = NOW
    outcome.sponsorship.save()
    office = outcome.sponsorship.enrollment.office
    where = {"head_office": None, "regional_admin": office.parent}
    user = staff(kind, where.get(kind, office))
    [row] = renewal_page.rows_for(user, [outcome])
    at = {
        "case": [outcome.sponsorship.enrollment.uuid],
        "worker": [outcome.sponsorship.worker.uuid],
        "parked_sponsorship": [outcome.sponsorship.uuid],
    }
    assert row.url == reverse(address, args=at.get(address, []))
    client.force_login(user)
    assert client.get(row.url).status_code == 200


def test_a_kanwil_reads_its_branches_and_chooses_one(client, run):
    here = refused(run, name="Siti Contoh", serial=1).sponsorship.enrollment.office
    other = OfficeFactory(code="TEST-LAHAT", name="Kantor Cabang Lahat")
    refused(run, name="Budi Contoh", serial=2, office=other)
    regional = staff("regional_admin", here.parent)
    page = shown(client, regional)
    assert "Kantor Cabang Lahat (1)" in page
    assert "Siti Contoh" in page
    narrowed = shown(client, regional, f"{PAGE}?cabang=TEST-LAHAT")
    assert "Budi Contoh" in narrowed
    assert "Siti Contoh" not in narrowed


def test_the_page_asks_no_more_for_many_rows(client, run, officer):
    counts = []
    for serials in (range(1), range(1, 6)):
        for serial in serials:
            refused(run, serial=serial)
        client.force_login(officer)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


# --- runs ---------------------------------------------------------------------------------


@pytest.fixture
def head():
    return staff("head_office")


def done(run, minutes=3):
    run.stage, run.finished_at = RenewalRun.Stage.DONE, run.started_at + timedelta(minutes=minutes)
    run.save()


def chunk_of(run: RenewalRun, **fields: Any) -> RenewalChunk:
    """The one chunk of a run: everything of one donor."""
    part = Part(first_donor=1, last_donor=1, lines=3)
    return RenewalChunk.objects.create(run=run, number=1, **vars(part), **fields)


def test_head_office_sees_what_a_run_asked_for_and_refused(client, run, head):
    invoice = billed_order(2)
    RenewalAsk.objects.create(
        run=run, chunk=1, donor=invoice.donor, invoice=invoice, workers=2, amount=33_600
    )
    chunk_of(run, finished_at=NOW, counts={"refused": 1})
    done(run)
    page = shown(client, head, "/perpanjangan/")
    assert "20 Nov 2026" in page
    assert "2 pekerja" in page
    assert "Rp 33.600" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 pekerja" in page
    assert "3 menit" in page
    assert "terhenti" not in page


def test_head_office_looks_ahead_by_day(client, head):
    """A month paid on 20 November runs to 19 December: its next is asked for 15 days before."""
    covered_worker(months=1, serial=1, name="Siti Contoh")
    quiet = shown(client, head, "/perpanjangan/")
    assert "Perkiraan untuk 20 November 2026" in quiet
    assert "Donatur dengan iuran terbesar" not in quiet
    page = shown(client, head, "/perpanjangan/?hari=04-12-2026").replace("\N{NO-BREAK SPACE}", " ")
    assert "Perkiraan untuk 4 Desember 2026" in page
    assert "Donatur dengan iuran terbesar" in page
    assert "lewat tagihan, Rp 8.400" in page
    assert "Pilih hari ini" in shown(client, head, "/perpanjangan/?hari=19-11-2026")
    assert "HH-BB-TTTT" in shown(client, head, "/perpanjangan/?hari=besok")


def test_after_tonight_comes_tomorrow(run):
    assert renewal_runs.next_night([], today=TODAY) == TODAY
    assert renewal_runs.next_night([run], today=TODAY) == TODAY + timedelta(days=1)


def test_a_run_that_stands_still_says_so(client, run, head):
    run.stage = RenewalRun.Stage.WORK
    run.save()
    assert "sedang berjalan" in shown(client, head, "/perpanjangan/")
    RenewalRun.objects.update(started_at=NOW - timedelta(minutes=31))
    page = shown(client, head, "/perpanjangan/")
    assert "terhenti" in page
    assert "Tahap 2 dari 4" in page
    assert "Jalankan lagi" in page


def test_the_page_of_runs_asks_no_more_for_many(client, run, head):
    done(run)
    client.force_login(head)
    client.get("/perpanjangan/")
    with CaptureQueriesContext(connection) as one:
        client.get("/perpanjangan/")
    for _ in range(5):
        done(RenewalRun.objects.create(kind="again", today=date(2026, 11, 1), started_at=NOW))
    with CaptureQueriesContext(connection) as many:
        client.get("/perpanjangan/")
    assert len(one) == len(many) <= 12


def test_runs_in_between_that_found_nothing_are_left_out(run):
    def again(hours: int, *, finished: bool) -> RenewalRun:
        return RenewalRun.objects.create(
            kind="again",
            today=TODAY,
            started_at=NOW + timedelta(hours=hours),
            stage=5 if finished else 1,
            finished_at=NOW + timedelta(hours=hours) if finished else None,
        )

    RenewalRun.objects.filter(pk=run.pk).update(stage=5, finished_at=NOW)
    again(1, finished=True)
    busy, still_open = again(2, finished=True), again(3, finished=False)
    chunk_of(busy)
    assert renewal_runs.shown_runs(14) == [still_open, busy, run]
    assert renewal_runs.shown_runs(2) == [still_open, busy]


@pytest.mark.parametrize(
    "reason", [PARKED, PARKED_AHEAD, PARKED_ACCEPTED, PARKED_REPORTED, PARKED_BEGUN]
)
def test_each_reason_to_park_has_its_sentence(reason):
    said = render_to_string("contributions/_parked_reason.html", {"reason": reason})
    assert said
    assert reason not in said
