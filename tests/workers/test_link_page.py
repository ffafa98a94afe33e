"""The worker's own page: he reads, fills in his data, agrees or refuses."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.factories import NOW, EnrollmentFactory, UserFactory, officer
from tests.workers.journey import NIK, Donor, data, places, who
from workers.forms.links import WorkerOwnForm
from workers.models import Consent, Enrollment, WorkerLink
from workers.services import consenting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_hands(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    places()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def donor() -> Donor:
    """A donor who sent an order whose worker fills in his own data."""
    donor = Donor().start()
    donor.fill(who(way="link", name="Mbak Siti"))
    donor.send()
    return donor


def path_of(case: Enrollment) -> str:
    return f"/pekerja/isi/{case.link.token}/"


def own(**changed: str) -> dict[str, str]:
    return {**data(), "name": "Siti Contoh Aminah", "by": "self", "agreed": "on", **changed}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_case_waits_for_the_worker_with_his_link(donor: Donor) -> None:
    case = donor.case
    assert case.status == Enrollment.Status.AWAITING_CONSENT
    assert (case.nik, case.name) == ("", "Mbak Siti")
    assert case.link.expires_at == NOW + timedelta(days=14)


def test_the_worker_reads_who_pays_and_what_for_before_he_types(donor: Donor) -> None:
    page = text(Client().get(path_of(donor.case)))
    assert "Rina C. ingin membayar" in page
    assert "Rina Contoh" not in page
    assert "12 bulan" in page
    assert "Mbak Siti" not in page


def test_the_worker_agrees_and_the_case_goes_to_the_branch(donor: Donor) -> None:
    case = donor.case
    answer = Client().post(path_of(case), own(), follow=True)
    assert answer.status_code == 200
    assert "sudah kami terima" in text(answer)

    case.refresh_from_db()
    assert case.status == Enrollment.Status.SUBMITTED
    assert (case.nik, case.birth_date) == (NIK, date(1985, 8, 17))
    assert case.consent.channel == Consent.Channel.LINK
    assert case.consent.recorded_by is None
    assert case.checks.get(kind="consent").outcome == "ok"
    assert case.events.get(kind="consent_given").note == "diisi sendiri"


def test_the_donor_never_sees_the_workers_nik_nor_his_family_name(donor: Donor) -> None:
    case = donor.case
    Client().post(path_of(case), own(nik="1671011708857777"))
    for url in ("/donatur/", f"/donatur/pendaftaran/{case.order.uuid}/"):
        page = text(donor.client.get(url))
        assert "Siti A." in page
        assert "Aminah" not in page
        assert "7777" not in page
        assert "1985" not in page


def test_the_page_of_a_used_link_shows_no_data(donor: Donor) -> None:
    case = donor.case
    Client().post(path_of(case), own())
    page = text(Client().get(path_of(case)))
    assert case.number in page
    assert "Siti" not in page
    assert "1671" not in page


def test_pressing_twice_gives_the_same_answer(donor: Donor) -> None:
    case = donor.case
    first = Client().post(path_of(case), own())
    second = Client().post(path_of(case), own(name="Lain Sekali"))
    assert (first.status_code, second.status_code) == (302, 200)
    case.refresh_from_db()
    assert case.name == "Siti Contoh Aminah"
    assert Consent.objects.count() == 1


def test_of_two_that_agree_at_once_one_wins(donor: Donor) -> None:
    case = donor.case
    stale = WorkerLink.objects.select_related("enrollment").get(enrollment=case)
    Client().post(path_of(case), own())
    form = WorkerOwnForm(own(), today=NOW.date())
    assert form.is_valid()
    with pytest.raises(consenting.LinkClosed):
        consenting.agree(link=stale, data=form.own_data(), helped=False, now=NOW)


def test_without_the_tick_nothing_is_kept(donor: Donor) -> None:
    case = donor.case
    answer = Client().post(path_of(case), own(agreed=""))
    assert answer.status_code == 400
    assert answer.context["form"].errors["agreed"]
    case.refresh_from_db()
    assert (case.status, case.nik) == (Enrollment.Status.AWAITING_CONSENT, "")


def test_the_worker_refuses_and_nobody_keeps_what_he_typed(donor: Donor) -> None:
    case = donor.case
    answer = Client().post(path_of(case) + "tolak/", own(), follow=True)
    assert "tidak diteruskan" in text(answer)
    case.refresh_from_db()
    assert (case.status, case.nik) == (Enrollment.Status.WITHDRAWN, "")
    assert case.events.get(kind="declined").actor is None
    page = text(donor.client.get(f"/donatur/pendaftaran/{case.order.uuid}/"))
    assert "Tidak diteruskan" in page


def test_after_a_refusal_the_link_takes_no_data(donor: Donor) -> None:
    case = donor.case
    Client().post(path_of(case) + "tolak/")
    Client().post(path_of(case), own())
    case.refresh_from_db()
    assert case.status == Enrollment.Status.WITHDRAWN


def test_an_expired_link_says_so_kindly_and_a_new_one_works(donor: Donor, clock_hands: Any) -> None:
    case = donor.case
    old = path_of(case)
    clock_hands.move_to(NOW + timedelta(days=15))
    answer = Client().get(old)
    assert answer.status_code == 410
    assert "lewat waktunya" in text(answer)
    assert Client().post(old, own()).status_code == 410

    donor.client.force_login(donor.user)
    page = text(donor.client.get(f"/donatur/pendaftaran/{case.order.uuid}/"))
    assert "Buat tautan baru" in page
    donor.client.post(f"/donatur/perbaiki/{case.uuid}/tautan/")
    case = Enrollment.everything.get(pk=case.pk)
    assert path_of(case) != old
    assert Client().get(old).status_code == 404
    assert Client().get(path_of(case)).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 500, "';--"])
def test_an_unknown_link_says_so_kindly(token: str) -> None:
    answer = Client().get(f"/pekerja/isi/{token}/")
    assert answer.status_code == 404
    assert "tidak dikenal" in text(answer)
    assert Client().post(f"/pekerja/isi/{token}/tolak/").status_code == 404


def test_the_link_of_a_withdrawn_case_is_closed(donor: Donor) -> None:
    case = donor.case
    donor.client.post(f"/donatur/perbaiki/{case.uuid}/tarik/")
    answer = Client().get(path_of(case))
    assert answer.status_code == 410
    assert "tidak diteruskan" in text(answer)


def test_the_message_to_the_worker_bears_the_link_and_no_name(donor: Donor) -> None:
    case = donor.case
    page = donor.client.get(f"/donatur/pendaftaran/{case.order.uuid}/")
    share = page.context["cases"][0]["share"]
    assert share["whatsapp"].startswith("https://wa.me/?text=")
    assert case.link.token in share["whatsapp"]
    assert "Siti" not in share["whatsapp"]
    assert "Rina" not in share["whatsapp"]


def test_only_a_hash_of_the_token_and_its_sealed_form_are_kept(donor: Donor) -> None:
    token = donor.case.link.token
    with connection.cursor() as cursor:
        cursor.execute("SELECT token, token_hash FROM workers_workerlink")
        assert token not in "".join(cursor.fetchone())


def test_a_nik_in_another_open_case_of_the_same_donor_is_told(donor: Donor) -> None:
    twin = EnrollmentFactory(order__programme=donor.case.programme, nik=NIK)
    answer = Client().post(path_of(donor.case), own())
    assert answer.status_code == 400
    assert twin.number in text(answer)


def test_a_nik_that_another_donor_has_is_no_news_to_anybody(donor: Donor) -> None:
    EnrollmentFactory(nik=NIK)
    answer = Client().post(path_of(donor.case), own())
    assert answer.status_code == 302


def test_data_that_came_back_goes_to_the_worker_again(donor: Donor) -> None:
    case = donor.case
    Client().post(path_of(case), own())
    boss = officer()
    Enrollment.everything.filter(pk=case.pk).update(
        status="returned", reasons={"nik": "nik_differs"}, decided_by=boss, decided_at=NOW
    )
    page = text(donor.client.get(f"/donatur/pendaftaran/{case.order.uuid}/"))
    assert "Buat tautan baru" in page
    repair = donor.client.get(f"/donatur/perbaiki/{case.uuid}/")
    assert repair["Location"] == f"/donatur/pendaftaran/{case.order.uuid}/"

    donor.client.post(f"/donatur/perbaiki/{case.uuid}/tautan/")
    case = Enrollment.everything.get(pk=case.pk)
    page = text(Client().get(path_of(case)))
    assert "NIK tidak sama dengan KTP" in page
    assert "1671" not in page
    Client().post(path_of(case), own())
    case.refresh_from_db()
    assert (case.status, case.reasons) == (Enrollment.Status.SUBMITTED, {})


def test_only_the_own_donor_renews_a_link(donor: Donor) -> None:
    stranger = Donor(UserFactory())
    answer = stranger.client.post(f"/donatur/perbaiki/{donor.case.uuid}/tautan/")
    assert answer.status_code == 404
