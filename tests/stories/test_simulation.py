"""The simulation: two years hold, it sees what is broken, and it plays nowhere but on scratch."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta

import pytest
from celery.schedules import crontab
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from bricks.clock import jakarta_date
from bricks.engine import is_postgres
from contributions.models import (
    Contribution,
    Coverage,
    Reminder,
    ReminderDigest,
    RenewalOutcome,
    Sponsorship,
)
from contributions.services.reminding import plan_reminders, send_reminders
from dashboards.management.commands import simulate as command
from dashboards.simulation import clock
from dashboards.simulation.checks import DAILY
from dashboards.simulation.owed import PLAN, RENEW, SEND, Watch
from dashboards.simulation.play import Broken, simulate
from dashboards.simulation.world import World, at
from notices.models import Message
from payments.models import Account, Payment, Posting, Transfer
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]

#: Another story on each engine.
SEED = 23 if is_postgres(connection) else 11
EVENING, MORNING, SENDING = time(18), time(4, 10), time(8, 10)


@pytest.mark.slow
def test_two_years_hold_every_day():
    told = simulate(months=24, workers=24, seed=SEED)
    counts = told.counts
    # The story met what it is about; else it proves less than it says.
    for met in ("payments", "taken_back", "reports", "events", "stops", "tariff_changes"):
        assert counts[met], met
    for met in ("reminders", "reminders_said", "months_accepted", "months_released"):
        assert counts[met], met
    assert counts["sponsorships_lapsed_arrears"]
    assert counts["sponsorships_ended_died"]
    assert not counts["crowded_days"]


# --- it sees what is broken ---------------------------------------------------------------
def drop_a_month(world: World, day: date) -> None:
    Contribution.everything.filter(pk=_accepted_today(day).pk).update(status="released")


def cover_without_money(world: World, day: date) -> None:
    cover = Coverage.objects.filter(worker=_accepted_today(day).worker_id).first()
    Coverage.objects.create(
        worker_id=cover.worker_id,
        covered_from=cover.covered_until + timedelta(days=40),
        covered_until=cover.covered_until + timedelta(days=50),
    )


def cover_that_ended_goes_on(world: World, day: date) -> None:
    covered = Coverage.objects.filter(covered_from__lte=day).values("worker")
    worker = next(
        w.pk
        for w in world.registry.known.values()
        if w.pk not in set(covered.values_list("worker", flat=True))
    )
    Coverage.objects.create(worker_id=worker, covered_from=day, covered_until=day)


def begins_before_its_money(world: World, day: date) -> None:
    row = _accepted_today(day)
    Contribution.everything.filter(pk=row.pk).update(
        covered_from=jakarta_date(row.paid_at) - timedelta(days=1)
    )


def lapse_one_who_paid(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=at(day, EVENING), end_reason="arrears"
    )


def end_one_who_did_not_stop(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="ended", ended_at=at(day, EVENING), end_reason="stopped"
    )


def forget_to_lapse(world: World, day: date) -> None:
    row = _running(day)
    old = day - timedelta(days=200)
    Sponsorship.everything.filter(pk=row.pk).update(run_start=old, paid_until=old)


def ask_after_a_stop(world: World, day: date) -> None:
    promised = Contribution.everything.filter(status="promised", sponsorship__status="active")
    Sponsorship.everything.filter(pk=promised.first().sponsorship_id).update(
        renews=False, stopped_at=at(day, EVENING)
    )


def leave_a_promise_on_a_closed_invoice(world: World, day: date) -> None:
    row = Contribution.everything.filter(status="promised").first()
    paid = Contribution.everything.filter(invoice__status="paid").first()
    Contribution.everything.filter(pk=row.pk).update(invoice=paid.invoice)


def forget_a_payment(world: World, day: date) -> None:
    Payment.everything.filter(status="settled").update(followed_up_at=None)


def lose_money_on_its_way(world: World, day: date) -> None:
    world.received["lost"] = 1_000_000
    world.taken_back["lost"] = 999_999


def spend_what_is_not_there(world: World, day: date) -> None:
    donor = Account.objects.create(kind="refunds", donor=world.givers[0].donor)
    payable = Account.objects.get(kind="payable")
    Transfer.objects.create(
        posting=Posting.objects.latest("pk"), debit=donor, credit=payable, amount=5
    )


BREAKS: dict[Callable[[World, date], None], str] = {
    drop_a_month: "months_have_money",
    cover_without_money: "cover_is_what_was_accepted",
    cover_that_ended_goes_on: "pages_say_what_was_accepted",
    begins_before_its_money: "months_have_money",
    lapse_one_who_paid: "nobody_lapsed_who_paid",
    end_one_who_did_not_stop: "nobody_lapsed_who_paid",
    forget_to_lapse: "nobody_runs_on_unpaid",
    ask_after_a_stop: "nobody_asked_after_a_stop",
    leave_a_promise_on_a_closed_invoice: "nobody_asked_after_a_stop",
    forget_a_payment: "no_money_lies_about",
    lose_money_on_its_way: "money_is_somewhere",
    spend_what_is_not_there: "no_balance_is_negative",
}
LAST_DAY = date(2026, 11, 1)


def _accepted_today(day: date) -> Contribution:
    return Contribution.everything.filter(
        status="accepted", covered_from__lte=day, covered_until__gte=day
    ).earliest("pk")


def _running(day: date) -> Sponsorship:
    return Sponsorship.everything.filter(status="active", renews=True, paid_until__gt=day).earliest(
        "pk"
    )


# --- reminders and renewal, by the oracle that stands beside them ----------------------------
def lose_a_reminder(day: date) -> list[str]:
    """The planner does not run."""
    return _planned(day, lambda _now: None)


def repeat_a_reminder(day: date) -> list[str]:
    """A milestone is planned that was not reached, or that a later one has followed."""

    def again(now: datetime) -> None:
        plan_reminders(today=jakarta_date(now), now=now)
        row = Reminder.objects.filter(about="cover").latest("pk")
        row.pk, row.days = None, row.days - 2
        row.save()

    return _planned(day, again)


def _planned(day: date, work: Callable[[datetime], None]) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        now = at(tomorrow, MORNING)
        watch.before(PLAN, tomorrow, now)
        if watch.owed:
            work(now)
            watch.after(PLAN, tomorrow, now)
            return watch.broken
    return []


def remind_one_who_paid(day: date) -> list[str]:
    """What was planned is said although nothing is asked any more."""

    def forget_what_is_asked() -> None:
        Contribution.everything.filter(status="promised").update(status="released")

    return _said(day, forget_what_is_asked, told=True)


def keep_a_reminder_back(day: date) -> list[str]:
    """What was planned is dealt with and not said."""
    return _said(day, lambda: None, told=False)


def _said(day: date, meanwhile: Callable[[], None], *, told: bool) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        plan_reminders(today=tomorrow, now=at(tomorrow, MORNING))
        planned = Reminder.objects.filter(about="cover", audience="donor", closed_at=None)
        if planned.exists():
            now = at(tomorrow, SENDING)
            meanwhile()
            watch.before(SEND, tomorrow, now)
            planned.update(closed_at=now, told_at=now if told else None)
            watch.after(SEND, tomorrow, now)
            return watch.broken
    return []


def remind_twice_a_day(day: date) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        now = at(tomorrow, SENDING)
        plan_reminders(today=tomorrow, now=at(tomorrow, MORNING))
        watch.before(SEND, tomorrow, now)
        if send_reminders(now=now)["messages"]:
            row = Message.objects.filter(kind="reminder").latest("pk")
            row.pk, row.dedupe_key = None, f"{row.dedupe_key}:again"
            row.save()
            watch.after(SEND, tomorrow, now)
            return watch.broken
    return []


def leave_one_without_an_outcome(day: date) -> list[str]:
    promised = Contribution.everything.filter(status="promised", sponsorship__status="active")
    promised.update(status="released")
    RenewalOutcome.everything.update(closed_at=at(day, EVENING))
    watch = Watch()
    watch.after(RENEW, day, at(day, EVENING))
    return watch.broken


WATCHED: dict[Callable[[date], list[str]], str] = {
    lose_a_reminder: "reminder lost",
    repeat_a_reminder: "reminder not owed",
    remind_one_who_paid: "was said",
    keep_a_reminder_back: "was not said",
    remind_twice_a_day: "times a day",
    leave_one_without_an_outcome: "0 invoices and the reason None",
}


def test_every_broken_promise_is_found():
    """Five months hold; then one thing at a time is broken, found, and taken back."""
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

    simulate(months=6, workers=24, seed=5, disturb=disturb, until=LAST_DAY)
    assert unseen == []
    assert len(done) == len(BREAKS) + len(WATCHED)
    assert ReminderDigest.objects.exists()


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


def test_a_broken_day_makes_the_command_fail_and_say_why(no_scratch, monkeypatch, capsys):
    def breaks(**asked):
        raise Broken(date(2027, 1, 31), asked["seed"], ["no money for month 7"])

    monkeypatch.setattr(command, "simulate", breaks)
    with pytest.raises(CommandError, match=r"(?s)2027-01-31, seed 4:.*no money for month 7"):
        call_command("simulate", "--seed", "4")


def test_the_command_tells_what_happened(no_scratch, capsys):
    call_command("simulate", "--months", "1", "--workers", "4", "--start", "2027-12-01")
    told = capsys.readouterr().out
    assert "2027-12: " in told
    assert "workers: 4" in told


def test_it_refuses_where_people_are_and_outside_a_demo(settings):
    UserFactory()
    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("simulate", "--here")
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("simulate")
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("simulate", "--here")


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
