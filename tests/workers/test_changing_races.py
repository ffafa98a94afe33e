"""Two people at once on one correction, on both engines: one decides, the other reads why not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent
from tests.factories import NOW, EnrollmentFactory, nik_of, officer
from workers.models import Worker, WorkerChange
from workers.services import changing

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or CannotChange errors."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except changing.CannotChange as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def proposed(worker: Worker, **values: Any) -> WorkerChange:
    return changing.propose(
        worker=worker,
        values=values or {"name": "Nama Benar"},
        reason="KTP baru",
        said_by="worker",
        by=officer(),
        now=NOW,
    )


def approvals(change: WorkerChange) -> list[Callable[[], Any]]:
    return [partial(changing.approve, change=change, by=officer(), now=NOW) for _ in range(2)]


def refusals(results: list[Any]) -> list[str]:
    return [type(found).__name__ for found in results if isinstance(found, Exception)]


def test_of_two_who_apply_a_correction_one_does():
    change = proposed(EnrollmentFactory(approved=True).worker)
    assert refusals(at_once(*approvals(change))) == ["ChangeDecided"]
    assert AuditEvent.objects.filter(action="worker.changed").count() == 1


def test_without_the_conditional_update_both_apply_it(monkeypatch):
    def claim(change: WorkerChange, **changes: Any) -> None:
        WorkerChange.everything.filter(pk=change.pk).update(**changes)

    monkeypatch.setattr(changing, "_claim", claim)
    change = proposed(EnrollmentFactory(approved=True).worker)
    assert refusals(at_once(*approvals(change))) == []
    assert AuditEvent.objects.filter(action="worker.changed").count() == 2


def test_a_correction_that_is_applied_and_refused_at_once_has_one_decision():
    worker = EnrollmentFactory(approved=True).worker
    change, by = proposed(worker), officer()
    refuse = partial(changing.refuse, change=change, by=by, reason="tidak cocok", now=NOW)
    results = at_once(approvals(change)[0], refuse)
    assert refusals(results) == ["ChangeDecided"]
    status = WorkerChange.everything.get().status
    name = Worker.everything.get().name
    assert (status, name == "Nama Benar") in {("approved", True), ("refused", False)}


def test_a_correction_that_is_applied_and_taken_back_at_once_has_one_end():
    worker = EnrollmentFactory(approved=True).worker
    change = proposed(worker)
    withdraw = partial(changing.withdraw, change=change, by=change.proposed_by, now=NOW)
    assert refusals(at_once(approvals(change)[0], withdraw)) == ["ChangeDecided"]


def test_of_two_corrections_proposed_at_once_one_waits():
    worker = EnrollmentFactory(approved=True).worker
    acts = [partial(proposed, worker, name=name) for name in ("Nama Satu", "Nama Dua")]
    assert refusals(at_once(*acts)) == ["ChangeWaits"]
    assert WorkerChange.everything.count() == 1


def test_two_workers_never_get_one_nik():
    nik = nik_of((NOW - timedelta(days=12_000)).date(), "P", 4242)
    changes = [proposed(EnrollmentFactory(approved=True).worker, nik=nik) for _ in range(2)]
    acts = [partial(changing.approve, change=c, by=officer(), now=NOW) for c in changes]
    assert refusals(at_once(*acts)) == ["NikTaken"]
    assert sorted(WorkerChange.everything.values_list("status", flat=True)) == [
        "approved",
        "proposed",
    ]
