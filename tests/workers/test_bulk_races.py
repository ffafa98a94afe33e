"""Decisions on many cases at once, on both engines: each case has one decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from bricks.engine import is_postgres
from tests.factories import NOW, officer
from tests.races import Meeting
from tests.workers.test_bulk import checked_case, preview
from tests.workers.test_deciding_races import at_once, unguarded
from workers.models import BulkDecision, BulkLine, Enrollment, EnrollmentEvent
from workers.services import bulk, bulk_running, deciding, holding

pytestmark = pytest.mark.django_db(transaction=True)
only_postgres = pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite's transactions stand one behind the other"
)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def rivals(cases: list[Enrollment]) -> list[BulkDecision]:
    """Two officers who have both sent an approval of the same cases."""
    decisions = [preview(cases, officer()) for _ in range(2)]
    return [
        bulk.send(decision=decision, officer=decision.proposed_by, now=NOW)
        for decision in decisions
    ]


def work_off(decision: BulkDecision) -> None:
    """Work off one decision, as a run does."""
    for line_id in decision.lines.order_by("pk").values_list("pk", flat=True):
        bulk_running._work_off(line_id, decision, NOW)


def approvals() -> dict[int, int]:
    found: dict[int, int] = {}
    for pk in EnrollmentEvent.objects.filter(kind="approved").values_list("enrollment", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def held_back(verb: Callable[..., Any], meeting: Meeting) -> Callable[..., Any]:
    """Let a verb begin only when both have come to it, or one stands behind a lock."""

    def wait_and_go(*args: Any, **said: Any) -> Any:
        meeting.wait()
        return verb(*args, **said)

    return wait_and_go


def test_two_officers_who_approve_the_same_cases_decide_each_once(monkeypatch):
    cases = [checked_case() for _ in range(3)]
    decisions = rivals(cases)
    monkeypatch.setattr(bulk_running, "take", held_back(holding.take, Meeting()))
    at_once(*(partial(work_off, decision) for decision in decisions))
    assert approvals() == {case.pk: 1 for case in cases}
    lines = BulkLine.objects.all()
    assert lines.filter(outcome="done").count() == 3
    assert set(lines.filter(outcome="skipped").values_list("outcome_reason", flat=True)) <= {
        "held",
        "not_waiting",
    }


@only_postgres
def test_without_take_and_claim_each_case_is_approved_twice(monkeypatch):
    cases = [checked_case() for _ in range(3)]
    decisions = rivals(cases)

    def just_look(*, enrollment: Enrollment, **said: Any) -> Enrollment:
        return holding.fresh(enrollment)

    monkeypatch.setattr(bulk_running, "take", just_look)
    monkeypatch.setattr(deciding, "_refuse_unheld", lambda case, officer: None)
    monkeypatch.setattr(deciding, "claim", held_back(unguarded, Meeting()))
    at_once(*(partial(work_off, decision) for decision in decisions))
    assert approvals() == {case.pk: 2 for case in cases}


def test_two_runs_share_the_lines_and_do_none_twice():
    cases = [checked_case() for _ in range(6)]
    rivals(cases[:3])
    rivals(cases[3:])
    runs = at_once(*[partial(bulk_running.run_bulk_decisions, now=NOW)] * 2)
    assert approvals() == {case.pk: 1 for case in cases}
    assert sum(run["decided"] for run in runs) == 6
    # What one of two runs left to the other is closed by the next.
    bulk_running.run_bulk_decisions(now=NOW)
    assert set(BulkDecision.everything.values_list("status", flat=True)) == {"done"}


def test_a_line_that_two_runs_reach_at_once_is_claimed_by_one(monkeypatch):
    [first, _second] = rivals([checked_case()])
    monkeypatch.setattr(bulk_running, "claim_line", held_back(bulk_running.claim_line, Meeting()))
    at_once(*[partial(work_off, first)] * 2)
    assert list(first.lines.values_list("outcome", "outcome_reason")) == [("done", "")]


@only_postgres
def test_without_the_claim_of_the_line_it_tells_what_did_not_happen(monkeypatch):
    [first, _second] = rivals([checked_case()])
    meeting = Meeting()
    monkeypatch.setattr(bulk_running, "claim_line", held_back(lambda pk: True, meeting))
    monkeypatch.setattr(bulk_running, "take", held_back(holding.take, meeting))
    at_once(*[partial(work_off, first)] * 2)
    assert approvals()
    # The case is decided, and its line waits as if it were not: the next run would begin anew.
    assert list(first.lines.values_list("outcome", flat=True)) != ["done"]


def test_a_double_click_in_two_tabs_sends_it_once():
    who = officer()
    decision = preview([checked_case()], who)
    tabs = [BulkDecision.everything.get(pk=decision.pk) for _ in range(2)]
    at_once(*(partial(bulk.send, decision=tab, officer=who, now=NOW) for tab in tabs))
    bulk_running.run_bulk_decisions(now=NOW)
    assert list(approvals().values()) == [1]


def two_small_ones(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let one officer send two decisions at once; each alone would need no second person."""
    who = officer()
    decisions = [preview([checked_case()], who) for _turn in range(2)]
    monkeypatch.setattr(bulk, "_move", held_back(bulk._move, Meeting()))
    at_once(*(partial(bulk.send, decision=one, officer=who, now=NOW) for one in decisions))
    return sorted(BulkDecision.everything.values_list("status", flat=True))


def test_two_small_decisions_sent_at_once_count_as_one_large(monkeypatch, settings):
    settings.BULK_CONFIRM_ABOVE = 1
    assert two_small_ones(monkeypatch) == ["confirmed", "proposed"]


@only_postgres
def test_without_the_lock_both_run_without_a_second_person(monkeypatch, settings):
    settings.BULK_CONFIRM_ABOVE = 1
    monkeypatch.setattr(bulk, "_one_at_a_time", lambda officer: None)
    assert two_small_ones(monkeypatch) == ["confirmed", "confirmed"]
