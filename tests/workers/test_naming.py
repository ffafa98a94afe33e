"""The key under which people of like names meet: how Indonesia spells, and what stays apart."""

import pytest

from workers.naming import KEY_LENGTH, name_key, plain_words


@pytest.mark.parametrize(
    "spellings",
    [
        ("Muhammad Yusuf", "Moh. Yusuf", "M. Jusuf", "M.Yusuf", "Mochamad Yusup", "Yusuf"),
        ("Soewarno", "Suwarno", "Suarno", "SOEWARNO"),
        ("Nurhayati", "Nurhajati", "Noerhajati", "Nur Hayati", "Nur Hayaty"),
        ("Siti Nur Hayati", "Sitinurhayati", "Nurhayati, Siti", "Siti  Nurhajati"),
        ("Achmad Fauzi", "Ahmad Pauzi", "Akhmad Fausi"),
        ("Djoko Widodo", "Joko Widodo"),
        ("Tjahjono", "Cahyono"),
        ("Setiyono", "Setiono"),
        ("Abdul Rahman", "Abdurrahman", "Abd. Rachman", "Abdurahman"),
        ("Choirul Anam", "Khairul Anam", "Hairul Anam", "Chairul Anam"),
        ("Chandra", "Candra", "Tjandra"),
        ("Christina", "Kristina"),
        ("Johannes Sitompul", "Yohanes Sitompul"),
        ("Syarifuddin", "Sjarifudin", "Sarifudin"),
        ("Nu'man", "Nu’man", "Numan", "Nu`man"),
        ("Ma'ruf", "Maruf", "Mahruf"),
        ("H. Budi Santoso, S.H.", "Budi Santoso", "Drs. Budi Santosa", "Bpk. Budi Santoso"),
        ("Ahmad bin Yusuf", "Ahmad", "Ahmat"),
        ("Siti Aminah binti Karim", "Siti Aminah"),
        ("Sutrisno alias Tris", "Sutrisno"),
        ("I Wayan Sudarma", "Wayan Sudarma", "I Wyn. Sudarma"),
        ("Ni Made Ayu", "Made Ayu"),
        ("Rosmaida br. Sinaga", "Rosmaida boru Sinaga", "Rosmaida Sinaga"),
        ("Eddy", "Edi", "Edy"),
        ("Renée Çelik", "Renee Celik"),
    ],
)
def test_spellings_of_one_name_meet(spellings: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in spellings}) == 1, [name_key(n) for n in spellings]
    assert name_key(spellings[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dwi", "Dewi"),
        ("Dwi Lestari", "Dewi Lestari"),
        ("Tri Handayani", "Tari Handayani"),
        ("Eko", "Ika"),
        ("Ani", "Ina"),
        ("Budi", "Bandi"),
        ("Suwarno", "Sumarno"),
        ("Slamet", "Selamat Riyadi"),
        ("I Wayan Sudarma", "I Nyoman Sudarma"),
        ("Rosmaida Sinaga", "Rosmaida Siregar"),
        ("Siti Aminah", "Siti Aisyah"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("name", ["", "   ", "...", "123", "山田"])
def test_a_name_without_letters_has_no_key(name: str) -> None:
    assert name_key(name) == ""
    assert plain_words(name) == ()


@pytest.mark.parametrize("name", ["Muhammad", "Haji", "Ibu", "Binti", "Boru", "Ny", "M"])
def test_a_name_of_nothing_but_such_words_keeps_one(name: str) -> None:
    assert name_key(name)


def test_the_key_fits_its_column_and_does_not_depend_on_what_was_asked_before() -> None:
    long = "Bambang Purwoningrat Kusumadiningrat Tirtodiprojo Wreksodiningrat"
    assert len(name_key(long)) == KEY_LENGTH
    assert name_key(long) == name_key(long.upper())
