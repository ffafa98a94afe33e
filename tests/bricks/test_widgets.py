"""Fields as people meet them: label, help, error beside the field, the right keyboard."""

from django import forms

from bricks.widgets import DateText, MoneyInput, NikInput


class Sample(forms.Form):
    nik = forms.CharField(label="NIK", help_text="16 angka", widget=NikInput)
    born = forms.DateField(label="Tanggal lahir", widget=DateText, required=False)
    income = forms.CharField(label="Penghasilan", widget=MoneyInput, required=False)
    sex = forms.ChoiceField(
        label="Jenis kelamin",
        choices=[("L", "Laki-laki"), ("P", "Perempuan")],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(label="Saya setuju")


def test_a_nik_is_typed_on_the_number_pad():
    drawn = str(Sample()["nik"])
    assert 'inputmode="numeric"' in drawn
    assert "data-nik" in drawn


def test_a_date_keeps_the_way_it_is_typed():
    form = Sample({"born": "17-08-1985"})
    assert 'value="17-08-1985"' in str(form["born"])


def test_a_field_is_described_by_its_help_and_its_error():
    drawn = Sample({}).as_div()
    assert 'id="id_nik_helptext"' in drawn
    assert 'id="id_nik_error"' in drawn
    assert "id_nik_helptext id_nik_error" in drawn
    assert 'aria-invalid="true"' in drawn


def test_the_summary_links_to_each_wrong_field():
    drawn = Sample({}).as_div()
    for target in ("#id_nik", "#id_sex", "#id_agree"):
        assert f'href="{target}"' in drawn


def test_every_link_of_the_summary_has_a_target():
    drawn = Sample({}).as_div()
    for name in ("nik", "sex", "agree"):
        assert f'id="id_{name}"' in drawn


def test_an_optional_field_says_so():
    drawn = Sample()["born"].as_field_group()
    assert "boleh dikosongkan" in drawn
    assert "boleh dikosongkan" not in Sample()["nik"].as_field_group()


def test_radios_stand_in_a_fieldset_with_a_legend():
    drawn = Sample()["sex"].as_field_group()
    assert "<fieldset" in drawn
    assert "<legend>Jenis kelamin" in drawn
    assert drawn.count('class="choice"') == 2


def test_an_amount_shows_its_unit():
    assert ">Rp<" in str(Sample()["income"])


def test_what_was_typed_is_escaped():
    assert "<script>" not in Sample({"nik": '"><script>'}).as_div()
