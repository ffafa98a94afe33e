"""The pages on which head office keeps the table of offices, and others read their own."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from regions.models import KanwilProvince, Office, OfficeArea, OfficeException
from regions.office_csv import write_offices
from regions.office_table import current_table
from tests.factories import NOW, AreaFactory, EnrollmentFactory, WorkerFactory, officer
from workers.models import Enrollment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]
VILLAGE = "1271011001"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def office(code: str) -> Office:
    return Office.objects.get(code=code)


def at(kind: str, code: str | None = None) -> Client:
    """A browser in which somebody of this office is signed in."""
    client = Client()
    client.force_login(officer(kind, office=office(code) if code else None))
    return client


@pytest.fixture
def head(db: None) -> Client:
    return at(Role.Kind.HEAD_OFFICE)


def page(client: Client, name: str, *args: Any, **data: Any) -> str:
    answer = client.get(reverse(name, args=args), data)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, door: str, code: str, **data: Any) -> Any:
    """Send a form of an office's page, as it stands now."""
    told = {"versi": office(code).version, **data}
    return client.post(reverse(door, args=[code]), told, follow=True)


# --- the list ----------------------------------------------------------------------
def test_head_office_sees_every_office_below_its_kanwil(head):
    text = page(head, "offices")
    for name in Office.objects.values_list("name", flat=True):
        assert name in text
    assert text.index("Sumbagsel") < text.index("Kantor Cabang Muara Enim")


@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ({"cari": "kisaran"}, "Kantor Cabang Kisaran", "Kantor Cabang Palembang"),
        ({"jenis": "kcp"}, "Kantor Cabang Perintis Ende", "Kantor Cabang Palembang"),
        ({"provinsi": "19"}, "Kantor Cabang Pangkalpinang", "Kantor Cabang Muara Enim"),
        ({"celah": "on"}, "Kantor Cabang Palembang", "Kantor Cabang Kisaran"),
    ],
)
def test_the_list_is_narrowed_down(head, asked, shown, hidden):
    text = page(head, "offices", **asked)
    assert shown in text
    assert hidden not in text


@pytest.mark.parametrize(
    ("kind", "code", "shown", "hidden"),
    [
        ("branch_officer", "KC-PALEMBANG", "KC-PALEMBANG", "KC-MUARA-ENIM"),
        ("regional_admin", "KANWIL-SUMBAGSEL", "KC-MUARA-ENIM", "KC-MEDAN-KOTA"),
        ("auditor", "KANWIL-SUMBAGSEL", "KC-MUARA-ENIM", "KC-MEDAN-KOTA"),
    ],
)
def test_others_read_their_own_offices_and_change_nothing(kind, code, shown, hidden):
    client = at(kind, code)
    text = page(client, "offices")
    assert reverse("office", args=[shown]) in text
    assert reverse("office", args=[hidden]) not in text
    own = page(client, "office", shown)
    assert 'method="post"' not in own.partition("<main")[2]
    assert client.get(reverse("office", args=[hidden])).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_offices(head):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            page(head, "offices")
        return len(found)

    before = queries()
    for number in range(20):
        made = Office.objects.create(
            code=f"KC-UJI-{number}", name=f"Uji {number}", kind="kc", city="Uji",
            parent=office("KANWIL-SUMBAGSEL"),
        )  # fmt: skip
        OfficeArea.objects.create(office=made, regency_id="1671")
    assert queries() == before
    assert before <= 10


def test_the_number_of_queries_does_not_grow_with_the_areas(head):
    def queries(code: str) -> int:
        with CaptureQueriesContext(connection) as found:
            page(head, "office", code)
        return len(found)

    few = queries("KC-KISARAN")
    assert OfficeArea.objects.filter(office__code="KC-PALEMBANG").count() > 10
    assert queries("KC-PALEMBANG") == few


