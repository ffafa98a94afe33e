"""The public look-ups, as a page, as a fragment and as JSON."""

import pytest
from django.urls import reverse

from regions.models import Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]

LOROK_PAKJO = "1671041002"
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def search(client, headers=None, **query):
    return client.get(reverse("village_search"), query, headers=headers or {})


def areas(client, headers=None, **query):
    return client.get(reverse("area_children"), query, headers=headers or {})


def test_the_addresses_are_as_agreed():
    assert reverse("village_search") == "/wilayah/cari"
    assert reverse("area_children") == "/wilayah/anak"


def test_the_page_shows_villages_with_their_branch(client):
    answer = search(client, q="lorok pakjo")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Lorokpakjo" in text
    assert "Kantor Cabang Palembang" in text
    assert 'href="tel:175"' in text


def test_the_page_without_a_question_is_a_form(client):
    answer = search(client)
    assert answer.status_code == 200
    assert 'name="q"' in answer.content.decode()


def test_a_closed_branch_sends_people_to_the_call_centre(client):
    Office.objects.update(is_open=False)
    assert "Tanyakan cabangnya ke 175" in search(client, q="lorok pakjo").content.decode()


def test_the_fragment_has_radio_buttons_of_the_field_that_asked(client):
    name = "pekerja-2-village"
    answer = search(client, HTMX, nama=name, **{f"{name}_teks": "lorok"})
    text = answer.content.decode()
    assert f'<input type="radio" name="{name}" value="{LOROK_PAKJO}"' in text
    assert f'id="{name}_kabar" hx-swap-oob' in text
    assert "<html" not in text


def test_the_fragment_keeps_the_village_chosen_before(client):
    answer = search(client, HTMX, nama="village", village="1671041004", village_teks="lorok")
    assert 'value="1671041004" checked' in answer.content.decode()


def test_json_is_for_those_who_ask_for_it(client):
    answer = search(client, JSON, q="lorok pakjo")
    assert answer.json() == {
        "villages": [
            {
                "code": LOROK_PAKJO,
                "name": "Lorokpakjo",
                "full_name": "Lorokpakjo, Ilir Barat Satu, Kota Palembang, Sumatera Selatan",
            }
        ],
        "has_more": False,
    }
    assert search(client, JSON, q="su").json()["has_more"] is True


def test_fragments_and_json_may_be_kept_by_the_browser_alone(client):
    for answer in (search(client, HTMX, q="lorok"), areas(client, JSON, kode="16")):
        assert "private" in answer.headers["Cache-Control"]
        assert "max-age=300" in answer.headers["Cache-Control"]
        assert {"Accept", "HX-Request"} <= set(answer.headers["Vary"].split(", "))


def test_the_lists_open_for_the_field_that_asked(client):
    name = "pekerja-0-village"
    query = {"nama": name, f"{name}_wilayah": ["16", "1671", "167104"]}
    text = areas(client, HTMX, **query).content.decode()
    assert text.count(f'<select name="{name}_wilayah"') == 3
    assert f'<input type="radio" name="{name}" value="{LOROK_PAKJO}"' in text


def test_the_children_of_an_area_are_a_page_and_json(client):
    assert "Kota Palembang" in areas(client, kode="16").content.decode()
    assert "Sumatera Selatan" in areas(client).content.decode()
    codes = [area["code"] for area in areas(client, JSON, kode="1671").json()["areas"]]
    assert "167104" in codes


@pytest.mark.parametrize("code", ["99", "1", "desa", "16\x00", "9" * 400])
def test_an_unknown_area_is_not_found(client, code):
    assert areas(client, kode=code).status_code == 404
    assert areas(client, JSON, kode=code).status_code == 404


@pytest.mark.parametrize("text", ["\x00", "%", "'; drop table regions_area", "a" * 5000, "<b>"])
@pytest.mark.parametrize("headers", [{}, HTMX, JSON])
def test_bad_input_is_answered_and_never_markup(client, text, headers):
    answer = search(client, headers, q=text, nama=text, village=text)
    assert answer.status_code == 200
    assert "<b>" not in answer.content.decode()


def test_only_reading_is_allowed(client):
    for name in ("village_search", "area_children"):
        assert client.post(reverse(name)).status_code == 405
        assert client.head(reverse(name)).status_code == 200
