"""The simulation: months hold, it sees what is broken, and it plays nowhere but on scratch."""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import date, datetime

import pytest
from celery.schedules import crontab
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from bricks.engine import is_postgres
from dashboards.management.commands import simulate as command
from dashboards.simulation import clock
from dashboards.simulation.checks import DAILY
from dashboards.simulation.play import Broken, simulate
from dashboards.simulation.world import World
from tests.commits import die_at_every_commit
from tests.factories import UserFactory
from tests.stories.breaks import BEGIN, BREAKS, LAST_DAY, WATCHED

pytestmark = pytest.mark.both_engines

#: Another story on each engine: the end of the relief with its correction, and a leap year.
SEED, FIRST = (23, date(2027, 3, 1)) if is_postgres(connection) else (11, date(2026, 6, 1))
MONTHS, WORKERS = 13, 24
#: On every so many-th day each job is killed at each of its commits.
KILLED_EACH = 26
#: What every story must meet; else it proves less than it says.
MET = [
    "payments",
    "reports",
    "events",
    "tariff_changes",
    "reminders",
    "reminders_said",
    "months_accepted",
    "months_released",
]
KILLED = {"renew_coverage"}
if not is_postgres(connection):
    # The dice of this seed throw these as well.
    MET += ["taken_back", "stops", "offers", "take_overs", "take_overs_approved"]
    KILLED |= {
        "allocate_payments",
        "answer_remittances",
        "expire_approvals",
        "plan_reminders",
        "remit_contributions",
        "send_reminders",
    }


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Kill each job of some days at each of its commits; counts the commits of each."""
    # What is there already need not be looked through, nor copied into each process.
    gc.freeze()
    counts: Counter[str] = Counter()

    def deadly(task: str, work: clock.Work) -> clock.Work:
        def work_or_die(day: date, now: datetime) -> Mapping[str, int]:
            if day.toordinal() % KILLED_EACH:
                return work(day, now)
            commits = die_at_every_commit(lambda: work(day, now))
            counts[task.rpartition(".")[2]] += commits
            return {"commits": commits}

        return work_or_die

    for task, work in clock.PLAYED.items():
        monkeypatch.setitem(clock.PLAYED, task, deadly(task, work))
    yield counts
    gc.unfreeze()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_months_hold_every_day_though_jobs_are_killed_at_every_commit(deaths):
    told = simulate(months=MONTHS, workers=WORKERS, seed=SEED, first=FIRST)
    assert [met for met in MET if not told.counts[met]] == []
    assert {job for job, commits in deaths.items() if commits} >= KILLED
    assert not told.counts["crowded_days"]


# --- it sees what is broken ---------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db
def test_every_broken_promise_is_found():
    """Three months hold; then one thing at a time is broken, found, and taken back."""
    unseen, done = [], []

    def disturb(world: World, day: date) -> None:
        if day != LAST_DAY:
            return
        checks = {check.__name__: check for check in DAILY}
        received = dict(world.received), dict(world.taken_back)
        for act, finds in BREAKS.items():
            with transaction.atomic():
                act(world, day)
                if not checks[finds](world, day):
                    unseen.append(act.__name__)
                transaction.set_rollback(True)
            world.received, world.taken_back = dict(received[0]), dict(received[1])
            done.append(act)
        for watched, sentence in WATCHED.items():
            with transaction.atomic():
                broken = watched(day)
                if not any(sentence in line for line in broken):
                    unseen.append(f"{watched.__name__}: {broken}")
                transaction.set_rollback(True)
            done.append(watched)

    simulate(months=6, workers=24, seed=5, first=BEGIN, disturb=disturb, until=LAST_DAY)
    assert unseen == []
    assert len(done) == len(BREAKS) + len(WATCHED)


def test_every_check_has_been_seen_to_fail():
    assert set(BREAKS.values()) == {check.__name__ for check in DAILY}


@pytest.mark.django_db
def test_the_first_broken_day_ends_the_simulation_with_its_name():
    def nothing_ever_happens(world: World, day: date) -> list[str]:
        return ["it broke"] if day == date(2026, 6, 3) else []

    with pytest.raises(Broken) as broken:
        simulate(months=1, workers=3, seed=9, checks=[nothing_ever_happens])
    assert str(broken.value) == "2026-06-03, seed 9:\n  it broke"


# --- the command ------------------------------------------------------------------------------
@pytest.fixture
def no_scratch(monkeypatch):
    monkeypatch.setattr(command, "scratch_database", nullcontext)


@pytest.mark.django_db
def test_a_broken_day_makes_the_command_fail_and_say_why(no_scratch, monkeypatch, capsys):
    def breaks(**asked):
        raise Broken(date(2027, 1, 31), asked["seed"], ["no money for month 7"])

    monkeypatch.setattr(command, "simulate", breaks)
    with pytest.raises(CommandError, match=r"(?s)2027-01-31, seed 4:.*no money for month 7"):
        call_command("simulate", "--seed", "4")


@pytest.mark.django_db
def test_the_command_tells_what_happened(no_scratch, capsys):
    call_command("simulate", "--months", "1", "--workers", "4", "--start", "2027-12-01")
    told = capsys.readouterr().out
    assert "2027-12: " in told
    assert "workers: 4" in told


@pytest.mark.django_db
def test_it_refuses_where_people_are_and_outside_a_demo(settings):
    UserFactory()
    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("simulate", "--here")
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("simulate")
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("simulate", "--here")


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [["--start", "2026-06-02"], ["--months", "0"]])
def test_it_refuses_what_it_cannot_play(asked):
    with pytest.raises(CommandError):
        call_command("simulate", *asked)


# --- the clock ------------------------------------------------------------------------------
def test_every_job_of_the_schedule_is_played_or_left_out_for_a_reason():
    schedule = django_settings.CELERY_BEAT_SCHEDULE
    assert clock.read_schedule(schedule)
    tasks = {row["task"] for row in schedule.values()}
    assert {*clock.PLAYED, *clock.LEFT_OUT} == tasks
    assert not clock.PLAYED.keys() & clock.LEFT_OUT.keys()


def test_a_new_job_cannot_be_forgotten():
    new = {"new_job": {"task": "contributions.tasks.new_job", "schedule": crontab()}}
    with pytest.raises(clock.UnknownJob):
        clock.read_schedule(new)
