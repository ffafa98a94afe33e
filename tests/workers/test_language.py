"""Choices are read in the language of the page, not in that of the moment they were loaded."""

import pytest
from django.forms import ChoiceField
from django.utils import translation
from django.utils.functional import Promise

from workers.forms.order import TermsForm
from workers.models import Occupation


@pytest.mark.parametrize(("language", "shown"), [("id", "Petani"), ("en", "Farmer")])
def test_a_job_is_named_in_the_language_of_the_reader(language: str, shown: str) -> None:
    with translation.override(language):
        assert str(Occupation(code="farmer", name="Petani", name_en="Farmer")) == shown


def test_a_choice_drawn_as_a_card_waits_for_its_reader() -> None:
    field = TermsForm(programmes=[]).fields["months"]
    assert isinstance(field, ChoiceField)
    assert all(isinstance(drawn, Promise) for _value, drawn in field.choices)
    assert "<strong>12 bulan</strong>" in str(field.choices[0][1])
