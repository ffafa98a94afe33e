"""Certificates and family cards: what they may say of a worker, and who gets them."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from bricks.months import add_months
from contributions.models import Sponsorship
from contributions.papers.certificates import certificates_paper, family_paper
from contributions.papers.printing import pdf
from contributions.protection import donors_protections, own_protection
from contributions.services.remitting import fetch_answers, remit
from regions.models import Area
from tests.contributions.builders import (
    at,
    billed_order,
    covered_worker,
    few_prices,
    pay,
    sponsorships_of,
)
from tests.contributions.papers import words
from tests.contributions.rows import buy, sponsored
from tests.contributions.test_money_papers import NAMES
from tests.factories import NOW, TODAY, EnrollmentFactory, OrderFactory, UserFactory
from tests.workers.reports import reported
from workers.models import IncidentReport, Worker

pytestmark = pytest.mark.django_db
NEVER = ("tidak dilindungi", "Tidak dilindungi", "tidak terlindungi", "Tidak terlindungi")


@pytest.fixture(autouse=True)
def _prices(db):
    few_prices()


def rows(*sponsorships):
    ids = [row.pk for row in sponsorships]
    return Sponsorship.everything.filter(pk__in=ids).select_related(
        "worker__village", "donor", "enrollment__office"
    )


def certificate(sponsorship, *, now=NOW):
    found = donors_protections(rows(sponsorship), today=now.date())
    return words(certificates_paper(found, now=now))


def accept(now=NOW):
    """Let BPJS accept what is paid."""
    remit(today=TODAY, now=now)
    fetch_answers(now=now + timedelta(minutes=1))


# --- what it says ------------------------------------------------------------------------
def test_a_paid_month_is_no_protection_before_bpjs_has_accepted_it():
    row = covered_worker()
    text = certificate(row)
    assert "Keterangan iuran" in text
    assert "Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan" in text
    assert "erlindungi" not in text.partition("Bila terjadi")[0]
    assert "juta" not in text
    family = words(family_paper(donors_protections(rows(row), today=TODAY)[0], now=NOW))
    assert "erlindungi" not in family


def test_accepted_months_are_protection_from_the_minute_of_payment_until_the_last_day():
    row = covered_worker(NOW.replace(hour=14, minute=2))
    accept()
    row.worker.refresh_from_db()
    text = certificate(row)
    assert "Sertifikat perlindungan" in text
    assert "Terlindungi\n20 November 2026 – 19 November 2027" in text
    assert "20 November 2026, sejak 14.02\xa0WIB\n19 November 2027" in text
    assert row.worker.name in text
    assert row.worker.kpj in text
    assert row.worker.nik not in text
    assert f"•••• •••• •••• {row.worker.nik[-4:]}" in text
    assert "Kantor Cabang Palembang" in text


def test_the_minute_is_told_in_the_zone_of_the_worker():
    row = covered_worker(NOW.replace(hour=14, minute=2))
    Area.objects.update(utc_offset=9)
    assert "sejak 16.02\xa0WIT" in certificate(row)


def test_the_full_sum_stands_only_beside_its_day_and_the_highest_only_with_until():
    row = covered_worker()
    accept()
    text = certificate(row)
    assert "Keluarga menerima Rp\xa010 juta. Mulai 20 Feb 2027: Rp\xa042 juta." in text
    assert "sampai dengan Rp\xa0244 juta" in text
    later = certificate(row, now=at(add_months(TODAY, 3)))
    assert "Keluarga menerima Rp\xa042 juta, sejak 20 Feb 2027." in later
    assert "Rp\xa010 juta" not in later


def test_cover_that_ends_before_the_full_sum_promises_nothing_that_is_not_paid():
    row = covered_worker(months=1)
    accept()
    assert "Bila iuran diteruskan, mulai 20 Feb 2027" in certificate(row)


def test_a_renewal_that_waits_stands_beside_the_cover_that_holds():
    row = sponsored(add_months(TODAY, -11), 12)
    buy(row, add_months(TODAY, 1), 6, status="paid")
    text = certificate(row)
    assert "Terlindungi\n20 Desember 2025 – 19 Desember 2026" in text
    assert "20 Desember 2026" in text
    assert "19 Juni 2027\nSudah dibayar, menunggu pengesahan" in text


@pytest.mark.parametrize("is_accepted", [True, False])
def test_after_a_report_it_states_facts_and_leaves_the_word_to_the_branch(is_accepted):
    row = covered_worker()
    if is_accepted:
        accept()
    report = reported(name=row.worker.name)
    IncidentReport.everything.filter(pk=report.pk).update(worker=row.worker, matched_at=NOW)
    text = certificate(row)
    assert "Belum dapat dipastikan di sini; cabang yang memutuskan" in text
    assert "iuran dibayar sampai 19 November 2027" in text
    assert "Terlindungi" not in text
    assert "juta" not in text
    assert not [word for word in NEVER if word in text]


def test_when_the_months_are_over_the_branch_decides():
    row = covered_worker(months=1)
    accept()
    text = certificate(row, now=at(add_months(TODAY, 8)))
    assert "Iuran dibayar sampai 19 Desember 2026" in text
    assert "Terlindungi" not in text
    assert not [word for word in NEVER if word in text]


def test_a_private_donors_name_stands_only_where_he_allowed_it():
    row = covered_worker()
    assert row.donor.name not in certificate(row)
    assert "seorang donatur" in certificate(row)
    row.donor.show_name = True
    row.donor.save()
    assert row.donor.name in certificate(row)


def test_a_donors_paper_tells_his_own_days_and_the_workers_own_all_of_them():
    first = sponsored(add_months(TODAY, -2), 3, renews=False)
    case = EnrollmentFactory(approved=True, of=first.worker, months=6, order=OrderFactory())
    second = sponsored(add_months(TODAY, 1), 6, case=case)
    mine = certificate(second)
    assert "20 September 2026" not in mine
    assert "20 Desember 2026" in mine
    found = own_protection(first.worker, office=None, today=TODAY)
    own = words(certificates_paper([found], now=NOW))
    assert "20 September 2026 – 19 Juni 2027" in own


def test_who_was_never_paid_for_has_no_certificate(client):
    row = sponsorships_of(billed_order())[0]
    assert donors_protections(rows(row), today=TODAY) == []
    assert own_protection(row.worker, office=None, today=TODAY) is None
    client.force_login(row.donor.person)
    with time_machine.travel(NOW, tick=False):
        answer = client.get(reverse("certificate", args=[row.uuid]), follow=True)
    assert "belum ada sertifikat" in answer.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_read_as_markup_and_each_fills_one_page(name):
    row = covered_worker()
    accept()
    Worker.everything.filter(pk=row.worker_id).update(name=name)
    found = donors_protections(rows(row), today=TODAY)
    made = pdf("certificate", certificates_paper(found, now=NOW))
    assert pages(made) == 1
    assert pages(pdf("family", family_paper(found[0], now=NOW))) == 1
    assert name in words(certificates_paper(found, now=NOW))


def pages(made):
    """Count the pages of a PDF by its page objects."""
    return made.count(b"/Type/Page/") + made.count(b"/Type/Page\n") + made.count(b"/Type/Page>")


def test_the_questions_do_not_grow_with_the_workers(django_assert_num_queries):
    invoice = billed_order(5)
    pay(invoice, NOW)
    many = sponsorships_of(invoice)
    with django_assert_num_queries(5):
        donors_protections(rows(many[0]), today=TODAY)
    with django_assert_num_queries(5):
        assert len(donors_protections(rows(*many), today=TODAY)) == 5


# --- who gets it -------------------------------------------------------------------------
def test_the_donors_page_leads_to_both_papers_and_strangers_get_none(client):
    row = covered_worker()
    client.force_login(row.donor.person)
    with time_machine.travel(NOW, tick=False):
        page = client.get(reverse("sponsorship", args=[row.uuid])).content.decode()
        for name in ("certificate", "family_card"):
            address = reverse(name, args=[row.uuid])
            assert address in page
            assert client.get(address).content.startswith(b"%PDF-")
        client.force_login(UserFactory())
        assert client.get(address).status_code == 404