# --- one office --------------------------------------------------------------------
def test_a_branch_is_opened_and_changed(head):
    data = {"name": "Kantor Cabang Lahat", "kind": "kc", "parent": "KANWIL-SUMBAGSEL"}
    data |= {"city": "Lahat", "address": "", "phone": "0730123456"}
    answer = head.post(reverse("office_new"), data, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("office", args=["KC-LAHAT"])
    assert office("KC-LAHAT").phone == "0730 123456"
    send(head, "office_edit", "KC-LAHAT", **{**data, "city": "Kota Lahat"})
    assert office("KC-LAHAT").city == "Kota Lahat"


def test_a_form_that_another_overtook_says_so_and_keeps_what_was_typed(head):
    data = {"name": "Nama baru", "kind": "kc", "parent": "KANWIL-SUMBAGSEL"}
    data |= {"city": "Palembang", "phone": "175"}
    Office.objects.filter(code="KC-PALEMBANG").update(version=3)
    answer = send(head, "office_edit", "KC-PALEMBANG", **{**data, "versi": 2})
    assert answer.status_code == 400
    assert "baru saja diubah orang lain" in answer.content.decode()
    assert 'value="Nama baru"' in answer.content.decode()
    assert office("KC-PALEMBANG").name == "Kantor Cabang Palembang"


def test_a_kanwil_has_no_parent_to_choose_and_keeps_its_kind(head):
    text = page(head, "office_edit", "KANWIL-SUMBAGSEL")
    assert 'name="parent"' not in text
    send(head, "office_edit", "KANWIL-SUMBAGSEL", name="Kanwil", city="Palembang", phone="175")
    assert (office("KANWIL-SUMBAGSEL").kind, office("KANWIL-SUMBAGSEL").name) == (
        "kanwil",
        "Kanwil",
    )


# --- its areas ---------------------------------------------------------------------
def test_a_default_button_names_the_office_that_loses_it(head):
    text = page(head, "office", "KC-MEDAN-UTARA")
    assert "ganti Kantor Cabang Medan Kota" in text
    send(
        head, "office_area", "KC-MEDAN-UTARA", langkah="utama", wilayah="1271", dari="KC-MEDAN-KOTA"
    )
    row = OfficeArea.objects.get(regency="1271", is_default=True)
    assert row.office == office("KC-MEDAN-UTARA")


def test_a_default_that_went_elsewhere_meanwhile_is_a_friendly_sentence(head):
    answer = send(
        head, "office_area", "KC-MEDAN-UTARA", langkah="utama", wilayah="1271", dari="KC-KISARAN"
    )
    assert "baru saja diubah orang lain" in answer.content.decode()
    assert OfficeArea.objects.get(regency="1271", is_default=True).office.code == "KC-MEDAN-KOTA"


@pytest.mark.parametrize(("step", "settled"), [("diatur", True), ("belum_diatur", False)])
def test_an_area_is_marked_as_settled_or_not(head, step, settled):
    OfficeArea.objects.filter(regency="1604").update(is_configured=not settled)
    send(head, "office_area", "KC-PALEMBANG", langkah=step, wilayah="1604")
    assert OfficeArea.objects.get(regency="1604").is_configured is settled


def test_the_only_office_of_a_regency_is_not_let_go(head):
    answer = send(head, "office_area", "KC-PALEMBANG", langkah="berhenti", wilayah="1671")
    assert "tidak akan punya kantor" in answer.content.decode()


def test_a_regency_is_added_and_a_province_moves_with_its_former_kanwil_shown(head):
    send(head, "office_serve", "KC-MUARA-ENIM", wilayah="1604")
    assert OfficeArea.objects.filter(office__code="KC-MUARA-ENIM", regency="1604").exists()
    assert "(Kantor Wilayah Sumbagsel)" in page(head, "office", "KANWIL-SUMBAGUT")
    send(head, "office_province", "KANWIL-SUMBAGUT", provinsi="19:KANWIL-SUMBAGSEL")
    assert KanwilProvince.objects.get(province="19").office == office("KANWIL-SUMBAGUT")


@pytest.mark.parametrize(("width", "area"), [("desa", VILLAGE), ("kecamatan", "127101")])
def test_a_village_or_its_district_goes_to_another_branch(head, width, area):
    answer = send(head, "office_exception", "KC-MEDAN-UTARA", village=VILLAGE, luas=width)
    assert answer.redirect_chain
    assert OfficeException.objects.get().area_id == area
    assert "Kecamatan dan desa khusus" in page(head, "office", "KC-MEDAN-UTARA")
    send(head, "office_exception_end", "KC-MEDAN-UTARA", wilayah=area)
    assert not OfficeException.objects.exists()


def test_a_village_of_another_branch_moves_with_the_second_press(head):
    OfficeException.objects.create(area_id=VILLAGE, office=office("KC-KISARAN"))
    answer = send(head, "office_exception", "KC-MEDAN-UTARA", village=VILLAGE, luas="desa")
    text = answer.content.decode()
    assert "Pindahkan dari KC-KISARAN" in text
    data = {"village": VILLAGE, "luas": "desa", "dari": "KC-KISARAN"}
    send(head, "office_exception", "KC-MEDAN-UTARA", **data)
    assert OfficeException.objects.get().office == office("KC-MEDAN-UTARA")


# --- closing -----------------------------------------------------------------------
def test_closing_shows_what_waits_and_hands_it_over(head):
    village = AreaFactory(code="1671011007")
    case = EnrollmentFactory(office=office("KC-PALEMBANG"), village=village)
    assert "<dd>1</dd>" in page(head, "office_close", "KC-PALEMBANG")
    answer = send(head, "office_close", "KC-PALEMBANG", successor="KC-MUARA-ENIM")
    assert "1 kasus sudah pindah" in answer.content.decode()
    assert "Pekerjaannya diteruskan Kantor Cabang Muara Enim" in answer.content.decode()
    assert Enrollment.everything.get(pk=case.pk).office == office("KC-MUARA-ENIM")
    send(head, "office_reopen", "KC-PALEMBANG")
    assert office("KC-PALEMBANG").is_open


def test_an_office_is_not_its_own_receiver(head):
    answer = send(head, "office_close", "KC-PALEMBANG", successor="KC-PALEMBANG")
    assert answer.status_code == 400
    assert office("KC-PALEMBANG").is_open


# --- gaps --------------------------------------------------------------------------
def test_gaps_are_shown_with_the_people_they_are_about(head):
    village = AreaFactory(code="1604012001", name="Merapi")
    WorkerFactory(village=village)
    EnrollmentFactory(village=village)
    text = page(head, "office_gaps")
    row = text.partition("Kabupaten Lahat")[2].partition("</tr>")[0]
    assert "Kantor Cabang Palembang" in row
    assert row.count(">1<") == 2


def test_a_kanwil_sees_the_gaps_of_its_own_provinces():
    text = page(at("regional_admin", "KANWIL-SUMBAGSEL"), "office_gaps")
    assert "Sumatera Selatan" in text
    assert "Sumatera Utara" not in text


def test_the_number_of_queries_does_not_grow_with_the_gaps(head):
    OfficeArea.objects.filter(regency__parent="16").update(is_configured=True)
    with CaptureQueriesContext(connection) as few:
        page(head, "office_gaps")
    OfficeArea.objects.update(is_configured=False)
    with CaptureQueriesContext(connection) as many:
        page(head, "office_gaps")
    assert len(few) == len(many) <= 12


# --- as a file ---------------------------------------------------------------------
def upload(client: Client, text: str, name: str = "offices_import") -> Any:
    file = SimpleUploadedFile("kantor.csv", text.encode(), content_type="text/csv")
    return client.post(reverse(name), {"berkas": file})


def token(answer: Any) -> str:
    return str(answer.context["confirm"].initial["pratinjau"])


def renamed() -> str:
    text = write_offices(current_table())
    return text.replace("Kantor Cabang Kisaran", "Kantor Cabang Asahan")


def test_a_file_is_previewed_then_done(head):
    assert head.get(reverse("offices_csv")).content.decode() == write_offices(current_table())
    answer = upload(head, renamed())
    text = answer.content.decode()
    assert "Kantor Cabang Kisaran" in text
    assert "Kantor Cabang Asahan" in text
    assert office("KC-KISARAN").name == "Kantor Cabang Kisaran"
    done = head.post(reverse("offices_apply"), {"pratinjau": token(answer)}, follow=True)
    assert "1 kantor berubah" in done.content.decode()
    assert office("KC-KISARAN").name == "Kantor Cabang Asahan"


def test_the_same_file_again_has_nothing_to_do(head):
    answer = upload(head, write_offices(current_table()))
    assert "Tidak ada yang berubah" in answer.content.decode()
    assert "Terapkan" not in answer.content.decode()


def test_a_file_with_a_problem_names_row_and_column_and_offers_nothing(head):
    answer = upload(head, renamed().replace(";1671;", ";9999;"))
    text = answer.content.decode()
    assert "Kode wilayah ini tidak dikenal" in text
    assert "kode_wilayah" in text
    assert "Terapkan" not in text


def test_what_another_changed_after_the_preview_is_said(head):
    answer = upload(head, renamed())
    Office.objects.filter(code="KC-PALEMBANG").update(city="Lain")
    done = head.post(reverse("offices_apply"), {"pratinjau": token(answer)}, follow=True)
    assert "baru saja diubah orang lain" in done.content.decode()
    assert office("KC-KISARAN").name == "Kantor Cabang Kisaran"


def test_a_preview_is_only_for_whom_it_was_made_and_only_as_it_was(head):
    sealed = token(upload(head, renamed()))
    for client, text in [
        (at(Role.Kind.HEAD_OFFICE), sealed),
        (head, sealed[:-2] + "xx"),
        (head, ""),
    ]:
        done = client.post(reverse("offices_apply"), {"pratinjau": text}, follow=True)
        assert "tidak berlaku lagi" in done.content.decode()
    with time_machine.travel(NOW.replace(hour=12), tick=False):
        done = head.post(reverse("offices_apply"), {"pratinjau": sealed}, follow=True)
        assert "tidak berlaku lagi" in done.content.decode()
    assert office("KC-KISARAN").name == "Kantor Cabang Kisaran"


@pytest.mark.parametrize("name", ["offices_import", "holidays_import"])
@pytest.mark.parametrize("text", ["", "PK\x03\x04", "a;b\n", "x" * 1_000_001, "\x00"])
def test_a_hostile_file_is_refused_with_a_sentence(head, name, text):
    answer = upload(head, text, name)
    assert answer.status_code == 400
    assert answer.context["form"].errors["berkas"][0].endswith(".")
