"""Villages are found the way people write them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regions.models import Area, VillageName
from regions.selectors import search_villages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]

LOROK_PAKJO = "1671041002"
ANYTHING = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def names(text: str, **options) -> list[str]:
    return [village.name for village in search_villages(text=text, **options)]


@pytest.mark.parametrize(
    "text",
    [
        "lorok pakjo",
        "Lorokpakjo",
        "LOROK-PAKJO",
        "  lorok   pak",
        "Kel. Lorok Pakjo",
        "kelurahan lorok pakjo",
        "lorok palembang",
        "lorok pakjo kota palembang",
        "lorok pakjo ilir barat satu",
        "lorok pakjo ilir barat i",
        "lorok pakjo sumsel",
        "Kel. Lorok Pakjo, Kec. Ilir Barat I, Kota Palembang",
        "Lorokpakjo, Ilir Barat Satu, Kota Palembang, Sumatera Selatan",
        "palembang lorok",
        "kota palembang lorok pakjo",
        "pakjo",
    ],
)
def test_a_village_is_found_however_it_is_written(text):
    assert search_villages(text=text)[0].code == LOROK_PAKJO


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("30 ilir", "Tiga-puluh Ilir"),
        ("tiga puluh ilir", "Tiga-puluh Ilir"),
        ("26 ilir i", "Dua-puluh-enam Ilir Satu"),
        ("9-10 ulu", "Sembilan Sepuluh Ulu"),
        ("O'o'u", "Simandraolo O'o'u"),
        ("Tua Tunu", "Tua Tunu Indah"),
    ],
)
def test_numbers_and_apostrophes_are_read_in_every_spelling(text, name):
    assert name in names(text)


def test_names_that_begin_with_the_text_come_before_later_words():
    found = search_villages(text="lorok", limit=10)
    ranks = [village.search_name.startswith("lorok") for village in found]
    assert ranks == sorted(ranks, reverse=True)
    assert {"Lorok", "Lorokpakjo"} <= {village.name for village in found}


def test_joined_and_separate_spellings_are_one():
    assert set(names("sukajaya", limit=50)) == set(names("suka jaya", limit=50))
    assert {"Sukajaya", "Suka Jaya"} <= set(names("sukajaya", limit=50))


def test_further_words_narrow_by_district_regency_and_province():
    everywhere = search_villages(text="sukajaya", limit=50)
    assert len(everywhere) > 3
    for place, prefix in [("sukarami", "167107"), ("palembang", "1671"), ("sumsel", "16")]:
        narrowed = search_villages(text=f"sukajaya {place}", limit=50)
        assert narrowed
        assert all(village.code.startswith(prefix) for village in narrowed)


def test_the_name_of_a_district_finds_its_villages():
    found = search_villages(text="ilir barat satu", limit=20)
    assert {v.code for v in found} >= set(
        Area.objects.filter(parent="167104").values_list("code", flat=True)
    )


def test_a_kind_of_village_that_is_no_part_of_the_name_is_dropped_when_nothing_is_found():
    assert "Lorokpakjo" in names("kampung lorok pakjo")
    assert all("Kampung" in name for name in names("kampung baru", limit=3))


def test_only_the_given_provinces_are_searched():
    found = search_villages(text="su", limit=30, province_codes=["19"])
    assert found
    assert {village.province_code for village in found} == {"19"}


def test_the_list_is_never_longer_than_the_limit_and_names_no_village_twice():
    found = search_villages(text="ka", limit=7)
    assert len(found) == 7
    assert len({village.code for village in found}) == 7


@pytest.mark.parametrize("text", ["", " ", "a", "!", "'", "\x00\x00", "  \n", "%", "__", "1"])
def test_under_two_letters_nothing_is_found(text):
    assert search_villages(text=text) == []


def test_nothing_is_found_for_a_name_that_is_no_village():
    assert search_villages(text="xyzzyq") == []
    assert search_villages(text="lorok medan") == []


@pytest.mark.parametrize("text", ["%ilir%", "_____", "'; drop table regions_area; --", "\\"])
def test_signs_of_the_database_are_letters_like_any_other(text):
    search_villages(text=text)
    assert Area.objects.count() > 10_000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=200))
def test_any_text_is_answered(text):
    found = search_villages(text=text, limit=5)
    assert len(found) <= 5
    assert all(village.level == "village" for village in found)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_village_is_found_by_its_full_name(data):
    count = Area.objects.filter(level="village").count()
    place = data.draw(st.integers(min_value=0, max_value=count - 1))
    village = Area.objects.filter(level="village").order_by("code")[place]
    assert village in search_villages(text=village.full_name)


@pytest.mark.parametrize("text", ["lorok", "lorok pakjo", "lorok palembang", "30 ilir"])
def test_a_usual_search_asks_few_questions(text):
    with CaptureQueriesContext(connection) as queries:
        search_villages(text=text)
    assert len(queries) <= 8


def test_a_search_by_the_beginning_is_answered_by_the_index():
    rows = VillageName.objects.filter(rank=0, key__gte="lorok", key__lt="lorok{")
    plan = rows.order_by("rank", "key", "village").explain()
    assert "village_name_prefix" in plan
