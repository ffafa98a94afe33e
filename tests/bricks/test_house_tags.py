"""The filters and tags that every template may use."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from bricks.templatetags import house


def draw(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


def test_rupiah_are_written_with_dots_and_a_no_break_space():
    assert draw("{{ x|rupiah }}", x=16800) == "Rp\u00a016.800"
    assert draw("{{ x|rupiah }}", x=0) == "Rp\u00a00"


def test_numbers_are_grouped_the_same_in_both_languages():
    for language in ("id", "en"):
        with translation.override(language):
            assert draw("{{ x|number }}", x=1234567) == "1.234.567"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("41.234"), "41,23"), (100, "100,00"), (0.125, "0,13"), (1234.5, "1.234,50")],
)
def test_a_percentage_is_rounded_half_up_with_a_comma(value, shown):
    assert draw("{{ x|percent }}", x=value) == f"{shown}\u00a0%"


def test_a_percentage_can_be_shown_without_digits():
    assert draw("{{ x|percent:0 }}", x=Decimal("41.5")) == "42\u00a0%"


def test_an_svg_number_keeps_its_decimal_point_in_indonesian():
    with translation.override("id"):
        assert draw("{{ x|svg }}", x=41.25) == "41.25"
        assert draw("{{ x|svg }}", x=40) == "40"


def test_a_date_is_written_in_the_language_of_the_page():
    day = date(2026, 8, 20)
    with translation.override("id"):
        assert draw("{{ x|tanggal }}", x=day) == "20 Agustus 2026"
        assert draw("{{ x|bulan }}", x=day) == "Agustus 2026"
    with translation.override("en"):
        assert draw("{{ x|tanggal }}", x=day) == "20 August 2026"


def test_a_period_is_two_short_dates():
    with translation.override("id"):
        shown = draw("{{ a|rentang:b }}", a=date(2026, 11, 20), b=date(2027, 11, 19))
    assert shown == "20 Nov 2026 \u2013 19 Nov 2027"


def test_a_period_with_one_end_is_one_date():
    with translation.override("id"):
        assert draw("{{ a|rentang:b }}", a=date(2026, 11, 20), b=None) == "20 Nov 2026"


def test_an_instant_is_dated_by_the_business_day_in_jakarta():
    late = datetime(2026, 11, 19, 17, 2, tzinfo=UTC)
    with translation.override("id"):
        assert draw("{{ x|tanggal }}", x=late) == "20 November 2026"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("WIB", "14.02\u00a0WIB"), ("WITA", "15.02\u00a0WITA"), (9, "16.02\u00a0WIT")],
)
def test_a_time_is_written_with_its_zone(zone, shown):
    assert draw("{{ x|jam:z }}", x=datetime(2026, 11, 20, 7, 2, tzinfo=UTC), z=zone) == shown


def test_date_and_time_are_those_of_the_same_zone():
    instant = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    with translation.override("id"):
        assert draw("{{ x|tanggal_jam }}", x=instant) == "20 November 2026, 23.30\u00a0WIB"
        assert draw("{{ x|tanggal_jam:'WIT' }}", x=instant) == "21 November 2026, 01.30\u00a0WIT"


@pytest.mark.parametrize(
    "name",
    ["rupiah", "number", "percent", "tanggal", "tanggal_singkat", "bulan", "jam", "nik_mask"],
)
def test_an_absent_value_is_an_empty_text(name):
    assert draw("{{ x|" + name + " }}", x=None) == ""


def test_a_masked_nik_shows_its_last_four_digits_only():
    shown = house.nik_mask("1671011708850001")
    assert shown.endswith(" 0001")
    assert not any(digit in shown[:-4] for digit in "0123456789")


def test_a_full_nik_is_grouped_by_four():
    assert house.nik_group("1671011708850001") == "1671 0117 0885 0001"


def test_an_icon_without_a_label_is_hidden_from_screen_readers():
    drawn = draw("{% icon 'check' %}")
    assert 'aria-hidden="true"' in drawn
    assert "icons.svg#check" in drawn


def test_an_icon_with_a_label_speaks_it_escaped():
    assert 'aria-label="a &lt; b"' in draw("{% icon 'check' label=x %}", x="a < b")


def test_a_badge_has_word_icon_and_tone():
    drawn = draw("{% badge 'enrollment:returned' x %}", x="Perlu <diperbaiki>")
    assert "tone-warning" in drawn
    assert "icons.svg#return" in drawn
    assert "Perlu &lt;diperbaiki&gt;" in drawn


def test_a_status_tells_the_next_step_who_acts_and_until_when():
    with translation.override("id"):
        drawn = draw(
            "{% status 'enrollment:submitted' 'Menunggu cabang' step='Diperiksa' "
            "who='KC Palembang' by=day %}",
            day=date(2026, 11, 24),
        )
    for part in ("Menunggu cabang", "Diperiksa", "KC Palembang", "24 November 2026"):
        assert part in drawn


def test_every_icon_that_a_status_names_is_in_the_sprite():
    sprite = ElementTree.parse(Path(settings.BASE_DIR) / "static/img/icons.svg")
    drawn = {node.get("id") for node in sprite.iter() if node.get("id")}
    wanted = set(house.TONES.values()) | {name for _, name in house.STATUSES.values()}
    assert wanted <= drawn
