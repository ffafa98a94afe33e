"""Two officers at once, on both engines: one wins, the other reads a sentence."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from bricks.engine import is_postgres
from tests.factories import NOW, officer
from tests.races import Meeting
from tests.workers.desk import again, held_case, sound_case
from workers.models import Enrollment, EnrollmentEvent, Worker
from workers.services import deciding, holding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows an approval is not the desk's race."""
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or CannotDecide errors."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except holding.CannotDecide as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_take_a_case_one_gets_it():
    case = sound_case()
    officers = [officer(), officer()]
    results = at_once(
        *(partial(holding.take, enrollment=case, officer=who, now=NOW) for who in officers)
    )
    won = [result for result in results if isinstance(result, Enrollment)]
    lost = [result for result in results if isinstance(result, holding.CaseTaken)]
    assert (len(won), len(lost)) == (1, 1)
    assert again(case).taken_by == won[0].taken_by == lost[0].holder
    assert EnrollmentEvent.objects.filter(kind="taken").count() == 1


def test_two_who_ask_for_the_next_case_get_two_cases():
    for _case in range(2):
        sound_case()
    officers = [officer(), officer()]
    results = at_once(*(partial(holding.take_next, officer=who, now=NOW) for who in officers))
    assert len({case.pk for case in results}) == 2


def test_a_case_that_is_approved_and_released_at_once_has_one_end():
    case, holder = held_case()
    at_once(
        lambda: deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW),
        lambda: holding.release(enrollment=case, officer=holder, now=NOW),
    )
    ended = again(case)
    kinds = set(EnrollmentEvent.objects.values_list("kind", flat=True))
    if ended.status == "approved":
        assert (kinds, ended.worker is not None) == ({"approved"}, True)
    else:
        assert (ended.status, kinds) == ("submitted", {"released"})
        assert not Worker.everything.exists()


def test_a_case_that_is_approved_and_rejected_at_once_has_one_decision():
    case, holder = held_case()
    results = at_once(
        lambda: deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW),
        lambda: deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW),
    )
    refused = [result for result in results if isinstance(result, holding.CannotDecide)]
    assert len(refused) == 1
    assert again(case).status in {"approved", "rejected"}
    assert EnrollmentEvent.objects.count() == 1


def test_a_double_click_on_approve_approves_once():
    case, holder = held_case()
    press = partial(deciding.approve, enrollment=case, officer=holder, sector="other", now=NOW)
    at_once(press, press)
    assert again(case).status == "approved"
    assert EnrollmentEvent.objects.filter(kind="approved").count() == 1


def test_two_donors_cases_of_one_nik_approved_at_once_make_one_worker():
    first, holder = held_case()
    same = {"nik": first.nik, "nik_index": first.nik_index, "name": first.name}
    second, other = held_case(**same)
    at_once(
        lambda: deciding.approve(enrollment=first, officer=holder, sector="other", now=NOW),
        lambda: deciding.approve(enrollment=second, officer=other, sector="other", now=NOW),
    )
    worker = Worker.everything.get()
    assert again(first).worker == again(second).worker == worker


# --- what the claim is for --------------------------------------------------------------
def unguarded(enrollment: Enrollment, holder: Any, **changes: Any) -> None:
    """The claim without its condition: whoever comes writes."""
    Enrollment.everything.filter(pk=enrollment.pk).update(**changes)


def meeting(monkeypatch: pytest.MonkeyPatch, claim: Callable[..., None]) -> None:
    """Hold every decision between its reading and its writing until both have read.

    On SQLite the transaction itself keeps the second one out: the first waits a
    little and goes on.
    """
    both_have_read = Meeting()

    def wait_and_claim(*args: Any, **changes: Any) -> None:
        both_have_read.wait()
        claim(*args, **changes)

    monkeypatch.setattr(deciding, "claim", wait_and_claim)


def two_tabs() -> tuple[Enrollment, list[Any]]:
    """Approve a case in one tab of its holder and reject it in another, at once."""
    case, holder = held_case()
    results = at_once(
        lambda: deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW),
        lambda: deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW),
    )
    return case, results


def decisions_of(case: Enrollment) -> list[str]:
    decided = case.events.filter(kind__in=["approved", "rejected"])
    return sorted(decided.values_list("kind", flat=True))


@pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite's transactions stand one behind the other"
)
def test_without_the_claim_one_case_is_decided_twice(monkeypatch):
    meeting(monkeypatch, unguarded)
    case, results = two_tabs()
    assert all(isinstance(result, Enrollment) for result in results)
    assert decisions_of(case) == ["approved", "rejected"]


def test_with_the_claim_it_is_decided_once(monkeypatch):
    meeting(monkeypatch, deciding.claim)
    case, results = two_tabs()
    assert len(decisions_of(case)) == 1
    assert sum(isinstance(result, holding.CannotDecide) for result in results) == 1
