"""What the database itself refuses about areas and offices."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea, VillageName

pytestmark = pytest.mark.django_db


def area(code: str, level: str, parent: str | None, **fields) -> Area:
    name = fields.pop("name", "Contoh")
    return Area.objects.create(
        code=code,
        level=level,
        parent_id=parent,
        name=name,
        full_name=name,
        search_name=fields.pop("search_name", "contoh"),
        utc_offset=fields.pop("utc_offset", 7),
    )


@pytest.fixture
def palembang() -> Area:
    area("16", "province", None)
    area("1671", "regency", "16")
    area("167104", "district", "1671")
    return area("1671041002", "village", "167104")


def kanwil(code: str = "KANWIL-X") -> Office:
    return Office.objects.create(code=code, name=code, kind="kanwil", city="Contoh")


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("1", "province", None),
        ("160", "province", None),
        ("17", "province", "16"),
        ("1672", "regency", None),
        ("1672", "province", "16"),
        ("1972", "regency", "16"),
        ("167105", "district", "16"),
        ("167105", "village", "1671"),
        ("1671051002", "village", "167104"),
        ("1671041003", "village", None),
        ("1671041003", "district", "167104"),
        ("17", "country", None),
    ],
)
def test_a_code_that_does_not_fit_its_level_or_parent_is_refused(palembang, code, level, parent):
    with pytest.raises(IntegrityError), transaction.atomic():
        area(code, level, parent)


def test_a_time_zone_outside_indonesia_is_refused(palembang):
    with pytest.raises(IntegrityError), transaction.atomic():
        area("17", "province", None, utc_offset=10)


def test_an_area_that_no_search_could_find_is_refused(palembang):
    with pytest.raises(IntegrityError), transaction.atomic():
        area("17", "province", None, search_name="")


def test_an_area_knows_its_province_its_regency_and_whether_it_is_a_city(palembang):
    assert palembang.province_code == "16"
    assert palembang.regency_code == "1671"
    assert palembang.is_city
    assert not area("1603", "regency", "16").is_city
    assert Area.objects.get(pk="16").regency_code == ""
    assert not Area.objects.get(pk="16").is_city


def test_a_spelling_stands_once_per_village(palembang):
    VillageName.objects.create(village=palembang, district_id="167104", key="contoh", rank=0)
    for key, rank in [("contoh", 1), ("lain", 2), ("", 0)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            VillageName.objects.create(village=palembang, district_id="167104", key=key, rank=rank)


def test_a_kanwil_has_nothing_above_and_a_branch_has():
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(code="A", name="A", kind="kc", city="Contoh")
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(code="B", name="B", kind="kanwil", city="Contoh", parent=kanwil())


def test_an_office_of_an_unknown_kind_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(code="A", name="A", kind="hq", city="Contoh", parent=kanwil())


def test_a_province_has_one_kanwil(palembang):
    KanwilProvince.objects.create(office=kanwil("KANWIL-A"), province_id="16")
    with pytest.raises(IntegrityError), transaction.atomic():
        KanwilProvince.objects.create(office=kanwil("KANWIL-B"), province_id="16")


def test_a_kanwil_oversees_provinces_only(palembang):
    with pytest.raises(IntegrityError), transaction.atomic():
        KanwilProvince.objects.create(office=kanwil(), province_id="1671")


def test_a_regency_has_at_most_one_default_office(palembang):
    above = kanwil()
    one, two = (
        Office.objects.create(code=c, name=c, kind="kc", city="Contoh", parent=above) for c in "AB"
    )
    OfficeArea.objects.create(office=one, regency_id="1671", is_default=True)
    OfficeArea.objects.create(office=two, regency_id="1671", is_default=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeArea.objects.filter(office=two).update(is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeArea.objects.create(office=one, regency_id="1671")


def test_an_office_serves_regencies_only(palembang):
    office = Office.objects.create(code="A", name="A", kind="kc", city="Contoh", parent=kanwil())
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeArea.objects.create(office=office, regency_id="167104")


def test_a_day_is_a_holiday_once():
    Holiday.objects.create(date=date(2026, 11, 20), name="Satu")
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(date=date(2026, 11, 20), name="Dua")
