"""Head office changes a tariff on its pages, and everybody works out what cover costs."""

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contributions.models import Relief, TariffChange
from contributions.services.pricing import load_laws
from contributions.tariff_csv import write_tariffs
from contributions.tariff_rows import TariffRows
from tests.contributions.builders import billed_order, pay
from tests.contributions.tariff_stories import change, new_tariff, small_tables
from tests.factories import NOW, officer

pytestmark = pytest.mark.django_db
RELIEF = ["other", "private", "2026-04"]
EXTENDED = {
    "first_month": "04-2026",
    "last_month": "03-2027",
    "percent_due": "50",
    "legal_basis": "PP 9/2027",
}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def head(client, monkeypatch):
    small_tables(monkeypatch)
    client.force_login(officer("head_office"))
    return client


def preview(head, name="relief_correct", args=RELIEF, **told):
    return head.post(reverse(name, args=args), told or EXTENDED)


def confirm(head, shown, **told):
    sealed = shown.context["form"].initial["pratinjau"]
    words = {"pratinjau": sealed, "legal_basis": "PP 9/2027", "reason": "diperpanjang"}
    return head.post(reverse("tariffs_apply"), words | told)


def text(answer) -> str:
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


# --- head office ---------------------------------------------------------------------
def test_a_change_is_shown_with_what_it_does_before_anything_is_written(head):
    pay(billed_order(), NOW)
    billed_order()
    shown = preview(head)
    assert shown.status_code == 200
    page = text(shown)
    assert "<del>April 2026 – Desember 2026</del>" in page
    assert "1 tagihan ditarik dan diganti, 3 bulan berubah: Rp 184.800 menjadi Rp 159.600" in page
    assert "3 bulan. Rp 25.200 kembali kepada 1 donatur" in page
    assert not TariffChange.objects.exists()
    assert not Relief.objects.filter(legal_basis="PP 9/2027").exists()


def test_one_confirmation_writes_it_and_leads_to_its_page(head):
    answer = confirm(head, preview(head))
    made = TariffChange.objects.get()
    assert answer["Location"] == reverse("tariff_change", args=[made.uuid])
    assert Relief.objects.get(legal_basis="PP 9/2027").last_month == date(2027, 3, 1)
    page = text(head.get(answer["Location"]))
    assert "sedang disesuaikan" in page
    assert "diperpanjang" in text(head.get(reverse("tariffs")))


def test_without_a_reason_the_preview_stands_again_with_the_question(head):
    answer = confirm(head, preview(head), reason=" ")
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"reason"}
    assert "Maret 2027" in text(answer)
    assert not TariffChange.objects.exists()


def test_a_preview_of_tariffs_that_have_changed_is_refused_with_a_sentence(head):
    shown = preview(head)
    change(new_tariff(date(2028, 1, 1)))
    answer = head.get(confirm(head, shown)["Location"])
    assert "Tarif baru saja diubah orang lain" in text(answer)
    assert TariffChange.objects.count() == 1


def test_the_preview_of_another_person_is_refused(head):
    shown = preview(head)
    head.force_login(officer("head_office"))
    answer = head.get(confirm(head, shown)["Location"])
    assert "Pratinjau ini tidak berlaku lagi" in text(answer)
    assert not TariffChange.objects.exists()


def test_two_clicks_on_the_button_change_it_once(head):
    shown = preview(head)
    assert {confirm(head, shown).status_code for _click in range(2)} == {302}
    assert TariffChange.objects.count() == 1


def test_a_new_amount_for_all_brackets_keeps_what_was_left_empty(head):
    told = {"bracket": "0", "first_month": "01-2028", "jkm": "7.000", "legal_basis": "PP 9/2027"}
    confirm(head, preview(head, "tariff_new", [], **told))
    rows = TariffRows.load().rows
    found = [rows["tariff", bracket, date(2028, 1, 1)] for bracket in (1, 2)]
    assert [(row.jkk, row.jkm, row.jht) for row in found] == [
        (10_000, 7_000, 20_000),
        (12_000, 7_000, 24_000),
    ]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"first_month": "13-2027"}, "first_month"),
        ({"last_month": "01-2026"}, "last_month"),
        ({"percent_due": "0"}, "percent_due"),
        ({"percent_due": "101"}, "percent_due"),
        ({"legal_basis": ""}, "legal_basis"),
    ],
)
def test_what_nobody_can_mean_is_said_beside_its_field(head, told, field):
    answer = preview(head, **(EXTENDED | told))
    assert answer.status_code == 400
    assert field in answer.context["form"].errors


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"jkk": "", "jkm": "", "jht": ""}, "jkk"),
        ({"jkk": "5"}, "jkk"),
        ({"jkk": "16,800"}, "jkk"),
        ({"first_month": "01-2016"}, "__all__"),
    ],
)
def test_a_tariff_that_cannot_be_is_said_in_the_form(head, told, field):
    usual = {"bracket": "1", "first_month": "01-2028", "jkk": "11.000", "legal_basis": "x"}
    answer = preview(head, "tariff_new", [], **(usual | told))
    assert answer.status_code == 400
    assert field in answer.context["form"].errors


