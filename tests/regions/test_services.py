"""Loading: whole, twice the same, and without undoing what head office has changed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regions import files, services
from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea, VillageName


def levels() -> dict[str, int]:
    return {level: Area.objects.filter(level=level).count() for level in Area.Level.values}


@pytest.mark.usefixtures("three_provinces")
def test_three_provinces_are_loaded_with_everything_below():
    assert levels() == {"province": 3, "regency": 57, "district": 743, "village": 9762}
    assert Area.objects.filter(code__startswith="31").count() == 0


@pytest.mark.usefixtures("three_provinces")
def test_a_village_bears_its_full_name_and_its_zone():
    village = Area.objects.get(code="1671041002")
    assert village.name == "Lorokpakjo"
    assert village.full_name == "Lorokpakjo, Ilir Barat Satu, Kota Palembang, Sumatera Selatan"
    assert village.place == "Ilir Barat Satu, Kota Palembang, Sumatera Selatan"
    assert village.search_name == "lorokpakjo"
    assert village.utc_offset == 7
    assert village.parent_id == "167104"


@pytest.mark.usefixtures("three_provinces")
def test_a_province_bears_its_people_and_its_capital():
    province = Area.objects.get(code="16")
    assert province.population == 9_064_690
    assert province.capital == "Palembang"
    assert str(province.area_km2) == "86771.9"


@pytest.mark.usefixtures("three_provinces")
def test_a_second_load_reads_everything_and_writes_nothing():
    counts = services.load_areas(province_codes=["19"])
    counts |= services.load_offices()
    counts["holidays"] = services.load_holidays()
    assert counts["village"].read == 393
    assert {count.written for count in counts.values()} == {0}


@pytest.mark.usefixtures("three_provinces")
def test_a_second_load_mends_what_was_altered_and_leaves_the_rest():
    Area.objects.filter(code="1971").update(name="Kota Salah")
    VillageName.objects.filter(village__code__startswith="197101").delete()
    VillageName.objects.create(
        village_id="1971021001", district_id="197102", key="bukandesa", rank=0
    )
    counts = services.load_areas(province_codes=["19"])
    assert counts["regency"].written == 1
    assert counts["village"].written == 0
    assert counts["spellings"].written > 1
    assert Area.objects.get(code="1971").name == "Kota Pangkal Pinang"
    assert not VillageName.objects.filter(key="bukandesa").exists()


@pytest.mark.usefixtures("three_provinces")
def test_an_area_that_the_files_no_longer_know_stays():
    Area.objects.create(
        code="1999",
        level="regency",
        parent_id="19",
        name="Lama",
        full_name="Lama",
        search_name="lama",
        utc_offset=7,
    )
    services.load_areas(province_codes=["19"])
    assert Area.objects.filter(code="1999").exists()


@pytest.mark.usefixtures("three_provinces")
def test_a_load_of_a_portal_in_use_takes_small_bites(monkeypatch):
    pauses = []
    monkeypatch.setattr(services.time, "sleep", pauses.append)
    monkeypatch.setattr(services, "is_postgres", lambda _: False)
    monkeypatch.setattr(services, "BITE", 100)
    VillageName.objects.filter(village__code__startswith="19").delete()
    services.load_areas(province_codes=["19"])
    assert len(pauses) >= 3
    assert set(pauses) == {services.PAUSE_SECONDS}


@pytest.mark.usefixtures("three_provinces")
def test_what_head_office_has_changed_stays():
    Office.objects.filter(code="KC-PALEMBANG").update(name="Nama baru", phone="0711000000")
    other = Office.objects.get(code="KC-MUARA-ENIM")
    OfficeArea.objects.filter(regency="1604").delete()
    OfficeArea.objects.create(office=other, regency_id="1604", is_default=True)
    Holiday.objects.filter(date="2026-08-25").delete()
    services.load_offices()
    services.load_holidays()
    assert Office.objects.get(code="KC-PALEMBANG").name == "Nama baru"
    assert [row.office for row in OfficeArea.objects.filter(regency="1604")] == [other]
    assert not Holiday.objects.filter(date="2026-08-25").exists()


@pytest.mark.usefixtures("three_provinces")
def test_offices_serve_the_regencies_that_are_loaded():
    assert Office.objects.filter(kind="kanwil").count() == 11
    assert KanwilProvince.objects.count() == 3
    loaded = set(Area.objects.filter(level="regency").values_list("code", flat=True))
    defaults = OfficeArea.objects.filter(is_default=True).values_list("regency_id", flat=True)
    assert sorted(defaults) == sorted(loaded)


@pytest.mark.usefixtures("three_provinces")
def test_no_office_claims_an_address_or_a_number_of_its_own():
    assert set(Office.objects.values_list("address", "phone")) == {("", "175")}


@pytest.mark.django_db
def test_offices_that_hang_in_the_wrong_place_are_refused(monkeypatch):
    rows = [files.OfficeRow("KCP-X", "X", "kcp", parent="KANWIL-X", city="X")]
    rows.append(files.OfficeRow("KANWIL-X", "X", "kanwil", parent="", city="X"))
    monkeypatch.setattr(files, "read_offices", lambda: rows)
    with pytest.raises(services.OfficesDoNotFit, match="KCP-X"):
        services.load_offices()


@pytest.mark.usefixtures("three_provinces")
def test_a_regency_without_an_office_is_refused(monkeypatch):
    rows = [row for row in files.read_office_areas() if row.regency != "1671"]
    monkeypatch.setattr(files, "read_office_areas", lambda: rows)
    with pytest.raises(services.OfficesDoNotFit, match="1671"):
        services.load_offices()


@pytest.mark.django_db
def test_the_command_loads_only_the_provinces_it_is_told_and_says_how_many():
    out = StringIO()
    call_command("load_regions", "--provinces", "19, 31", stdout=out)
    assert set(Area.objects.filter(level="province").values_list("code", flat=True)) == {"19", "31"}
    assert "village              660 read     660 written" in out.getvalue()
    assert Office.objects.filter(code="KC-PANGKALPINANG").exists()
    assert Holiday.objects.count() == 26


@pytest.mark.django_db
def test_an_unknown_province_is_refused_by_name():
    with pytest.raises(CommandError, match="99"):
        call_command("load_regions", "--provinces", "16,99")
    assert not Area.objects.exists()


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.django_db
def test_all_of_indonesia_is_loaded_in_few_statements():
    with CaptureQueriesContext(connection) as queries:
        call_command("load_regions", stdout=StringIO())
    assert levels() == {"province": 38, "regency": 514, "district": 7285, "village": 83_762}
    assert len(queries) < 400
    assert KanwilProvince.objects.count() == 38
    assert OfficeArea.objects.filter(is_default=True).count() == 514
    offsets = set(Area.objects.values_list("utc_offset", flat=True))
    assert offsets == {7, 8, 9}
    without = Area.objects.filter(level="village", spellings__isnull=True)
    assert not without.exists()
