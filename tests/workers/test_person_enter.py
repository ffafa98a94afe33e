"""The way into the worker's own page, and out again, at 30 idle minutes or by "Selesai"."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from notices.models import Message
from tests.factories import NOW, EnrollmentFactory, officer
from tests.workers.persons import (
    case_with_phone,
    codes_sent,
    opened_by_phone,
    opened_by_print,
    typed,
    worker_with_phone,
)
from workers import codes
from workers.services import greeting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def is_in(client: Client) -> bool:
    answer = client.get(reverse("person"))
    assert answer.status_code == 200 or answer["Location"] == reverse("person_enter")
    return bool(answer.status_code == 200)


def test_a_code_to_the_phone_opens_the_page():
    client = opened_by_phone(worker_with_phone())
    assert is_in(client)
    answer = client.get(reverse("person"))
    assert "no-store" in answer["Cache-Control"]


def test_the_answer_is_the_same_for_a_phone_that_nobody_knows(client):
    worker = worker_with_phone()
    answers = []
    for phone in ("0812-3456-7890", "0811-1111-1111"):
        browser = Client()
        first = browser.post(reverse("person_enter"), {**typed(worker), "phone": phone})
        page = browser.get(first["Location"]).content.decode()
        answers.append((first.status_code, first["Location"], page.replace(phone[-3:], "···")))
    without_token = [
        (s, u, [x for x in p.split() if "csrf" not in x and "value=" not in x])
        for s, u, p in answers
    ]
    assert without_token[0] == without_token[1]


def test_a_wrong_code_is_told_and_the_right_one_still_opens():
    client, worker = Client(), worker_with_phone()
    client.post(reverse("person_enter"), typed(worker))
    code = codes_sent()[0]
    other = f"{(int(code) + 1) % 1_000_000:06}"
    answer = client.post(reverse("person_code"), {"code": other})
    assert answer.status_code == 400
    assert "tidak cocok" in answer.content.decode()
    spaced = f"{code[:3]} {code[3:]}"
    assert client.post(reverse("person_code"), {"code": spaced})["Location"] == reverse("person")


def test_another_browser_cannot_use_the_code(client):
    worker = worker_with_phone()
    Client().post(reverse("person_enter"), typed(worker))
    answer = client.post(reverse("person_code"), {"code": codes_sent()[0]})
    assert answer["Location"] == reverse("person_enter")


def test_the_page_closes_after_half_an_hour_without_a_step(clock):
    client = opened_by_phone(worker_with_phone())
    for _step in range(3):
        clock.shift(timedelta(minutes=29))
        assert is_in(client)
    clock.shift(timedelta(minutes=31))
    assert not is_in(client)


def test_done_forgets_who_was_here_on_a_shared_phone():
    client = opened_by_phone(worker_with_phone())
    client.post(reverse("person_done"))
    assert not is_in(client)
    assert "person" not in client.session


def test_the_session_gets_a_new_key_and_bears_nothing_personal():
    client, worker = Client(), worker_with_phone()
    client.post(reverse("person_enter"), typed(worker))
    before = client.session.session_key
    client.post(reverse("person_code"), {"code": codes_sent()[0]})
    assert client.session.session_key != before
    kept = str(dict(client.session))
    assert worker.nik not in kept
    assert worker.nik_index not in kept
    assert worker.name not in kept


def test_asking_too_often_is_told_kindly(clock):
    client, worker = Client(), worker_with_phone()
    statuses = []
    for _time in range(4):
        clock.shift(timedelta(minutes=1))
        statuses.append(client.post(reverse("person_enter"), typed(worker)).status_code)
    assert statuses == [302, 302, 302, 429]
    assert "175" in client.post(reverse("person_enter"), typed(worker)).content.decode()


def test_one_browser_cannot_try_many_phones():
    client = Client()
    client.get(reverse("person_enter"))
    worker = worker_with_phone()
    client.post(reverse("person_enter"), typed(worker))
    statuses = [
        client.post(
            reverse("person_enter"), {**typed(worker), "phone": f"0812-3456-7{n:03}"}
        ).status_code
        for n in range(14)
    ]
    assert statuses[-1] == 429


def test_nothing_is_filled_in_before(client):
    page = client.get(reverse("person_enter")).content.decode()
    assert 'name="birth_date" value' not in page
    answer = client.post(reverse("person_enter"), {"phone": "x", "birth_date": ""})
    assert answer.status_code == 400
    assert not Message.objects.exists()


# --- printed --------------------------------------------------------------------------
def test_a_printed_code_opens_the_page():
    assert is_in(opened_by_print(EnrollmentFactory()))


def test_a_printed_code_with_another_birth_date_is_refused(client):
    answer = client.post(
        reverse("person_printed"), {"code": "ABCD-EFGH-JK", "birth_date": "01-01-1980"}
    )
    assert answer.status_code == 400
    assert "tidak cocok" in answer.content.decode()


def test_the_branch_prints_a_code_once_on_one_sheet(client):
    case, by = case_with_phone(), officer()
    client.force_login(by)
    answer = client.post(reverse("person_code_print", args=[case.uuid]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    code = page.split('<p class="price mono">')[1].split("<")[0]
    assert len(codes.clean(code)) == codes.PRINTED_LETTERS
    assert case.nik not in page
    assert client.get(reverse("person_code_print", args=[case.uuid])).status_code == 405


def test_the_case_offers_to_print_a_code(client):
    case = EnrollmentFactory()
    client.force_login(officer())
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    assert reverse("person_code_print", args=[case.uuid]) in page


# --- the check of a message -------------------------------------------------------------
def test_a_code_of_our_own_message_is_told_from_any_other(client):
    case = case_with_phone(approved=True)
    greeting.greet(enrollment=case, now=NOW)
    good = client.post(reverse("person_check"), {"code": codes.check_code(case.pk)})
    assert "Benar, kode ini dari SERTAKAN" in good.content.decode()
    assert case.name not in good.content.decode()
    never_sent = codes.check_code(case.pk + 1)
    for code in ("ABCD-EFGH", never_sent, "Ω"):
        page = client.post(reverse("person_check"), {"code": code}).content.decode()
        assert "bukan dari kami" in page
