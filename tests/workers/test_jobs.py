"""Jobs as people read them."""

import pytest
from django.utils import translation

from workers.models import Occupation


@pytest.mark.parametrize(("language", "shown"), [("id", "Petani"), ("en", "Farmer")])
def test_a_job_is_named_in_the_language_of_the_reader(language: str, shown: str) -> None:
    with translation.override(language):
        assert str(Occupation(code="farmer", name="Petani", name_en="Farmer")) == shown
