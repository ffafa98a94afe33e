"""A renewal that is killed at any stage goes on, and ends as one that nobody disturbed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from contributions.books import check_books
from contributions.models import RenewalChunk, RenewalRun
from contributions.services import renewal_telling, renewal_work, renewing
from contributions.services.renewing import continue_renewal, renew_tonight
from tests.contributions.builders import few_prices
from tests.contributions.kills import die, killed_in
from tests.contributions.renewals import NIGHT, TODAY, little_world, picture, small_chunks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]
Stage = RenewalRun.Stage
STAGES = tuple(stage for stage in Stage if stage != Stage.DONE)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    few_prices()
    small_chunks(monkeypatch)


def killed(prepare: Callable[[], None]) -> None:
    """Renew in a process of its own, prepared so that it kills itself on its way."""
    killed_in(prepare, lambda: renew_tonight(today=TODAY, now=NIGHT))


def before(stage: int) -> None:
    """Die as the stage begins."""
    renewing.STEPS[stage] = die  # type: ignore[assignment]


def inside(stage: int) -> None:
    """Die when the stage has written, and nothing is committed."""
    if stage == Stage.WORK:
        renew_lines = renewal_work.renew_lines

        def renew_and_die(*args: Any, **more: Any) -> None:
            renew_lines(*args, **more)
            die()

        renewal_work.renew_lines = renew_and_die  # type: ignore[assignment]
        return
    step = renewing.STEPS[stage]
    renewing.STEPS[stage] = lambda run, now: die(step(run, now))  # type: ignore[assignment, func-returns-value]


def after(stage: int) -> None:
    """Die when a step of the stage is committed."""
    if stage == Stage.WORK:
        work = renewing.STEPS[stage]
        renewing.STEPS[stage] = lambda run, now: die(work(run, now))  # type: ignore[assignment, func-returns-value]
        return
    step = renewing._step

    def step_and_die(run: RenewalRun, now: Any) -> RenewalRun:
        was, done = run.stage, step(run, now)
        if was == stage:
            die()
        return done

    renewing._step = step_and_die


def undisturbed() -> dict[str, Any]:
    """What a run leaves behind that nobody kills; taken back afterwards."""
    with transaction.atomic():
        renew_tonight(today=TODAY, now=NIGHT)
        seen = picture()
        transaction.set_rollback(True)
    return seen


def test_every_stage_is_killed_here():
    assert set(renewing.STEPS) == set(STAGES)
    assert len(STAGES) == len(Stage) - 1


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name.lower() for stage in STAGES])
def test_a_renewal_killed_before_in_and_after_a_stage_ends_as_if_it_had_not_been(stage):
    little_world()
    wanted = undisturbed()
    assert all(wanted[name] for name in ("uses", "invoices", "outcomes"))
    for moment in (before, inside, after):
        killed(lambda moment=moment: moment(stage))
    renew_tonight(today=TODAY, now=NIGHT)
    assert picture() == wanted
    assert RenewalRun.objects.get().stage == Stage.DONE
    assert RenewalChunk.objects.filter(finished_at__isnull=False).count() == 2
    assert renew_tonight(today=TODAY, now=NIGHT)["invoices"] == 0
    assert picture() == wanted
    assert [finding for finding in check_books(now=NIGHT) if finding.is_grave] == []


def test_a_renewal_killed_before_the_donors_of_a_chunk_are_told_tells_them_once():
    little_world()
    wanted = undisturbed()
    killed(lambda: setattr(renewal_telling, "tell", die))
    assert RenewalChunk.objects.filter(finished_at__isnull=False, told_at__isnull=True).exists()
    renew_tonight(today=TODAY, now=NIGHT)
    assert picture() == wanted


def test_the_clock_takes_up_what_died():
    little_world()
    killed(lambda: inside(Stage.WORK))
    assert continue_renewal(now=NIGHT)["invoices"] == 2
    assert continue_renewal(now=NIGHT)["invoices"] == 0
