"""Head office's pages of holidays and jobs, and the page that leads to all settings."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from regions.models import Holiday
from regions.selectors import LackingYear, lacking_years
from tests.factories import NOW, OccupationFactory, officer
from workers.models import Occupation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def head(client):
    client.force_login(officer("head_office"))
    return client


def fill(year: int, count: int = 1) -> None:
    days = [Holiday(date=date(year, 1, 1 + n), name=f"Hari {n}") for n in range(count)]
    Holiday.objects.bulk_create(days)


def text_of(client: Any, name: str, **data: str) -> str:
    answer = client.get(reverse(name), data)
    assert answer.status_code == 200
    return answer.content.decode()


# --- holidays ----------------------------------------------------------------------
def test_from_october_on_a_coming_year_without_holidays_is_said():
    fill(2026, 3)
    assert lacking_years(date(2026, 9, 30)) == []
    assert lacking_years(date(2026, 10, 1)) == [LackingYear(2027, 0, 3)]
    fill(2027, 2)
    assert lacking_years(date(2026, 11, 20)) == [LackingYear(2027, 2, 3)]
    fill(2028, 1)
    assert lacking_years(date(2027, 1, 1)) == []


@pytest.mark.parametrize("name", ["jobs", "setup", "holidays"])
def test_head_office_reads_the_warning_where_it_begins(head, name):
    fill(2026)
    assert "Hari libur 2027 belum ada" in text_of(head, name)
    fill(2027)
    assert "belum ada</h2>" not in text_of(head, name)


def test_a_day_is_added_renamed_and_removed(head):
    data = {"day": "10-03-2027", "name": "Idulfitri"}
    answer = head.post(reverse("holiday_add"), data, follow=True)
    assert "Idulfitri" in answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("?tahun=2027")
    url = reverse("holiday", args=["2027-03-10"])
    head.post(url, {"dulu": "Idulfitri", "name": "Hari Raya"})
    assert Holiday.objects.get().name == "Hari Raya"
    head.post(reverse("holiday_remove", args=["2027-03-10"]), {"dulu": "Hari Raya"})
    assert not Holiday.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"day": "besok", "name": "X"}, {"day": "1-1-1999", "name": "X"}, {"day": "1-1-2027"}],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(head, data):
    answer = head.post(reverse("holiday_add"), data)
    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not Holiday.objects.exists()


def test_a_day_that_another_renamed_is_not_removed(head):
    fill(2026)
    url = reverse("holiday_remove", args=["2026-01-01"])
    answer = head.post(url, {"dulu": "Nama lama"}, follow=True)
    assert "baru saja diubah orang lain" in answer.content.decode()
    assert Holiday.objects.exists()


@pytest.mark.parametrize("day", ["2026-01-02", "besok", "0000-00-00"])
def test_a_day_that_is_no_holiday_has_no_page(head, day):
    assert head.get(reverse("holiday", args=[day])).status_code == 404


def test_a_file_of_holidays_is_previewed_then_done(head):
    fill(2027)
    file = SimpleUploadedFile("libur.csv", b"tanggal;nama\n10-03-2027;Idulfitri\n")
    answer = head.post(reverse("holidays_import"), {"berkas": file})
    text = answer.content.decode()
    assert "10 Maret 2027" in text
    assert "tidak ada di berkas" in text
    sealed = answer.context["confirm"].initial["pratinjau"]
    assert Holiday.objects.get().name == "Hari 0"
    for _twice in range(2):
        done = head.post(reverse("holidays_apply"), {"pratinjau": sealed}, follow=True)
        assert "Berkas diterapkan" in done.content.decode()
    assert Holiday.objects.get().name == "Idulfitri"
    assert "10-03-2027;Idulfitri" in head.get(reverse("holidays_csv")).content.decode()


def test_others_read_the_holidays_and_change_none(client):
    fill(2026)
    client.force_login(officer())
    text = text_of(client, "holidays")
    assert "Hari 0" in text
    assert reverse("holiday", args=["2026-01-01"]) not in text
    assert reverse("holiday_add") not in text


# --- jobs --------------------------------------------------------------------------
def job_form(**data: Any) -> dict[str, Any]:
    return {"name": "Penarik becak", "name_en": "Pedicab", "sector": "other", "order": 9, **data}


def test_a_job_is_added_and_changed(head):
    head.post(reverse("occupation_new"), job_form())
    job = Occupation.objects.get()
    url = reverse("occupation", args=[job.code])
    assert "Menentukan iuran" in head.get(url).content.decode()
    head.post(url, job_form(versi=1, sector="transport", is_offered="on"))
    assert Occupation.objects.get().sector == "transport"
    head.post(url, job_form(versi=2))
    assert not Occupation.objects.get().is_offered
    assert "Tidak ditawarkan" in text_of(head, "occupations")


def test_a_job_that_another_changed_is_not_overwritten(head):
    job = OccupationFactory()
    Occupation.objects.update(version=4)
    answer = head.post(reverse("occupation", args=[job.code]), job_form(versi=3))
    assert answer.status_code == 400
    assert "baru saja diubah orang lain" in answer.content.decode()


@pytest.mark.parametrize(
    "data", [{"name": ""}, {"name": "..."}, {"sector": "udara"}, {"order": "-1"}, {"name_en": ""}]
)
def test_a_job_that_cannot_be_is_refused(head, data):
    answer = head.post(reverse("occupation_new"), job_form(**data))
    assert answer.status_code == 400
    assert not Occupation.objects.exists()


def test_a_name_that_is_taken_is_refused_beside_it(head):
    OccupationFactory(name="Penarik Becak")
    answer = head.post(reverse("occupation_new"), job_form())
    assert "sudah ada di daftar" in answer.context["form"].errors["name"][0]


def test_the_number_of_queries_does_not_grow_with_the_jobs(head):
    OccupationFactory()
    with CaptureQueriesContext(connection) as few:
        text_of(head, "occupations")
    for number in range(20):
        OccupationFactory(code=f"uji_{number}", name=f"Uji {number}")
    with CaptureQueriesContext(connection) as many:
        text_of(head, "occupations")
    assert len(few) == len(many)
