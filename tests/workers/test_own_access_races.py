"""Many guesses of one code at once: never more than the allowed ones are looked at."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.factories import NOW
from tests.workers.persons import PHONE, codes_sent, worker_with_phone
from workers.models import PersonCode
from workers.services import own_access

pytestmark = pytest.mark.django_db(transaction=True)
GUESSES = 8


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The guesses that were compared with the code."""
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    seen: list[str] = []

    def is_code(row: PersonCode, code: str, *, person: str) -> bool:
        seen.append(code)
        return False

    monkeypatch.setattr(own_access, "_is_code", is_code)
    return seen


def guess_at_once() -> None:
    worker = worker_with_phone()
    asked = own_access.send_code(phone=PHONE, birth_date=worker.birth_date, now=NOW)
    start = Barrier(GUESSES)

    def guess(number: int) -> None:
        try:
            start.wait(timeout=20)
            own_access.open_by_phone(asked=asked, code=f"{number:06}", now=NOW)
        except own_access.WrongCode:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(GUESSES) as pool:
        list(pool.map(guess, range(GUESSES)))


def test_of_many_guesses_at_once_three_are_looked_at(looks):
    guess_at_once()
    assert len(looks) == own_access.MOST_TRIES
    assert PersonCode.objects.get().tries == own_access.MOST_TRIES


def test_without_the_conditional_update_more_are_looked_at(looks, monkeypatch):
    """The race that the guard closes: everybody reads the count before anybody writes it."""
    read = Barrier(GUESSES)

    def read_then_write(rows: Any) -> list[PersonCode]:
        left = [row for row in rows if row.tries < own_access.MOST_TRIES]
        read.wait(timeout=20)
        for row in left:
            row.tries += 1
            row.save(update_fields=["tries"])
        return left

    monkeypatch.setattr(own_access, "_count_try", read_then_write)
    guess_at_once()
    assert len(looks) == GUESSES


def test_of_two_right_guesses_at_once_one_opens(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    worker = worker_with_phone()
    asked = own_access.send_code(phone=PHONE, birth_date=worker.birth_date, now=NOW)
    code, start = codes_sent()[0], Barrier(2)

    def guess(_number: int) -> bool:
        try:
            start.wait(timeout=20)
            return bool(own_access.open_by_phone(asked=asked, code=code, now=NOW))
        except own_access.WrongCode:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(guess, range(2))) == [False, True]
