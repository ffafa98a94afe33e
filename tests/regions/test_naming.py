"""Names of places in the form in which they are compared."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regions.naming import forms, numbered, place_words, plain, village_keys


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Lorok Pakjo", "lorok pakjo"),
        ("  LOROK   pakjo ", "lorok pakjo"),
        ("O'o'u", "oou"),
        ("Regapu\u2019u", "regapuu"),
        ('Soka"an', "sokaan"),
        ("Toli-Toli", "toli toli"),
        ("Lubuk Pakam I,II", "lubuk pakam i ii"),
        ("Pulo Lon / Pulo Dayah", "pulo lon pulo dayah"),
        ("Café", "cafe"),
        ("\x00", ""),
    ],
)
def test_case_punctuation_and_accents_do_not_matter(written, compared):
    assert plain(written) == compared


@given(st.text())
def test_a_plain_name_has_only_letters_digits_and_single_spaces(text):
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", plain(text))
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("tiga puluh lima ilir", "35 ilir"),
        ("tiga puluh ilir", "30 ilir"),
        ("dua puluh enam ilir satu", "26 ilir 1"),
        ("dua puluh ilir dua", "20 ilir 2"),
        ("enam belas ulu", "16 ulu"),
        ("sebelas ulu", "11 ulu"),
        ("sembilan sepuluh ulu", "9 10 ulu"),
        ("ilir barat satu", "ilir barat 1"),
        ("ilir barat i", "ilir barat 1"),
        ("rokan iv koto", "rokan 4 koto"),
        ("puluh", "puluh"),
        ("lorok pakjo", "lorok pakjo"),
    ],
)
def test_number_words_and_roman_numerals_become_digits(words, digits):
    assert numbered(words) == digits


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=1, max_value=9))
def test_every_two_digit_number_in_words_is_read(tens, units):
    words = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
    if tens >= 2:
        assert numbered(f"{words[tens]} puluh {words[units]}") == str(10 * tens + units)
    if units >= 2:
        assert numbered(f"{words[units]} belas") == str(10 + units)


def test_a_village_is_found_from_its_beginning_and_from_later_words():
    assert dict(village_keys("Tiga-puluh Ilir")) == {
        "tigapuluhilir": 0,
        "30ilir": 0,
        "puluhilir": 1,
        "ilir": 1,
    }


@given(st.text())
def test_each_key_of_a_village_is_given_once(name):
    keys = [key for key, _ in village_keys(name)]
    assert len(keys) == len(set(keys))


def test_a_name_without_numbers_has_one_form():
    assert forms("Lorok Pakjo") == ["lorok pakjo"]
    assert forms("Ilir Barat I") == ["ilir barat i", "ilir barat 1"]


def test_a_place_answers_to_its_joined_name_its_number_and_its_short_form():
    words = place_words("197101", ["Bukit Intan", "Kota Pangkal Pinang", "Kepulauan Babel"])
    for word in ("pangkal", "pinang", "pangkalpinang", "kota", "bukitintan", "babel"):
        assert f" {word}" in words
    assert " 1" in place_words("167104", ["Ilir Barat Satu"])
