"""The price of an order in one line (issue, step 2)."""

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tariffs_and_time():
    call_command("load_tariffs", verbosity=0)
    with time_machine.travel(NOW, tick=False):
        yield


def price(query: str, **extra: str) -> tuple[int, str]:
    answer = Client().get(f"/hitung/ringkas/?{query}", **extra)
    return answer.status_code, answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_twelve_months_from_today_for_one_worker() -> None:
    status, page = price("months=12")
    assert status == 200
    assert "Rp 184.800" in page


def test_each_worker_is_priced_by_his_sector() -> None:
    _status, page = price("months=12&sector=other&sector=transport")
    assert "Rp 344.400" in page
    assert "2 pekerja" in page


def test_an_order_from_the_budget_pays_in_full() -> None:
    assert "Rp 201.600" in price("months=12&funding=apbd")[1]


def test_htmx_gets_the_line_without_the_page() -> None:
    answer = Client().get("/hitung/ringkas/?months=12", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("query", ["", "months=-3", "months=12&income=abc", "months=x'--"])
def test_a_question_without_sense_gets_a_sentence(query: str) -> None:
    status, page = price(query)
    assert status == 400
    assert "Pilih dulu berapa lama" in page
