"""A district or village that another office takes than the rest of its city; and gaps."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from regions import selectors
from regions.models import Office, OfficeArea, OfficeException

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]

#: Two villages of one district of Medan, and one of another district.
VILLAGE, NEIGHBOUR, ELSEWHERE = "1271011001", "1271011002", "1271021001"


def office(code: str) -> Office:
    return Office.objects.get(code=code)


def named(area: str, code: str) -> OfficeException:
    return OfficeException.objects.create(area_id=area, office=office(code))


def taker(village: str) -> str:
    found = selectors.default_office_for(village_code=village)
    assert found is not None
    assert selectors.offices_of_villages([village]) == {village: found}
    return found.code


def test_without_exceptions_a_city_goes_to_its_default_office():
    assert [taker(v) for v in (VILLAGE, NEIGHBOUR, ELSEWHERE)] == ["KC-MEDAN-KOTA"] * 3


def test_a_district_goes_to_the_office_that_is_named_for_it():
    named("127101", "KC-MEDAN-UTARA")
    assert taker(VILLAGE) == taker(NEIGHBOUR) == "KC-MEDAN-UTARA"
    assert taker(ELSEWHERE) == "KC-MEDAN-KOTA"


def test_a_village_weighs_more_than_its_district():
    named("127101", "KC-MEDAN-UTARA")
    named(VILLAGE, "KC-KISARAN")
    assert (taker(VILLAGE), taker(NEIGHBOUR)) == ("KC-KISARAN", "KC-MEDAN-UTARA")


def test_the_named_office_comes_first_and_the_others_of_the_city_follow():
    named(VILLAGE, "KC-KISARAN")
    found = [o.code for o in selectors.offices_for(village_code=VILLAGE)]
    assert found == ["KC-KISARAN", "KC-MEDAN-KOTA", "KC-MEDAN-UTARA"]


def test_a_closed_office_takes_nothing():
    named("127101", "KC-MEDAN-UTARA")
    named(VILLAGE, "KC-KISARAN")
    Office.objects.filter(code="KC-KISARAN").update(is_open=False)
    assert taker(VILLAGE) == "KC-MEDAN-UTARA"


def test_an_area_has_one_exception_and_it_lies_below_a_city():
    named(VILLAGE, "KC-KISARAN")
    for area in (VILLAGE, "1271", "12"):
        with pytest.raises(IntegrityError), transaction.atomic():
            named(area, "KC-MEDAN-UTARA")


def test_the_number_of_queries_does_not_grow_with_the_villages():
    for number, code in enumerate(["KC-KISARAN", "KC-MEDAN-UTARA"], start=1):
        named(f"127101100{number}", code)
    with CaptureQueriesContext(connection) as queries:
        found = selectors.offices_of_villages([VILLAGE, NEIGHBOUR, ELSEWHERE, "1671041002"])
    assert len(found) == 4
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        selectors.offices_for(village_code=VILLAGE)
    assert len(queries) == 2


# --- gaps --------------------------------------------------------------------------
def gap(code: str) -> selectors.Gap | None:
    return next((g for g in selectors.gaps() if g.regency.code == code), None)


def test_a_regency_whose_branch_is_named_is_no_gap():
    assert gap("1671") is None


def test_a_stand_in_is_a_gap_that_is_served():
    found = gap("1604")
    assert (found.is_served, found.stand_in) == (True, office("KC-PALEMBANG"))


def test_a_regency_without_an_open_branch_is_a_gap_with_who_takes_its_cases():
    Office.objects.filter(code="KC-PALEMBANG").update(is_open=False)
    found = gap("1671")
    assert (found.is_served, found.stand_in) == (False, office("KC-MUARA-ENIM"))
    assert found.stand_in == selectors.default_office_for(village_code="1671041002")
    Office.objects.filter(parent__code="KANWIL-SUMBAGSEL").update(is_open=False)
    assert gap("1671").stand_in == office("KANWIL-SUMBAGSEL")


def test_a_kanwil_has_the_gaps_of_its_own_provinces():
    own = selectors.gaps(kanwil=office("KANWIL-SUMBAGSEL"))
    assert own
    assert {g.regency.province_code for g in own} <= {"16", "19"}


def test_the_number_of_queries_does_not_grow_with_the_gaps():
    OfficeArea.objects.update(is_configured=False)
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.gaps()) > 50
    assert len(queries) == 4
