"""Who is covered until when: the donor's list, one sponsorship, and the public card."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from payments.models import Invoice
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import NOW, TODAY, DonorFactory, UserFactory, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def sponsorship():
    return covered_worker()


def accept():
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))


def card(client, sponsorship):
    return client.get(reverse("public_card", args=[sponsorship.worker.uuid])).content.decode()


def test_paid_is_not_yet_protected(client, sponsorship):
    page = card(client, sponsorship)
    assert "Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan" in page
    assert "Terlindungi" not in page


def test_once_accepted_the_card_shows_first_name_initial_and_date_only(client, sponsorship):
    accept()
    page = card(client, sponsorship)
    assert "Terlindungi" in page
    assert "19 November 2027" in page
    for secret in (sponsorship.worker.name, sponsorship.worker.nik, sponsorship.donor.name):
        assert secret not in page


def test_on_the_first_day_the_card_says_since_which_minute(client, sponsorship):
    accept()
    assert "Sejak 10.00\xa0WIB" in card(client, sponsorship)


def test_an_unknown_card_is_a_404(client):
    missing = "00000000-0000-4000-8000-000000000000"
    assert client.get(reverse("public_card", args=[missing])).status_code == 404


def test_the_qr_code_is_a_picture(client, sponsorship):
    answer = client.get(reverse("public_card_qr", args=[sponsorship.worker.uuid]))
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")


def test_the_donor_sees_masked_nik_cover_and_the_day_of_the_full_jkm(client, sponsorship):
    accept()
    client.force_login(sponsorship.donor.person)
    page = client.get(reverse("sponsorship", args=[sponsorship.uuid])).content.decode()
    assert sponsorship.worker.nik not in page
    assert sponsorship.worker.nik[-4:] in page
    assert "penuh Rp 42 juta mulai 20 Februari 2027" in page


def test_a_stranger_reads_404_and_stops_nothing(client, sponsorship):
    client.force_login(DonorFactory().person)
    for name in ("sponsorship", "sponsorship_stop", "sponsorship_resume"):
        url = reverse(name, args=[sponsorship.uuid])
        answer = client.get(url) if name == "sponsorship" else client.post(url)
        assert answer.status_code == 404
    sponsorship.refresh_from_db()
    assert sponsorship.renews


def test_the_branch_may_look_but_not_stop(client, sponsorship):
    client.force_login(officer(office=sponsorship.enrollment.office))
    url = reverse("sponsorship", args=[sponsorship.uuid])
    assert client.get(url).status_code == 200
    assert client.post(reverse("sponsorship_stop", args=[sponsorship.uuid])).status_code == 404


def test_the_donor_stops_and_goes_on(client, sponsorship):
    client.force_login(sponsorship.donor.person)
    client.post(reverse("sponsorship_stop", args=[sponsorship.uuid]))
    sponsorship.refresh_from_db()
    assert not sponsorship.renews
    client.post(reverse("sponsorship_stop", args=[sponsorship.uuid]))
    client.post(reverse("sponsorship_resume", args=[sponsorship.uuid]))
    sponsorship.refresh_from_db()
    assert sponsorship.renews


def test_a_list_of_ten_costs_as_many_queries_as_a_list_of_one(
    client, django_assert_max_num_queries
):
    first = covered_worker()
    client.force_login(first.donor.person)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("sponsorships"))
    assert first.worker.name in page.content.decode()


def test_a_new_donor_reads_what_to_do_first(client):
    client.force_login(UserFactory())
    page = client.get(reverse("sponsorships"))
    assert page.status_code == 200
    assert "Belum ada pekerja" in page.content.decode()


def test_the_open_invoice_of_the_next_period_is_named_with_both_dates(client, sponsorship):
    few_prices()
    later = NOW + timedelta(days=340)
    renew(today=later.date(), now=later)
    with time_machine.travel(later, tick=False):
        client.force_login(sponsorship.donor.person)
        page = client.get(reverse("sponsorship", args=[sponsorship.uuid])).content.decode()
    assert "20 Nov 2027 – 19 Nov 2028" in page
    assert reverse("invoice", args=[Invoice.everything.latest("pk").uuid]) in page


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("branch", "diputuskan cabang"),
        ("yes", "Bulan tunggakan masih dihitung"),
        ("no", "Bulan tunggakan tidak dihitung"),
    ],
)
def test_what_arrears_mean_is_said_as_head_office_has_set_it(
    client, sponsorship, settings, answer, said
):
    settings.ARREARS_PROTECTED = answer
    accept()
    with time_machine.travel(NOW + timedelta(days=370), tick=False):
        page = card(client, sponsorship)
    assert said in page
    assert "tidak dilindungi" not in page.lower()
