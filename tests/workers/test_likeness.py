"""Who is likely the same person: pairs of rows as they come from two lists."""

from datetime import date

import pytest

from workers.likeness import (
    BIRTH,
    LIKELY,
    NAME,
    ONE_DIGIT,
    PLACE,
    SEX,
    SWAPPED,
    Person,
    birth_likeness,
    likeness,
    name_likeness,
    place_likeness,
    sex_likeness,
)

VILLAGE = "1671011007"
NEAR, CITY, PROVINCE, FAR = "1671011008", "1671021001", "1602011001", "5171011001"
BORN = date(1985, 8, 17)


def person(name: str, born: date | None = BORN, village: str = VILLAGE, sex: str = "L") -> Person:
    return Person.of(name, born, sex, village)


SAME = [
    (person("Suwarno"), person("Suwarno")),
    # Spelt otherwise, the same day, wherever he lives.
    (person("Soewarno"), person("Suwarno", village=FAR)),
    (person("Muhammad Yusuf"), person("Moh. Jusuf", village=FAR)),
    (person("Siti Nur Hayati"), person("Sitinurhayati", village=CITY)),
    (person("Nurhayati, Siti"), person("Siti Nurhajati", village=PROVINCE)),
    (person("Abdul Rahman"), person("Abdurrahman", village=PROVINCE)),
    # A slip in the date, the same name, the same place.
    (person("Budi Santoso", date(1985, 3, 4)), person("Budi Santoso", date(1985, 4, 3))),
    (person("Budi Santoso"), person("Budi Santoso", date(1985, 8, 11))),
    (person("Budi Santoso"), person("Budi Santoso", date(1986, 8, 17), CITY)),
    (person("Budi Santoso", date(1985, 12, 21)), person("Budi Santoso", date(1985, 12, 12))),
    # A slip in the name, the same day and place.
    (person("Budi Santoso"), person("Budi Santosa")),
    (person("Budi Santoso"), person("Budi Sanotso", village=NEAR)),
    (person("Sutrisno Hadi"), person("Sutrisno")),
    (person("M. Ali Akbar"), person("Ali Akbar")),
    (person("A. Rahman"), person("Abdul Rahman")),
    (person("I Wayan Sudarma"), person("Wayan Sudarma")),
    (person("Rosmaida br. Sinaga"), person("Rosmaida Sinaga")),
    # The sex ticked wrongly.
    (person("Budi Santoso"), person("Budi Santoso", sex="P")),
]
DIFFERENT = [
    # A namesake of the same village: often the father.
    (person("Budi Santoso"), person("Budi Santoso", date(1961, 2, 9))),
    (person("Suwarno"), person("Suwarno", date(1985, 12, 1))),
    # Twins share everything but their name.
    (person("Ahmad Hasan"), person("Ahmad Husein")),
    (person("Siti Aminah", sex="P"), person("Siti Aisyah", sex="P")),
    (person("Rina Marlina", sex="P"), person("Rini Marliani", sex="P", village=CITY)),
    # The same day, another name.
    (person("Suwarno"), person("Sumarsono")),
    (person("I Wayan Sudarma"), person("I Nyoman Sudarma")),
    # A like name far away, and a part of a name far away.
    (person("Budi Santoso"), person("Budi Susanto", village=FAR)),
    (person("Sutrisno Hadi"), person("Sutrisno", village=FAR)),
    (person("Dwi Lestari", sex="P"), person("Dewi Lestari", date(1990, 1, 2), sex="P")),
    # A short name within a long one says nothing.
    (person("Ali"), person("Ali Akbar Rafsanjani")),
    # Nothing but the name is known.
    (person("Budi Santoso", None), person("Budi Santoso", None)),
    (person(""), person("")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_asked_about(one: Person, other: Person) -> None:
    assert likeness(one, other) >= LIKELY


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_not(one: Person, other: Person) -> None:
    assert likeness(one, other) < LIKELY


@pytest.mark.parametrize(("one", "other"), SAME + DIFFERENT)
def test_likeness_does_not_depend_on_who_is_asked_first(one: Person, other: Person) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 100


def test_the_same_in_everything_is_a_hundred() -> None:
    assert likeness(person("Budi Santoso"), person("Budi Santoso")) == 100
    assert NAME + BIRTH + PLACE + SEX == 100


def test_each_datum_is_worth_what_the_table_says() -> None:
    assert birth_likeness(BORN, BORN) == BIRTH
    assert birth_likeness(date(1985, 3, 4), date(1985, 4, 3)) == SWAPPED
    assert birth_likeness(BORN, date(1985, 8, 18)) == ONE_DIGIT
    assert birth_likeness(BORN, date(1994, 8, 28)) == 0
    assert [place_likeness(VILLAGE, at) for at in (VILLAGE, NEAR, CITY, PROVINCE, FAR, "")] == [
        10,
        7,
        5,
        2,
        0,
        0,
    ]
    assert [sex_likeness("L", sex) for sex in ("L", "", "P")] == [SEX, 2, 0]


def test_names_are_compared_without_regard_to_order_and_space() -> None:
    assert name_likeness(person("Siti Nur Hayati"), person("Nurhayati, Siti")) == 100
    assert name_likeness(person("Budi"), person("")) == 0
