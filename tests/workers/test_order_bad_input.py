"""What people type by mistake or on purpose: a sentence and a 4xx, never a crash."""

from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.factories import NOW
from tests.workers.journey import Donor, data, places, upload, who
from workers.models import Enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place_and_time(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    places()
    with time_machine.travel(NOW, tick=False):
        yield


BAD_DATA = {
    "letters in the NIK": ("nik", "1671O11708850001", "hanya berisi angka"),
    "a short NIK": ("nik", "1671", "kurang dari 16"),
    "a long NIK": ("nik", "16710117088500011", "lebih dari 16"),
    "a NIK from a spreadsheet": ("nik", "1,67101E+15", "Excel"),
    "no NIK": ("nik", "", ""),
    "a NIK of 3 MB": ("nik", "1" * 3_000_000, ""),
    "an impossible NIK": ("nik", "1671013508850001", "bukan tanggal lahir"),
    "a NIK of a leap day that was none": ("nik", "1671012902010001", "bukan tanggal lahir"),
    "a NIK with the serial 0000": ("nik", "1671011708850000", "0000"),
    "arabic digits": ("nik", "١٦٧١٠١١٧٠٨٨٥٠٠٠١", "hanya berisi angka"),
    "a date in 1850": ("birth_date", "17-08-1850", "tidak mungkin"),
    "a date to come": ("birth_date", "17-08-2030", "tidak mungkin"),
    "the 65th birthday": ("birth_date", "20-11-1961", "65 tahun"),
    "a child": ("birth_date", "21-11-2009", "paling sedikit 17"),
    "half a date": ("birth_date", "17-08", "tanggal-bulan-tahun"),
    "the 31 February": ("birth_date", "31-02-1985", "tanggal-bulan-tahun"),
    "a third sex": ("sex", "X", ""),
    "a foreign phone": ("phone", "+49 151 234567", "0812"),
    "sql for a phone": ("phone", "0812'; DROP TABLE workers_worker;--", "0812"),
    "an unknown job": ("occupation", "presiden", ""),
    "a village that is none": ("village", "9999999999", "tidak ada dalam daftar"),
    "a district for a village": ("village", "167101", "tidak ada dalam daftar"),
    "sql for a village": ("village", "' OR 1=1 --", "tidak ada dalam daftar"),
    "no village": ("village", "", "Cari desa"),
}


@pytest.mark.parametrize(
    ("field", "value", "words"), BAD_DATA.values(), ids=[k.replace(" ", "-") for k in BAD_DATA]
)
def test_a_wrong_answer_about_the_worker_is_refused_with_a_sentence(
    field: str, value: str, words: str
) -> None:
    donor = Donor().start()
    donor.client.post(donor.worker_url + "siapa/", who())
    answer = donor.client.post(donor.worker_url + "data/", data(**{field: value}))
    assert answer.status_code == 400
    sentences = " ".join(answer.context["form"].errors[field])
    assert words in sentences
    assert len(answer.content) < 200_000
    assert not Enrollment.everything.exists()


def test_the_day_before_the_65th_birthday_is_early_enough() -> None:
    donor = Donor().start()
    donor.client.post(donor.worker_url + "siapa/", who())
    answer = donor.client.post(
        donor.worker_url + "data/", data(birth_date="21-11-1961", nik="1671012111610001")
    )
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "spelling",
    ["17-08-1985", "17/08/1985", "17.08.1985", "17081985", "17 08 1985"],
    ids=["dashes", "slashes", "dots", "bare", "spaces"],
)
def test_a_date_may_be_typed_in_any_usual_way(spelling: str) -> None:
    donor = Donor().start()
    answer = donor.fill(second=data(birth_date=spelling))
    assert answer.status_code == 302


BAD_WHO = {
    "sql in the name": ("name", "Robert'); DROP TABLE workers_worker;--"),
    "a name of 3 MB": ("name", "a" * 3_000_000),
    "markup in the name": ("name", "<script>alert(1)</script>"),
    "one letter": ("name", "J"),
    "no name": ("name", "   "),
    "digits": ("name", "Joko 2"),
    "an unknown relation": ("relation", "boss"),
    "an unknown way": ("way", "telepathy"),
    "no way": ("way", ""),
}


@pytest.mark.parametrize(
    ("field", "value"), BAD_WHO.values(), ids=[k.replace(" ", "-") for k in BAD_WHO]
)
def test_a_wrong_answer_about_who_it_is_is_refused(field: str, value: str) -> None:
    donor = Donor().start()
    answer = donor.client.post(donor.worker_url + "siapa/", who(**{field: value}))
    assert answer.status_code == 400
    assert answer.context["form"].errors[field]
    assert b"<script>alert" not in answer.content


@pytest.mark.parametrize(
    "name", ["Siti Nur'aini", "H. Abd. Rahman, S.Ag", "Anak Agung Ngurah-Putra", "I Gede", "Müller"]
)
def test_names_as_people_bear_them_are_taken(name: str) -> None:
    donor = Donor().start()
    assert donor.client.post(donor.worker_url + "siapa/", who(name=name)).status_code == 302


@pytest.mark.parametrize(
    "terms",
    [
        {"months": "-3"},
        {"months": "0"},
        {"months": "2"},
        {"months": "1000000"},
        {"months": ""},
        {"months": "dua belas"},
        {"months": "12", "income": "sejuta"},
        {"months": "12", "income": "-1000000"},
        {"months": "12", "income": "9" * 40},
    ],
    ids=["minus-three", "none", "two", "many", "empty", "words", "income", "negative", "huge"],
)
def test_wrong_terms_begin_no_order(terms: dict[str, str]) -> None:
    donor = Donor()
    answer = donor.client.post("/donatur/daftar/", terms)
    assert answer.status_code == 400
    assert answer.context["form"].errors


def test_a_broken_key_of_the_first_page_is_no_crash() -> None:
    donor = Donor()
    answer = donor.client.post("/donatur/daftar/", {"key": "'; --", "months": "12"})
    assert answer.status_code == 302


@pytest.mark.parametrize("key", ["A" * 8, "abc", "a" * 90])
def test_a_worker_key_that_is_none_is_not_found(key: str) -> None:
    donor = Donor().start()
    assert donor.client.get(f"{donor.order_url}pekerja/{key}/siapa/").status_code == 404


def test_tampered_terms_of_a_draft_are_judged_again_when_sent() -> None:
    donor = Donor().start()
    donor.fill(who(way="link"))
    donor.client.post(donor.order_url + "ketentuan/", {"months": "-3"})
    answer = donor.send()
    assert answer.status_code == 400
    assert not Enrollment.everything.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<script>alert(1)</script>", "JPG"),
        (b"%PDF-1.7" + b"0" * (5 * 1024 * 1024 + 1), "5 MB"),
        (b"", ""),
    ],
    ids=["markup", "too-big", "empty"],
)
def test_a_wrong_file_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    donor = Donor().start()
    donor.fill()
    answer = donor.prove(upload("formulir.jpg", content))
    assert answer.status_code == 400
    assert words in " ".join(answer.context["form"].errors["photo"])


def test_a_search_for_the_village_without_javascript_is_no_attempt_to_send() -> None:
    donor = Donor().start()
    donor.client.post(donor.worker_url + "siapa/", who())
    answer = donor.client.post(
        donor.worker_url + "data/",
        data(village="", village_teks="kemang", village_cari_desa="teks", nik=""),
    )
    assert answer.status_code == 200
    assert "Kemangmanis" in answer.content.decode()
    assert not answer.context["form"].errors
