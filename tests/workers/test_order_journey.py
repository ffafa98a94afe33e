"""A donor fills in an order in the browser, page by page, and sends it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from donors.models import Donor as DonorRow
from donors.models import Programme
from tests.factories import NOW, OfficeFactory, ProgrammeFactory, UserFactory, officer
from tests.workers.journey import NIK, NIK_2, Donor, data, places, upload, who
from workers.models import Consent, Enrollment, EnrollmentEvent, Order
from workers.services import checking

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place_and_time(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    places()
    with time_machine.travel(NOW, tick=False):
        yield


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_one_worker_with_a_photographed_form_reaches_the_branch() -> None:
    donor = Donor().start()
    donor.fill()
    donor.prove()
    answer = donor.send()

    case = donor.case
    assert answer["Location"] == f"/donatur/pendaftaran/{donor.order.uuid}/"
    assert case.status == Enrollment.Status.SUBMITTED
    assert (case.nik, case.name, case.birth_date) == (NIK, "Joko Contoh", date(1985, 8, 17))
    assert (case.phone, case.sex, case.sector) == ("+6281234567890", "L", "other")
    assert (case.months, case.bracket, case.jht, case.relation) == (12, 1, False, "household")
    assert case.office == OfficeFactory()
    # Friday: two working days later is Tuesday.
    assert case.due_on == date(2026, 11, 24)
    assert case.consent.channel == Consent.Channel.FORM
    assert case.consent.recorded_by == donor.user
    assert case.evidence.get().content_type == "image/jpeg"
    assert {check.kind for check in case.checks.all()} == set(checking.RULES)
    assert donor.order.draft == ""


def test_the_first_order_makes_the_donor_and_nothing_earlier_does() -> None:
    donor = Donor()
    donor.client.get("/donatur/")
    donor.client.get("/donatur/daftar/")
    assert not DonorRow.everything.exists()
    donor.start()
    assert DonorRow.everything.get().person == donor.user


def test_five_workers_go_in_one_order_and_a_sixth_does_not() -> None:
    donor = Donor().start()
    for number in range(5):
        if number:
            donor.next_worker()
        donor.fill(who(way="link", name=f"Pekerja {chr(65 + number)}"))
    page = text(donor.client.get(donor.order_url))
    assert "Sudah 5 pekerja" in page

    answer = donor.client.post(donor.order_url + "pekerja/aaaaaaaa/siapa/", who(way="link"))
    assert answer.status_code == 302
    donor.send()
    assert Enrollment.everything.filter(order=donor.order).count() == 5
    assert [case.position for case in donor.order.enrollments.order_by("position")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_the_other_choices_reach_the_case() -> None:
    donor = Donor().start(months="6", jht="on", income="3.000.000")
    donor.fill(second=data(occupation="ojek_daring"))
    donor.send()
    case = donor.case
    assert (case.months, case.jht, case.bracket, case.sector) == (6, True, 10, "transport")


def test_without_a_photo_the_case_waits_for_it() -> None:
    donor = Donor().start()
    donor.fill()
    donor.send()
    case = donor.case
    assert (case.status, case.submitted_at) == (Enrollment.Status.AWAITING_CONSENT, None)
    assert not Consent.objects.exists()

    donor.client.post(f"/donatur/perbaiki/{case.uuid}/foto/", {"photo": upload()})
    case.refresh_from_db()
    assert case.status == Enrollment.Status.SUBMITTED
    assert case.consent.channel == Consent.Channel.FORM


def test_a_double_press_of_send_makes_one_order() -> None:
    donor = Donor().start()
    donor.fill()
    first, second = donor.send(), donor.send()
    assert first["Location"] == second["Location"]
    assert Enrollment.everything.count() == 1
    page = text(donor.client.get(second["Location"]))
    assert f"Sudah kami terima, no. {donor.order.number}" in page


def test_a_double_press_on_the_first_page_begins_one_order() -> None:
    donor = Donor()
    key = str(donor.client.get("/donatur/daftar/").context["key"])
    for _press in range(2):
        donor.client.post("/donatur/daftar/", {"key": key, "months": "12"})
    assert Order.everything.count() == 1


def test_another_ones_key_begins_no_order_of_his() -> None:
    mine = Donor().start()
    stranger = Donor(UserFactory())
    answer = stranger.client.post("/donatur/daftar/", {"key": mine.order.uuid, "months": "12"})
    assert answer["Location"] == "/donatur/daftar/"
    assert Order.everything.count() == 1


def test_coming_back_continues_where_one_stopped() -> None:
    donor = Donor().start()
    donor.fill(second=data(nik="1671", phone=""))
    assert donor.order.number in text(donor.client.get("/donatur/"))
    page = donor.client.get(donor.worker_url + "data/")
    assert page.context["form"]["nik"].value() == "1671"
    assert not page.context["form"].errors


def test_autosave_keeps_what_is_typed_and_judges_nothing() -> None:
    donor = Donor().start()
    answer = donor.client.post(donor.worker_url + "simpan/siapa/", who(name="Jo"))
    assert answer.status_code == 204
    donor.client.post(donor.worker_url + "simpan/data/", data(nik="16"))
    page = donor.client.get(donor.worker_url + "siapa/")
    assert page.context["form"]["name"].value() == "Jo"
    assert "Joko" not in donor.order.number


def test_the_draft_lies_sealed_in_the_database() -> None:
    donor = Donor().start()
    donor.fill()
    with connection.cursor() as cursor:
        cursor.execute("SELECT draft FROM workers_order")
        assert NIK not in cursor.fetchone()[0]


def test_two_tabs_keep_each_others_workers() -> None:
    donor = Donor().start()
    first = donor.worker_url
    donor.fill(who(way="link", name="Pekerja A"))
    donor.next_worker()
    second = donor.worker_url
    donor.client.post(first + "siapa/", who(way="link", name="Pekerja AA"))
    donor.client.post(second + "siapa/", who(way="link", name="Pekerja B"))
    names = [w.name for w in donor.client.get(donor.order_url).context["reading"].workers]
    assert names == ["Pekerja AA", "Pekerja B"]


def test_a_page_of_a_sent_order_leads_to_its_receipt() -> None:
    donor = Donor().start()
    donor.fill()
    donor.send()
    late = donor.client.post(donor.worker_url + "siapa/", who(name="Lain Orang"), follow=True)
    assert "Sudah kami terima" in text(late)
    assert donor.case.name == "Joko Contoh"


def test_a_worker_can_be_taken_out_again() -> None:
    donor = Donor().start()
    donor.fill()
    donor.client.post(donor.worker_url + "hapus/")
    assert donor.client.get(donor.order_url).context["reading"].workers == []
    assert donor.send().status_code == 400


def test_a_draft_can_be_thrown_away_with_its_photo(tmp_path: Path) -> None:
    donor = Donor().start()
    donor.fill()
    donor.prove()
    assert any(path.is_file() for path in tmp_path.rglob("*"))
    donor.client.post(donor.order_url + "buang/")
    assert donor.order.status == Order.Status.DISCARDED
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert donor.client.get(donor.order_url)["Location"] == "/donatur/"


def test_an_incomplete_order_is_not_sent_and_says_what_is_missing() -> None:
    donor = Donor().start()
    donor.fill(second=data(birth_date=""))
    answer = donor.send()
    assert answer.status_code == 400
    assert "Data KTP belum lengkap" in text(answer)
    assert not Enrollment.everything.exists()


def test_a_nik_that_says_something_else_is_no_error_but_a_gentle_note() -> None:
    donor = Donor().start()
    donor.fill(second=data(birth_date="18-08-1985", sex="P"))
    page = text(donor.client.get(donor.order_url))
    assert "Tanggal lahir berbeda" in page
    assert "Jenis kelamin berbeda" in page
    donor.prove()
    donor.send()
    notes = donor.case.checks.filter(outcome="note").values_list("kind", flat=True)
    assert {"nik_birth_date", "nik_sex"} <= set(notes)


def test_the_same_nik_twice_in_one_order_is_refused() -> None:
    donor = Donor().start()
    donor.fill()
    donor.next_worker()
    donor.fill(who(name="Orang Lain"))
    assert "sudah dipakai untuk pekerja 1" in text(donor.client.get(donor.order_url))
    assert donor.send().status_code == 400


def test_a_nik_of_an_own_open_case_is_named_with_its_number() -> None:
    donor = Donor().start()
    donor.fill()
    donor.send()
    number = donor.case.number
    again = Donor(donor.user).start()
    again.fill()
    assert f"sudah ada dalam pendaftaran Anda no. {number}" in text(again.send())
    assert Enrollment.everything.count() == 1


def test_a_nik_that_others_have_gets_exactly_the_same_answer() -> None:
    other = Donor(UserFactory()).start()
    other.fill()
    other.prove()
    other.send()

    answers = []
    for nik in (NIK, NIK_2):
        donor = Donor(UserFactory()).start()
        page = donor.fill(second=data(nik=nik, sex="L" if nik == NIK else "P"))
        overview = text(donor.client.get(donor.order_url))
        sent = donor.send()
        case = donor.case
        receipt = text(donor.client.get(sent["Location"]))
        told = {
            "page": page.status_code,
            "sent": sent.status_code,
            "words": "sudah ada" in overview or "sudah ada" in receipt,
            "status": case.status,
            "badge": case.get_status_display() in receipt,
        }
        answers.append(told)
    assert answers[0] == answers[1]


def test_a_stranger_enters_five_workers_before_he_has_paid() -> None:
    donor = Donor().start()
    for number in range(5):
        if number:
            donor.next_worker()
        donor.fill(who(way="link", name=f"Pekerja {chr(65 + number)}"))
    donor.send()

    sixth = Donor(donor.user).start()
    sixth.fill(who(way="link"))
    answer = sixth.send()
    assert answer.status_code == 400
    assert "paling banyak 5 pekerja" in text(answer)

    DonorRow.everything.update(trusted_at=NOW)
    assert sixth.send().status_code == 302


def test_own_employees_are_refused_with_the_reason() -> None:
    donor = Donor().start()
    answer = donor.client.post(donor.worker_url + "siapa/", who(relation="employee"))
    assert answer.status_code == 400
    assert "Penerima Upah" in text(answer)


def test_an_organisation_enters_workers_without_their_consent_where_it_may() -> None:
    programme = ProgrammeFactory(agreement=True, public_task=True)
    maker = programme.donor.members.get().user
    DonorRow.everything.filter(pk=programme.donor_id).update(trusted_at=NOW)
    donor = Donor(maker).start(programme=str(programme.uuid))
    first = donor.client.post(
        donor.worker_url + "siapa/", {"name": "Joko Contoh", "relation": "programme"}
    )
    assert first["Location"].endswith("/data/")
    donor.client.post(donor.worker_url + "data/", data())
    donor.send()
    assert donor.case.consent.channel == Consent.Channel.PUBLIC_TASK
    assert donor.case.programme == programme
    assert Programme.objects.count() == 1


def test_a_payer_of_an_organisation_enters_nobody() -> None:
    programme = ProgrammeFactory(agreement=True)
    member = programme.donor.members.get()
    member.role = "payer"
    member.save()
    client = Client()
    client.force_login(member.user)
    page = client.get("/donatur/daftar/")
    assert "programme" not in page.context["form"].fields


def test_the_thread_of_a_case_begins_when_it_is_sent() -> None:
    donor = Donor().start()
    donor.fill()
    donor.prove()
    donor.send()
    assert EnrollmentEvent.objects.get().kind == "submitted"


@pytest.mark.parametrize(
    "path", ["", "ketentuan/", "pekerja/aaaaaaaa/siapa/", "pekerja/aaaaaaaa/data/"]
)
def test_another_donors_draft_does_not_exist(path: str) -> None:
    mine = Donor().start()
    stranger = Donor(UserFactory())
    assert stranger.client.get(mine.order_url + path).status_code == 404
    assert stranger.client.post(mine.order_url + "kirim/").status_code == 404
    assert stranger.client.post(mine.order_url + "buang/").status_code == 404


def test_staff_has_no_orders() -> None:
    client = Client()
    client.force_login(officer())
    assert client.get("/donatur/").status_code == 403
    assert client.get("/donatur/daftar/").status_code == 403


def test_a_stranger_is_asked_to_sign_in_and_comes_back() -> None:
    answer = Client().get("/donatur/daftar/")
    assert answer.status_code == 302
    assert "next=/donatur/daftar/" in answer["Location"]
