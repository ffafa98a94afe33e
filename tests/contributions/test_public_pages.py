"""What everyone may read: front page, quote, help in need, privacy."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from contributions.public_figures import public_figures
from contributions.services.pricing import load_laws
from tests.contributions.rows import sponsored
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    load_laws()
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_front_page_shows_todays_price_and_when_the_full_jkm_begins(client):
    page = client.get(reverse("front")).content.decode()
    assert "Rp\xa08.400" in page
    assert "184.800" in page
    assert "20 Februari 2027" in page


def test_the_front_page_never_shows_fewer_than_five_people(client):
    sponsored(date(2026, 11, 1), 12)
    figures = public_figures(today=TODAY)
    assert figures.covered_today is None
    assert figures.months_accepted == 12
    for _ in range(4):
        sponsored(date(2026, 11, 1), 1)
    assert public_figures(today=TODAY).covered_today == 5


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"months": 12, "workers": 1, "sector": "other"}, "184.800"),
        ({"months": 12, "workers": 1, "sector": "transport"}, "159.600"),
        ({"months": 12, "workers": 1, "sector": "other", "funding": "apbd"}, "201.600"),
        ({"months": 12, "workers": 10, "sector": "other"}, "1.848.000"),
        ({"months": 12, "workers": 1, "sector": "other", "income": "3.000.000"}, "399.300"),
    ],
)
def test_a_quote_needs_no_personal_data_and_is_right(client, asked, total):
    page = client.get(reverse("quote"), asked)
    assert page.status_code == 200
    assert total in page.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"months": "-3", "workers": 1, "sector": "other"},
        {"months": 12, "workers": 0, "sector": "other"},
        {"months": 12, "workers": 1, "sector": "'; drop table"},
        {"months": 12, "workers": 1, "sector": "other", "income": "16,800"},
        {"months": 12, "workers": 1, "sector": "other", "income": "9" * 400},
    ],
)
def test_a_wrong_question_gets_a_sentence_and_a_400(client, asked):
    page = client.get(reverse("quote"), asked)
    assert page.status_code == 400
    assert "perlu diperbaiki" in page.content.decode().lower()


def test_less_than_six_months_comes_with_the_warning(client):
    page = client.get(reverse("quote"), {"months": 3, "workers": 1, "sector": "other"})
    assert "Rp 10 juta, bukan Rp 42 juta" in page.content.decode()


def test_help_after_an_accident_is_one_tap_away_from_the_front_page(client):
    assert reverse("help_accident") in client.get(reverse("front")).content.decode()
    page = client.get(reverse("help_accident")).content.decode()
    for must in ("rumah sakit", "2 x 24 jam", "175", "Klaim tidak dipungut biaya"):
        assert must in page


def test_a_strange_village_text_is_no_error(client):
    for text in ("zzzz", "'; drop table", "x" * 3000):
        assert client.get(reverse("help_accident"), {"desa": text}).status_code == 200


def test_the_pages_are_small_enough_for_a_cheap_phone(client):
    assert len(client.get(reverse("front")).content) < 40_000
