"""The optional address: from the form to the case, and how people at one address are found."""

import pytest
from django.test import Client

from tests.factories import NOW
from tests.workers.desk import again, held_case
from tests.workers.journey import Donor, data, places
from workers import consent_text
from workers.indexes import address_index
from workers.models import Consent, Enrollment

VILLAGE = "1671011007"


@pytest.mark.parametrize(
    "spelt",
    ["Jalan Merdeka 5", "Jl. Merdeka No. 5", "jln merdeka  nomor 05, RT 01/RW 02", "JL MERDEKA 5"],
)
def test_one_house_has_one_index_however_it_is_written(spelt):
    assert address_index(spelt, VILLAGE) == address_index("Jl. Merdeka 5", VILLAGE) != ""


def test_another_house_or_village_has_another():
    index = address_index("Jalan Merdeka 5", VILLAGE)
    assert index != address_index("Jalan Merdeka 6", VILLAGE)
    assert index != address_index("Jalan Merdeka 5", "1671011008")
    assert address_index("Blok C 2 No 5", VILLAGE) != address_index("Blok C 25", VILLAGE + "x")


@pytest.mark.parametrize("vague", ["", "  ", "RT 02 RW 01", "Dusun Krajan RT 2/RW 1", "RT.003/001"])
def test_a_hamlet_or_an_rt_is_nobodys_house(vague):
    assert address_index(vague, VILLAGE) == ""


# --- asked for, kept sealed ------------------------------------------------------------
@pytest.fixture
def donor(db):
    places()
    return Donor().start()


def test_the_address_is_asked_once_in_one_optional_line(donor):
    donor.fill()
    page = donor.client.get(donor.worker_url + "data/").content.decode()
    assert "Membantu cabang bila perlu berkunjung." in page
    assert page.count('name="address"') == 1


def test_a_donor_may_leave_it_out(donor):
    donor.fill()
    donor.prove()
    donor.send()
    assert (donor.case.address, donor.case.address_index) == ("", "")


def test_what_the_donor_types_reaches_the_case_sealed_and_indexed(donor):
    donor.fill(second=data(address="Jl. Merdeka  5"))
    page = donor.client.get(donor.worker_url + "data/").content.decode()
    assert "Jl. Merdeka  5" in page
    donor.prove()
    donor.send()
    case = donor.case
    assert case.address == "Jl. Merdeka 5"
    assert case.address_index == address_index("Jl. Merdeka 5", VILLAGE)
    assert Enrollment.everything.filter(address="").count() == 0


def test_too_long_an_address_is_told(donor):
    answer = donor.fill(second=data(address="a" * 151))
    assert answer.status_code == 400
    assert "Alamat paling panjang 150 huruf." in answer.content.decode()


def test_a_worker_may_tell_it_behind_his_link(db):
    places()
    sender = Donor().start()
    sender.fill(first={"name": "Wati Contoh", "relation": "household", "way": "link"})
    sender.send()
    token = sender.case.link.token
    told = {**data(address="Gang Mawar 7"), "name": "Wati Contoh", "by": "self", "agreed": "on"}
    answer = Client().post(f"/pekerja/isi/{token}/", told)
    assert answer.status_code == 302, answer.context["form"].errors
    assert sender.case.address == "Gang Mawar 7"
    # The donor never reads it (P12).
    page = sender.client.get(f"/donatur/pendaftaran/{sender.order.uuid}/").content.decode()
    assert "Gang Mawar" not in page


def test_mending_leaves_the_address_as_it_was_unless_it_is_typed_anew(donor):
    donor.fill(second=data(address="Jl. Merdeka 5"))
    donor.prove()
    donor.send()
    Enrollment.everything.update(status="returned", reasons={"name": "name_differs"})
    url = f"/donatur/perbaiki/{donor.case.uuid}/"
    page = donor.client.get(url).content.decode()
    assert "Merdeka" not in page
    mended = {**data(nik="", birth_date="", phone=""), "name": "Joko Baru", "relation": "household"}
    assert donor.client.post(url, mended).status_code == 302
    assert (donor.case.name, donor.case.address) == ("Joko Baru", "Jl. Merdeka 5")
    Enrollment.everything.update(status="returned", reasons={"name": "name_differs"})
    assert donor.client.post(url, {**mended, "address": "Gang Mawar 7"}).status_code == 302
    assert donor.case.address == "Gang Mawar 7"


def test_the_branch_reads_it_together_with_the_nik_only(db):
    case, holder = held_case(address="Gang Mawar 7", taken_at=NOW)
    for viewer, reads in ((holder, True), (None, False)):
        client = Client()
        if viewer is None:
            Enrollment.everything.update(status="submitted", taken_by=None, taken_at=None)
        client.force_login(holder)
        page = client.get(f"/cabang/kasus/{case.uuid}/").content.decode()
        assert ("Gang Mawar 7" in page) is reads
    assert again(case).address == "Gang Mawar 7"


# --- what the worker agrees to ----------------------------------------------------------
def test_the_text_in_force_names_the_address_and_the_former_one_is_kept(donor):
    version, _sentence, points = consent_text.current()
    assert version == consent_text.VERSION == "2026-11-2"
    assert any("alamat bila diisi" in str(point.answer) for point in points)
    _sentence, former = consent_text.TEXTS["2026-11"]
    assert not any("alamat" in str(point.answer) for point in former)
    assert len(former) == len(points)
    donor.fill()
    donor.prove()
    donor.send()
    assert Consent.objects.get().text_version == version


def test_every_version_fits_its_column():
    field = Consent._meta.get_field("text_version")
    assert all(len(version) <= field.max_length for version in consent_text.TEXTS)
