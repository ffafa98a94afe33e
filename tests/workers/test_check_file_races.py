"""Two people at one check file at once, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import AuditEvent
from bricks.engine import is_postgres
from tests.factories import NOW, officer
from tests.races import Meeting
from tests.workers.checkfiles import csv_of, proposed, released, supervisor
from tests.workers.desk import sound_case
from tests.workers.test_branch_consent import unconsented
from workers.models import CheckAnswer, CheckBatch, CheckBatchLine, Consent
from workers.services import branch_consent, check_answers, check_files, holding

pytestmark = pytest.mark.django_db(transaction=True)
needs_postgres = pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite's transactions stand one behind the other"
)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows an answer is not this race."""
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except (check_files.CannotCheck, holding.CannotDecide) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def meeting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, guard: Any) -> None:
    """Hold both between reading and writing; on SQLite the first waits and goes on."""
    both_have_read = Meeting()

    def wait_and_go(*args: Any, **kwargs: Any) -> Any:
        both_have_read.wait()
        return guard(*args, **kwargs)

    monkeypatch.setattr(module, name, wait_and_go)


def releases_at_once() -> tuple[CheckBatch, list[Any]]:
    batch = proposed()
    let_out = partial(check_files.release, batch=batch, now=NOW)
    acts = [partial(let_out, supervisor=supervisor()) for _each in range(2)]
    return batch, at_once(*acts)


def released_times() -> int:
    return AuditEvent.objects.filter(action="check_file.released").count()


def undecided_guard(batch: Any, person: Any, now: Any, **columns: Any) -> None:
    """The decision without its condition: whoever comes writes."""
    CheckBatch.everything.filter(pk=batch.pk).update(released_by=person, released_at=now, **columns)


@needs_postgres
def test_without_its_guard_a_file_is_let_out_twice(monkeypatch):
    meeting(monkeypatch, check_files, "_decide", undecided_guard)
    _batch, results = releases_at_once()
    assert [type(result) for result in results] == [CheckBatch, CheckBatch]
    assert released_times() == 2


def test_with_its_guard_it_is_let_out_once_and_one_file_lies_on_disk(monkeypatch):
    folder = Path(settings.MEDIA_ROOT) / "checkfiles"
    before = {path for path in folder.rglob("*") if path.is_file()}
    meeting(monkeypatch, check_files, "_decide", check_files._decide)
    batch, results = releases_at_once()
    assert sum(isinstance(result, check_files.FileDecided) for result in results) == 1
    assert released_times() == 1
    made = {path for path in folder.rglob("*") if path.is_file()} - before
    kept = CheckBatch.everything.get(pk=batch.pk)
    assert made == {Path(settings.MEDIA_ROOT) / kept.path}
    assert check_files.fetch(batch=kept, viewer=kept.made_by, now=NOW)


def confirms_at_once() -> list[Any]:
    batch = released(sound_case())
    kept = check_answers.receive(
        batch=batch, content=csv_of(batch, {"identitas": "cocok"}), sender=batch.made_by, now=NOW
    )
    act = partial(check_answers.apply, answer=kept, sender=batch.made_by, now=NOW)
    return at_once(act, act)


def answered_times() -> int:
    return AuditEvent.objects.filter(action="check_file.answered").count()


def unclaimed(answer: Any, sender: Any, found: Any, now: Any) -> bool:
    """The claim without its condition: everybody is the first."""
    CheckAnswer.objects.filter(pk=answer.pk).update(applied_at=now)
    return True


@needs_postgres
def test_without_the_claim_one_file_is_applied_twice(monkeypatch):
    monkeypatch.setattr(check_answers, "_claim", unclaimed)
    meeting(monkeypatch, check_answers, "preview", check_answers.preview)
    confirms_at_once()
    assert answered_times() == 2


def test_with_the_claim_it_is_applied_once(monkeypatch):
    confirms_at_once()
    assert answered_times() == 1
    assert CheckBatchLine.objects.get().answer == {"identity": "match"}


def test_two_who_upload_the_same_file_at_once_make_one_row():
    batch = released(sound_case())
    content = csv_of(batch, {"identitas": "cocok"})
    act = partial(check_answers.receive, batch=batch, content=content, now=NOW)
    results = at_once(partial(act, sender=batch.made_by), partial(act, sender=officer()))
    assert len({kept.pk for kept in results}) == 1
    kept = CheckAnswer.objects.get()
    assert check_answers.preview(answer=kept, now=NOW).lines


def test_a_line_is_followed_up_once():
    batch = released(sound_case())
    kept = check_answers.receive(
        batch=batch, content=csv_of(batch, {"identitas": "cocok"}), sender=batch.made_by, now=NOW
    )
    check_answers.apply(answer=kept, sender=batch.made_by, now=NOW)
    act = partial(check_answers.follow_up_answers, now=NOW)
    assert sum(result["lines"] for result in at_once(act, act)) == 1


def test_two_who_record_a_consent_at_once_hand_the_case_in_once():
    case = unconsented()
    act = partial(branch_consent.record_and_hand_in, enrollment=case, how="came", now=NOW)
    results = at_once(*(partial(act, officer=officer()) for _each in range(2)))
    refused = [r for r in results if isinstance(r, branch_consent.NotWaitingForConsent)]
    assert len(refused) == 1
    assert case.events.filter(kind="consent_recorded").count() == 1
    assert Consent.objects.get().recorded_by == case.events.get().actor
