"""The village picker in a form: with and without JavaScript, alone and five at a time."""

import re

import pytest
from django import forms
from django.db import connection
from django.forms import formset_factory
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from regions.forms import VillageField, VillageSearchMixin
from regions.models import Area

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]

LOROK_PAKJO = "1671041002"
SIRINGAGUNG = "1671041004"


class Person(VillageSearchMixin, forms.Form):
    name = forms.CharField()
    village = VillageField(label="Desa atau kelurahan")


class Optional(forms.Form):
    village = VillageField(required=False)


def sent(**fields: str | list[str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def radios(html: str, name: str = "village") -> dict[str, bool]:
    found = re.findall(rf'<input type="radio" name="{name}" value="(\d+)"( checked)?', html)
    return {code: bool(checked) for code, checked in found}


# --- answers -----------------------------------------------------------------------
def test_a_chosen_village_is_its_code():
    form = Person(sent(name="Joko", village=LOROK_PAKJO))
    assert form.is_valid()
    assert form.cleaned_data["village"] == LOROK_PAKJO


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "required"),
        ({"village_teks": "   "}, "required"),
        ({"village": "9999999999"}, "unknown"),
        ({"village": "167104"}, "unknown"),
        ({"village": "desa"}, "unknown"),
        ({"village": "16710410\x002"}, "unknown"),
        ({"village": "1" * 3_000_000}, "unknown"),
        ({"village_teks": "lorok"}, "not_chosen"),
        ({"village_teks": "xyzzyq"}, "not_found"),
        ({"village_teks": "\x00"}, "not_found"),
        ({"village_wilayah": ["16", "1671", "167104"]}, "not_chosen"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(fields, reason):
    form = Person(sent(name="Joko", **fields))
    assert not form.is_valid()
    (error,) = form.errors["village"].as_data()
    assert error.code == reason
    (sentence,) = form.errors["village"]
    assert sentence.endswith(".")
    assert "form" not in sentence.lower()


def test_a_chosen_village_counts_whatever_stands_in_the_text():
    form = Person(sent(name="Joko", village=LOROK_PAKJO, village_teks="xyzzyq"))
    assert form.is_valid()


def test_a_village_may_be_left_out_where_the_form_says_so():
    form = Optional(sent())
    assert form.is_valid()
    assert form.cleaned_data["village"] == ""
    assert not Optional(sent(village_teks="lorok")).is_valid()


@pytest.mark.parametrize("initial", [LOROK_PAKJO, "", None])
def test_a_form_with_the_same_village_has_not_changed(initial):
    assert not Optional(sent(village=initial or ""), initial={"village": initial}).has_changed()


@pytest.mark.parametrize(
    "fields",
    [{"village": SIRINGAGUNG}, {"village_teks": "lorok"}, {"village_wilayah": ["16"]}],
)
def test_a_choice_or_an_attempt_at_one_is_a_change(fields):
    assert Optional(sent(**fields)).has_changed()


# --- without JavaScript ------------------------------------------------------------
def test_a_press_on_search_shows_villages_and_no_error():
    form = Person(sent(name="", village_teks="lorok", village_cari_desa="teks"))
    assert not form.is_valid()
    assert form.is_searching
    assert not form.errors
    assert LOROK_PAKJO in radios(str(form))
    assert 'value="lorok"' in str(form)


def test_enter_in_any_field_shows_the_villages_too_and_asks_to_choose():
    form = Person(sent(name="Joko", village_teks="lorok"))
    assert not form.is_valid()
    assert LOROK_PAKJO in radios(str(form))


def test_the_only_village_found_is_offered_ticked():
    form = Person(sent(name="Joko", village_teks="lorok pakjo", village_cari_desa="teks"))
    assert radios(str(form)) == {LOROK_PAKJO: True}


def test_a_new_search_keeps_the_village_chosen_before():
    form = Person(
        sent(name="Joko", village=SIRINGAGUNG, village_teks="lorok", village_cari_desa="teks")
    )
    shown = radios(str(form))
    assert shown[SIRINGAGUNG] is True
    assert shown[LOROK_PAKJO] is False


@pytest.mark.parametrize("button", [{}, {"village_cari_desa": "teks"}])
def test_the_text_that_found_the_chosen_village_is_no_failure(button):
    html = str(Person(sent(village=LOROK_PAKJO, village_teks="lorok pakjo", **button))["village"])
    assert radios(html) == {LOROK_PAKJO: True}
    assert "Tidak ada desa" not in html


def test_a_form_with_a_village_shows_only_that_one():
    for form in (Person(initial={"village": LOROK_PAKJO}), Person(sent(village=LOROK_PAKJO))):
        assert radios(str(form)) == {LOROK_PAKJO: True}


def test_an_area_may_be_given_as_initial_value():
    form = Person(initial={"village": Area.objects.get(code=LOROK_PAKJO)})
    assert radios(str(form)) == {LOROK_PAKJO: True}


def test_the_lists_open_level_by_level():
    def lists(*codes: str) -> str:
        data = sent(village_wilayah=list(codes), village_cari_desa="daftar")
        return str(Person(data)["village"])

    assert lists("").count("<select") == 1
    assert lists("16").count("<select") == 2
    assert lists("16", "1671").count("<select") == 3
    assert '<option value="1671" selected>' in lists("16", "1671")
    assert SIRINGAGUNG in radios(lists("16", "1671", "167104"))
    assert '<details class="more" open>' in lists("16")


def test_a_changed_province_forgets_the_regency_of_the_old_one():
    html = str(Person(sent(village_wilayah=["12", "1671", "167104"]))["village"])
    assert html.count("<select") == 2
    assert '<option value="12" selected>' in html
    assert not radios(html)


@pytest.mark.parametrize("code", ["x", "1" * 500, "\x00", "16'", "99"])
def test_an_impossible_list_shows_the_provinces(code):
    html = str(Person(sent(village_wilayah=[code]))["village"])
    assert '<option value="16"' in html


def test_an_empty_search_says_so_and_what_to_do():
    html = str(Person(sent(village_teks="xyzzyq", village_cari_desa="teks"))["village"])
    assert "xyzzyq" in html
    assert "Periksa ejaannya" in html


def test_a_long_list_says_how_to_shorten_it():
    html = str(Person(sent(village_teks="su", village_cari_desa="teks"))["village"])
    assert "Tambahkan nama kecamatan" in html
    assert len(radios(html)) == 12


def test_what_was_typed_is_never_markup():
    html = str(Person(sent(village_teks='"><script>', village_cari_desa="teks"))["village"])
    assert "<script>" not in html


# --- for everybody -----------------------------------------------------------------
def test_every_control_has_a_label_and_errors_lead_to_the_text():
    form = Person(sent(name="Joko"))
    html = str(form["village"])
    ids = set(re.findall(r'<(?:input type="search"|select)[^>]* id="([^"]+)"', html, re.DOTALL))
    assert ids
    assert ids <= set(re.findall(r'<label class="field-label" for="([^"]+)"', html))
    assert f'href="#{form["village"].id_for_label}"' in str(form)
    assert form["village"].id_for_label in ids


def test_the_picker_has_no_inline_style_or_script():
    html = str(Person()["village"])
    assert "style=" not in html
    assert "<script" not in html
    assert "onclick" not in html


def test_the_script_of_the_picker_is_part_of_the_form():
    assert "js/villages" in str(Person().media)
    assert "defer" in str(Person().media)


# --- five workers in one order -----------------------------------------------------
FIVE = formset_factory(Person, extra=5, max_num=5)


def management(total: int = 5) -> dict[str, str]:
    return {"form-TOTAL_FORMS": str(total), "form-INITIAL_FORMS": "0"}


def test_five_pickers_do_not_meet():
    formset = FIVE(
        sent(
            **management(),
            **{"form-0-name": "Joko", "form-0-village": LOROK_PAKJO},
            **{"form-3-name": "Tini", "form-3-village": SIRINGAGUNG},
        )
    )
    assert formset.is_valid()
    assert [form.cleaned_data.get("village") for form in formset] == [
        LOROK_PAKJO,
        None,
        None,
        SIRINGAGUNG,
        None,
    ]


def test_a_search_in_one_picker_leaves_the_others_and_shows_no_error():
    formset = FIVE(
        sent(
            **management(),
            **{"form-0-name": "", "form-0-village": SIRINGAGUNG},
            **{"form-1-village_teks": "lorok", "form-1-village_cari_desa": "teks"},
        )
    )
    assert not formset.is_valid()
    assert not any(formset.errors)
    assert radios(str(formset[0]), "form-0-village") == {SIRINGAGUNG: True}
    assert LOROK_PAKJO in radios(str(formset[1]), "form-1-village")
    assert not radios(str(formset[2]), "form-2-village")


def test_five_empty_pickers_ask_little():
    with CaptureQueriesContext(connection) as queries:
        str(FIVE())
    assert len(queries) <= 5
