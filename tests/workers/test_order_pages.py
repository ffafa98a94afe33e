"""The donor's pages about what he has sent: list, detail, mending, taking back, papers."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User, ViewLog
from tests.factories import (
    NOW,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
    officer,
)
from tests.workers.journey import Donor, data, places, upload, who
from workers.models import Consent, Enrollment
from workers.services import evidence as files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place_and_time(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    places()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sent() -> Donor:
    """A donor whose one case waits for the branch."""
    donor = Donor().start()
    donor.fill()
    donor.prove()
    donor.send()
    return donor


def send_back(case: Enrollment, **reasons: str) -> None:
    boss = officer(office=case.office)
    Enrollment.everything.filter(pk=case.pk).update(
        status="returned", reasons=reasons, decided_by=boss, decided_at=NOW
    )
    case.events.create(kind="returned", at=NOW, actor=boss, note="Foto KTP-nya buram.")


def text(answer: Any) -> str:
    return str(answer.content.decode())


# --- list and detail ---------------------------------------------------------------
def test_the_first_visit_says_what_to_do() -> None:
    page = text(Donor().client.get("/donatur/"))
    assert "Belum ada pekerja" in page
    assert "/donatur/daftar/" in page


def test_a_case_tells_its_state_what_comes_next_who_acts_and_by_when(sent: Donor) -> None:
    for url in ("/donatur/", f"/donatur/pendaftaran/{sent.order.uuid}/"):
        page = text(sent.client.get(url))
        assert "Menunggu pemeriksaan cabang" in page
        assert "Anda belum perlu membayar" in page
        assert "Kantor Cabang Palembang, paling lambat 24 November 2026" in page


def test_after_sending_the_full_nik_and_birth_date_are_gone(sent: Donor) -> None:
    for url in ("/donatur/", f"/donatur/pendaftaran/{sent.order.uuid}/"):
        page = text(sent.client.get(url))
        assert "•••• 0001" in page
        assert "1671" not in page
        assert "1985" not in page


@pytest.mark.parametrize("status", Enrollment.Status.values)
def test_every_state_has_its_sentence(status: str) -> None:
    programme = ProgrammeFactory()
    user = programme.donor.person
    shape = {"awaiting_consent", "in_review", "returned", "approved"} & {status}
    made = EnrollmentFactory(order__programme=programme, **dict.fromkeys(shape, True))
    if not shape:
        Enrollment.everything.filter(pk=made.pk).update(status=status)
    client = Client()
    client.force_login(user)
    page = client.get(f"/donatur/pendaftaran/{made.order.uuid}/")
    card = page.context["cases"][0]["card"]
    assert str(card.word) in text(page)
    assert card.step
    assert text(client.get("/donatur/")).count("badge") >= 1


def test_the_number_of_queries_does_not_grow_with_the_orders() -> None:
    programme = ProgrammeFactory()
    client = Client()
    client.force_login(programme.donor.person)
    EnrollmentFactory(order=OrderFactory(programme=programme))
    client.get("/donatur/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/donatur/")
    for _order in range(4):
        order = OrderFactory(programme=programme)
        EnrollmentFactory.create_batch(3, order=order)
    with CaptureQueriesContext(connection) as many:
        client.get("/donatur/")
    assert len(many) == len(few)
    assert len(many) <= 12


def test_many_orders_come_in_pages() -> None:
    programme = ProgrammeFactory()
    OrderFactory.create_batch(11, programme=programme)
    client = Client()
    client.force_login(programme.donor.person)
    assert len(client.get("/donatur/").context["rows"]) == 10
    assert len(client.get("/donatur/?page=2").context["rows"]) == 1
    assert client.get("/donatur/?page=xyz").status_code == 200


def test_another_donors_order_does_not_exist(sent: Donor) -> None:
    stranger = Donor(UserFactory())
    case = sent.case
    for path in (
        f"/donatur/pendaftaran/{sent.order.uuid}/",
        f"/donatur/perbaiki/{case.uuid}/",
        f"/donatur/perbaiki/{case.uuid}/foto/",
        f"/donatur/perbaiki/{case.uuid}/formulir/",
    ):
        assert stranger.client.get(path).status_code == 404
    assert stranger.client.post(f"/donatur/perbaiki/{case.uuid}/tarik/").status_code == 404


def test_a_payer_of_the_organisation_reads_and_changes_nothing() -> None:
    programme = ProgrammeFactory(agreement=True)
    case = EnrollmentFactory(order__programme=programme)
    payer = DonorMemberFactory(donor=programme.donor, role="payer").user
    client = Client()
    client.force_login(payer)
    page = client.get(f"/donatur/pendaftaran/{case.order.uuid}/")
    assert page.status_code == 200
    assert "Tarik pendaftaran" not in text(page)
    assert client.post(f"/donatur/perbaiki/{case.uuid}/tarik/").status_code == 404


# --- mending -----------------------------------------------------------------------
def mended(**changed: str) -> dict[str, Any]:
    """The answers of the page of mending, with what is left out left empty."""
    return {
        "name": "Joko Contoh",
        "nik": "",
        "birth_date": "",
        "sex": "L",
        "phone": "",
        "occupation": "asisten_rumah_tangga",
        "village": "1671011007",
        "relation": "household",
        **changed,
    }


def test_the_reasons_stand_beside_the_answers(sent: Donor) -> None:
    case = sent.case
    send_back(case, name="name_differs", consent="consent_unreadable")
    page = text(sent.client.get(f"/donatur/perbaiki/{case.uuid}/"))
    assert "Nama tidak sama dengan KTP" in page
    assert "Foto formulir tidak terbaca" in page
    assert "Foto KTP-nya buram" in page
    assert "1671011708850001" not in page
    assert "17-08-1985" not in page


def test_a_mended_case_goes_back_with_its_age_and_thread(sent: Donor) -> None:
    case = sent.case
    send_back(case, name="name_differs")
    answer = sent.client.post(
        f"/donatur/perbaiki/{case.uuid}/", mended(name="Joko Contoh Santoso", note="Sudah benar.")
    )
    assert answer["Location"] == f"/donatur/pendaftaran/{case.order.uuid}/"
    before, case = case, Enrollment.everything.get(pk=case.pk)
    assert (case.status, case.reasons) == (Enrollment.Status.SUBMITTED, {})
    assert (case.name, case.nik) == ("Joko Contoh Santoso", before.nik)
    assert (case.birth_date, case.phone) == (before.birth_date, before.phone)
    assert case.submitted_at == before.submitted_at
    assert case.decided_by is None
    kinds = list(case.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["submitted", "returned", "repaired"]
    assert case.events.last().note == "Sudah benar."


def test_what_the_branch_marked_must_be_typed_again(sent: Donor) -> None:
    case = sent.case
    send_back(case, nik="nik_differs", consent="consent_unsigned")
    answer = sent.client.post(f"/donatur/perbaiki/{case.uuid}/", mended())
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"nik", "photo"}


def test_a_new_photo_is_a_new_consent_and_the_old_one_stays(sent: Donor) -> None:
    case = sent.case
    send_back(case, consent="consent_unreadable")
    with time_machine.travel(NOW.replace(hour=15), tick=False):
        sent.client.post(f"/donatur/perbaiki/{case.uuid}/", mended(photo=upload()))
    assert case.evidence.count() == 2
    assert Consent.objects.get(enrollment=case).given_at == NOW.replace(hour=15)


def test_mending_twice_changes_nothing_more(sent: Donor) -> None:
    case = sent.case
    send_back(case, name="name_differs")
    for _press in range(2):
        answer = sent.client.post(f"/donatur/perbaiki/{case.uuid}/", mended(name="Joko Benar"))
        assert answer.status_code == 302
    assert case.events.filter(kind="repaired").count() == 1


def test_a_wrong_answer_while_mending_is_refused(sent: Donor) -> None:
    case = sent.case
    send_back(case, nik="nik_differs")
    answer = sent.client.post(f"/donatur/perbaiki/{case.uuid}/", mended(nik="16710117088500O1"))
    assert answer.status_code == 400
    case.refresh_from_db()
    assert case.status == Enrollment.Status.RETURNED


def test_mending_to_a_nik_of_an_own_open_case_is_refused(sent: Donor) -> None:
    case = sent.case
    other = Donor(sent.user).start()
    other.fill(second=data(nik="1671011708850009"))
    other.send()
    send_back(case, nik="nik_differs")
    answer = sent.client.post(f"/donatur/perbaiki/{case.uuid}/", mended(nik="1671011708850009"))
    assert answer.status_code == 400
    assert other.case.number in text(answer)


def test_a_case_that_did_not_come_back_is_not_mended(sent: Donor) -> None:
    answer = sent.client.post(f"/donatur/perbaiki/{sent.case.uuid}/", mended(name="Lain Orang"))
    assert answer.status_code == 302
    assert sent.case.name == "Joko Contoh"


# --- taking back -------------------------------------------------------------------
def test_a_case_is_taken_back_once(sent: Donor) -> None:
    case = sent.case
    for _press in range(2):
        answer = sent.client.post(f"/donatur/perbaiki/{case.uuid}/tarik/", follow=True)
        assert f"{case.number} sudah ditarik" in text(answer)
    case.refresh_from_db()
    assert case.status == Enrollment.Status.WITHDRAWN
    assert case.events.filter(kind="withdrawn").count() == 1


def test_a_decided_case_is_not_taken_back() -> None:
    programme = ProgrammeFactory()
    case = EnrollmentFactory(order__programme=programme, approved=True)
    client = Client()
    client.force_login(programme.donor.person)
    answer = client.post(f"/donatur/perbaiki/{case.uuid}/tarik/", follow=True)
    assert "sudah berubah" in text(answer)
    case.refresh_from_db()
    assert case.status == Enrollment.Status.APPROVED


def test_a_case_that_was_taken_back_may_be_entered_anew(sent: Donor) -> None:
    sent.client.post(f"/donatur/perbaiki/{sent.case.uuid}/tarik/")
    again = Donor(sent.user).start()
    again.fill()
    assert again.send().status_code == 302


# --- papers and proofs -------------------------------------------------------------
def test_the_form_prints_what_has_been_typed(sent: Donor) -> None:
    draft = Donor(sent.user).start()
    draft.fill(who(name="Siti Contoh"), data(nik="1671015708850002", sex="P"))
    page = text(draft.client.get(draft.worker_url + "formulir/"))
    assert "Siti Contoh" in page
    assert "1671 0157 0885 0002" in page
    assert "Saya setuju didaftarkan" in page


def test_after_sending_the_form_leaves_the_nik_to_be_written_by_hand() -> None:
    donor = Donor().start()
    donor.fill()
    donor.send()
    page = text(donor.client.get(f"/donatur/perbaiki/{donor.case.uuid}/formulir/"))
    assert "Joko Contoh" in page
    assert "1671" not in page


def test_the_empty_form_is_for_everyone() -> None:
    page = Client().get("/pekerja/formulir/")
    assert page.status_code == 200
    assert "UU 27/2022" in text(page)


def holder_of(case: Enrollment) -> User:
    """An officer of the branch who has taken the case."""
    person = officer(office=case.office)
    Enrollment.everything.filter(pk=case.pk).update(
        status="in_review", taken_by=person, taken_at=NOW
    )
    return person


def test_the_officer_who_holds_the_case_sees_the_photo_and_it_is_logged(sent: Donor) -> None:
    proof = sent.case.evidence.get()
    client = Client()
    person = holder_of(sent.case)
    client.force_login(person)
    answer = client.get(f"/bukti/{proof.uuid}/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"\xff\xd8")
    assert (ViewLog.objects.get().viewer, ViewLog.objects.get().what) == (person, "evidence")


def test_a_pdf_opens_in_a_window_of_its_own_where_nothing_may_run(sent: Donor) -> None:
    stored = files.keep_file(content=b"%PDF-1.7\n%%EOF")
    proof = files.attach(enrollment=sent.case, stored=stored, user=None, now=NOW)
    client = Client()
    client.force_login(holder_of(sent.case))
    answer = client.get(f"/bukti/{proof.uuid}/")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("who_asks", ["donor", "stranger", "other branch", "kanwil", "head office"])
def test_nobody_else_sees_the_photo(sent: Donor, who_asks: str) -> None:
    people = {
        "donor": lambda: sent.user,
        "stranger": UserFactory,
        "other branch": lambda: officer(office=OfficeFactory(code="TEST-LAIN", name="KC Lain")),
        "kanwil": lambda: officer("regional_admin"),
        "head office": lambda: officer("head_office"),
    }
    client = Client()
    client.force_login(people[who_asks]())
    assert client.get(f"/bukti/{sent.case.evidence.get().uuid}/").status_code == 404
    assert not ViewLog.objects.exists()


def test_a_stranger_is_asked_to_sign_in_for_a_photo(sent: Donor) -> None:
    assert Client().get(f"/bukti/{sent.case.evidence.get().uuid}/").status_code == 302


def test_the_message_for_whatsapp_is_plain_and_complete() -> None:
    donor = Donor().start()
    donor.fill(who(way="link"))
    donor.send()
    page = donor.client.get(f"/donatur/pendaftaran/{donor.order.uuid}/")
    message = unquote(page.context["cases"][0]["share"]["whatsapp"])
    assert "Gratis" in message
    assert "175" in message
    assert "Joko" not in message