def test_a_table_comes_as_a_file_and_its_faults_are_listed(head):
    rows = write_tariffs(TariffRows.load()).replace("01-01-2016", "01-01-2028")
    good = SimpleUploadedFile("tarif.csv", rows.encode())
    shown = head.post(reverse("tariffs_import"), {"berkas": good})
    assert "2 baris berubah" in text(shown)
    bad = SimpleUploadedFile("tarif.csv", rows.replace("6800", "-1").encode())
    answer = head.post(reverse("tariffs_import"), {"berkas": bad})
    assert answer.status_code == 400
    assert "2 kesalahan" in text(answer)
    same = SimpleUploadedFile("tarif.csv", write_tariffs(TariffRows.load()).encode())
    answer = head.post(reverse("tariffs_import"), {"berkas": same})
    assert "Tidak ada yang berubah" in text(answer)


# --- everybody -----------------------------------------------------------------------
@pytest.fixture
def laws():
    load_laws()


def simulate(client, **asked):
    answer = client.get(reverse("tariff_simulator"), asked)
    return answer, text(answer)


@pytest.mark.usefixtures("laws")
def test_the_budget_of_sumatera_utara_is_short(client):
    answer, page = simulate(
        client,
        month="01-2024",
        workers="10000",
        months="12",
        funding="apbd",
        budget="2.000.000.000",
    )
    assert answer.status_code == 200
    assert "Rp 2.016.000.000" in page
    assert "Kurang Rp 16.000.000" in page
    assert "9.920 pekerja selama 12 bulan penuh, sisa Rp 128.000" in page
    assert "semua 10.000 pekerja selama 11 bulan, Rp 1.848.000.000" in page
    assert "119.047 bulan-pekerja" in page


@pytest.mark.usefixtures("laws")
@pytest.mark.parametrize(
    ("income", "told"),
    [
        ("1.099.500", "masuk golongan 1. Untuk Januari 2025: JKK Rp 10.000"),
        ("1.100.000", "masuk golongan 2. Untuk Januari 2025: JKK Rp 12.000"),
        ("3.000.000", "masuk golongan 10. Untuk Januari 2025: JKK Rp 29.500"),
    ],
)
def test_an_income_finds_its_bracket_by_the_lower_bound(client, income, told):
    assert told in simulate(client, month="01-2025", income=income)[1]


@pytest.mark.usefixtures("laws")
def test_the_first_look_answers_for_one_worker_from_this_month(client):
    answer, page = simulate(client)
    assert answer.status_code == 200
    assert "Rp 184.800" in page
    assert "Tarif November 2026" in page
    assert page.count('<th scope="row">') >= 33


@pytest.mark.usefixtures("laws")
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"month": "2026"}, "month"),
        ({"workers": "0"}, "workers"),
        ({"months": "121"}, "months"),
        ({"sector": "x"}, "sector"),
        ({"budget": "dua"}, "budget"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_beside_its_field(client, asked, field):
    answer, _page = simulate(client, **asked)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors


@pytest.mark.usefixtures("laws")
def test_the_table_of_a_month_is_a_file_of_33_rows(client):
    asked = {"month": "2026-12", "sector": "transport", "funding": "csr"}
    lines = client.get(reverse("tariff_table_csv"), asked).content.decode().splitlines()
    assert len(lines) == 34
    assert lines[1].startswith("1;0;5000;3400;8400;20000;")


def test_a_month_without_any_tariff_is_said_and_breaks_nothing(client):
    answer, page = simulate(client)
    assert answer.status_code == 200
    assert "Tarif untuk bulan ini belum ada" in page
