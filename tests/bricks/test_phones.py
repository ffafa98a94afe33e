"""Phone numbers in the many ways in which people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bricks.phones import BadPhone, clean_phone, mask_phone, show_phone


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "6281234567890",
        "+62 (0)812.3456.7890",
    ],
)
def test_every_usual_spelling_is_one_number(text: str) -> None:
    assert clean_phone(text) == "+6281234567890"


@pytest.mark.parametrize(
    "text",
    ["", "0711-123456", "08", "0812345678901234", "+4915112345678", "08123456789O", "٠٨١٢٣٤٥٦٧٨٩٠"],
)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(BadPhone):
        clean_phone(text)


@given(st.from_regex(r"\+628\d{7,11}", fullmatch=True))
def test_a_number_that_is_shown_is_read_as_itself(phone: str) -> None:
    if phone.isascii():
        assert clean_phone(show_phone(phone)) == phone


def test_a_masked_number_shows_its_end_only() -> None:
    assert mask_phone("+6281234567890") == "••••890"
    assert mask_phone("") == ""
