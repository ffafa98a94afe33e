"""Areas, offices and working days."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regions import selectors
from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]

LOROK_PAKJO = "1671041002"
ANYWHERE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def office(code: str) -> Office:
    return Office.objects.get(code=code)


# --- areas -------------------------------------------------------------------------
def test_the_cascade_goes_from_provinces_down_to_villages():
    assert [a.code for a in selectors.children_of()] == ["19", "16", "12"]
    assert "1671" in {a.code for a in selectors.children_of("16")}
    assert "167104" in {a.code for a in selectors.children_of("1671")}
    assert LOROK_PAKJO in {a.code for a in selectors.children_of("167104")}
    assert selectors.children_of(LOROK_PAKJO) == []


@pytest.mark.parametrize("code", ["", "16", "1671", "167104", "9999999999", "167104100", "desa"])
def test_only_the_code_of_a_village_is_one(code):
    assert selectors.find_village(code) is None


@pytest.mark.parametrize(
    "code", ["16710410\x002", "\u0661\u0666\u0667\u0661\u0660\u0664\u0661\u0660\u0660\u0662"]
)
def test_a_code_with_strange_signs_is_no_village(code):
    assert selectors.find_village(code) is None


def test_a_village_is_found_by_its_code():
    assert selectors.find_village(LOROK_PAKJO).name == "Lorokpakjo"


def test_the_way_to_an_area_begins_with_its_province():
    assert [a.code for a in selectors.path_of("167104")] == ["16", "1671", "167104"]
    assert selectors.path_of("") == []
    assert selectors.path_of("99") == []
    assert selectors.path_of("1699") == []


def test_known_codes_are_those_of_today():
    assert selectors.known_codes(["16", "1671", "1699", "99"]) == {"16", "1671"}


def test_a_village_has_its_zone():
    assert selectors.utc_offset_of(LOROK_PAKJO) == 7
    with pytest.raises(Area.DoesNotExist):
        selectors.utc_offset_of("9999999999")


# --- offices -----------------------------------------------------------------------
def test_the_default_office_comes_first():
    medan = "1271011001"
    assert [o.code for o in selectors.offices_for(village_code=medan)] == [
        "KC-MEDAN-KOTA",
        "KC-MEDAN-UTARA",
    ]
    assert selectors.default_office_for(village_code=medan) == office("KC-MEDAN-KOTA")


def test_all_of_bangka_belitung_goes_to_pangkalpinang():
    for regency in ("1901", "1902", "1903", "1904", "1905", "1906", "1971"):
        found = selectors.default_office_for(village_code=f"{regency}012001")
        assert found == office("KC-PANGKALPINANG")


def test_a_closed_default_gives_way_to_the_other_office():
    Office.objects.filter(code="KC-MEDAN-KOTA").update(is_open=False)
    assert selectors.default_office_for(village_code="1271011001") == office("KC-MEDAN-UTARA")


def test_where_every_office_is_closed_a_branch_of_the_kanwil_stands_in():
    Office.objects.filter(code="KC-PALEMBANG").update(is_open=False)
    found = selectors.offices_for(village_code=LOROK_PAKJO)
    assert {o.code for o in found} == {"KC-MUARA-ENIM", "KC-PANGKALPINANG"}


def test_where_no_branch_is_left_the_kanwil_itself_stands_in():
    Office.objects.filter(parent__code="KANWIL-SUMBAGSEL").update(is_open=False)
    assert selectors.default_office_for(village_code=LOROK_PAKJO) == office("KANWIL-SUMBAGSEL")


def test_a_village_of_a_province_without_kanwil_has_no_office():
    OfficeArea.objects.all().delete()
    KanwilProvince.objects.all().delete()
    assert selectors.default_office_for(village_code=LOROK_PAKJO) is None


def test_default_offices_of_many_regencies_come_in_one_query():
    with CaptureQueriesContext(connection) as queries:
        found = selectors.default_offices(["1671", "1971", "1271", "9999"])
    assert {code: o.code for code, o in found.items()} == {
        "1671": "KC-PALEMBANG",
        "1971": "KC-PANGKALPINANG",
        "1271": "KC-MEDAN-KOTA",
    }
    assert len(queries) == 1


def test_each_office_knows_its_kanwil():
    assert selectors.kanwil_of(office("KCP-ENDE")) == office("KANWIL-BANUSPA")
    assert selectors.kanwil_of(office("KC-PALEMBANG")) == office("KANWIL-SUMBAGSEL")
    assert selectors.kanwil_of(office("KANWIL-JATIM")) == office("KANWIL-JATIM")


def test_a_kanwil_oversees_its_loaded_provinces():
    assert [p.code for p in selectors.provinces_of(office("KANWIL-SUMBAGSEL"))] == ["16", "19"]
    assert selectors.provinces_of(office("KANWIL-JATIM")) == []


def test_head_office_sees_which_regencies_still_have_a_stand_in():
    rows = selectors.unconfigured_regencies()
    codes = [row.regency_id for row in rows]
    assert "1604" in codes
    assert "1671" not in codes
    assert codes == sorted(codes)
    own = selectors.unconfigured_regencies(kanwil=office("KANWIL-SUMBAGSEL"))
    assert {row.regency.province_code for row in own} == {"16"}


# --- working days ------------------------------------------------------------------
FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (FRIDAY, True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
        (date(2026, 8, 17), False),
        (date(2026, 12, 25), False),
    ],
)
def test_offices_work_from_monday_to_friday_except_holidays(day, works):
    assert selectors.is_working_day(day) is works


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (FRIDAY, 2, date(2026, 11, 24)),
        (FRIDAY, 0, FRIDAY),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),
        # Christmas, a week-end and New Year's Day.
        (date(2026, 12, 24), 5, date(2027, 1, 4)),
        # 21 and 22 March 2026 are a week-end anyway, 19 March is a Thursday.
        (date(2026, 3, 18), 1, date(2026, 3, 20)),
    ],
)
def test_working_days_are_counted_past_week_ends_and_holidays(start, n, due):
    assert selectors.add_working_days(start, n) == due


def test_a_day_that_head_office_closes_counts_no_more():
    Holiday.objects.create(date=date(2026, 11, 23), name="Cuti bersama")
    assert selectors.add_working_days(FRIDAY, 2) == date(2026, 11, 25)


def test_working_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forwards"):
        selectors.add_working_days(FRIDAY, -1)


def test_an_end_that_is_not_later_has_no_working_days():
    assert selectors.working_days_between(FRIDAY, FRIDAY) == 0
    assert selectors.working_days_between(FRIDAY, FRIDAY - timedelta(days=5)) == 0


days = st.dates(min_value=date(2025, 12, 1), max_value=date(2027, 12, 31))


@ANYWHERE
@given(start=days, n=st.integers(min_value=1, max_value=60))
def test_between_a_start_and_its_nth_working_day_lie_n(start, n):
    due = selectors.add_working_days(start, n)
    assert selectors.is_working_day(due)
    assert selectors.working_days_between(start, due) == n


@ANYWHERE
@given(
    start=days, a=st.integers(min_value=1, max_value=20), b=st.integers(min_value=1, max_value=20)
)
def test_waiting_twice_is_waiting_once_for_longer(start, a, b):
    twice = selectors.add_working_days(selectors.add_working_days(start, a), b)
    assert twice == selectors.add_working_days(start, a + b)


def test_the_holidays_are_read_once_a_call():
    with CaptureQueriesContext(connection) as queries:
        selectors.add_working_days(FRIDAY, 40)
    assert len(queries) == 1
