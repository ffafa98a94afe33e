"""The doors of the clock: each job runs by itself, by bell and by hand."""

from datetime import date
from io import StringIO

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command

from contributions import tasks
from contributions.models import BooksCheck, Contribution, Remittance, Sponsorship
from contributions.services.proving import BooksDisagree
from notices.models import JobRun
from payments.models import Balance
from tests.contributions.builders import approved_order, billed_order, covered_worker, pay, settle
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINE = "contributions.tasks."


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The bells that were rung, without a broker."""
    words: list[str] = []
    monkeypatch.setattr("notices.bells._ring_now", words.append)
    return words


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            name.removeprefix(MINE)
            for name in [
                *(task for names in portal.BELL_TASKS.values() for task in names),
                *(entry["task"] for entry in portal.CELERY_BEAT_SCHEDULE.values()),
            ]
            if name.startswith(MINE)
        }
    ),
)
def test_each_scheduled_task_runs_and_leaves_a_row(name):
    getattr(tasks, name)()
    assert JobRun.objects.get(job=name).outcome == "done"


def test_the_task_of_an_approval_makes_the_invoice(time_machine_now):
    approved_order(when=time_machine_now)
    tasks.follow_up_approvals()
    assert JobRun.objects.get(job="follow_up_approvals").counts["invoices"] == 1


def test_the_demo_hands_over_what_was_just_paid(
    settings, rung, time_machine_now, django_capture_on_commit_callbacks
):
    settings.REMIT_AT_ONCE = True
    settle(billed_order(when=time_machine_now), time_machine_now)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.allocate_payments()
    assert "months_bought" in rung
    tasks.remit_contributions()
    assert Contribution.everything.filter(status="sent").count() == 12


def test_elsewhere_paid_months_wait_for_the_business_day(
    settings, rung, time_machine_now, django_capture_on_commit_callbacks
):
    settings.REMIT_AT_ONCE = False
    settle(billed_order(when=time_machine_now), time_machine_now)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.allocate_payments()
    assert "months_bought" not in rung
    assert not Remittance.everything.exists()


@pytest.fixture
def time_machine_now(monkeypatch):
    """Let the doors read the day on which the stories play."""
    monkeypatch.setattr("bricks.clock.now", lambda: NOW)
    return NOW


# --- by hand -------------------------------------------------------------------------
def run(command: str, *more: str) -> str:
    """Run a command by hand and return what it printed."""
    out = StringIO()
    call_command(command, *more, stdout=out)
    return out.getvalue()


def test_approvals_are_followed_up_and_expired_by_hand():
    approved_order()
    assert "invoices: 1" in run("follow_up_approvals", "--today", "2026-11-20")
    assert "expired_approvals: 1" in run("expire_approvals", "--today", "2026-12-21")
    assert Sponsorship.everything.get().end_reason == "unpaid"
    assert JobRun.objects.get(job="expire_approvals").today == date(2026, 12, 21)


def test_payments_are_allocated_by_hand():
    settle(billed_order(), NOW)
    printed = run("allocate_payments", "--today", "2026-11-20")
    assert "allocated: 1" in printed
    assert "undone: 0" in printed


def test_the_books_are_proved_by_hand():
    covered_worker()
    printed = run("check_books", "--today", "2026-11-20")
    assert "Rp 184.800 received = 184.800 months + 0 credit" in printed
    assert "wrong: 0" in printed


def test_wrong_books_fail_the_command_and_say_why():
    invoice = billed_order()
    pay(invoice, NOW)
    Balance.objects.filter(account__kind="credit").update(amount=1)
    Balance.objects.filter(account__kind="holding").update(amount=7)
    with pytest.raises(CommandError, match="do not agree"):
        run("check_books", "--today", "2026-11-20")
    assert JobRun.objects.get(job="check_books").counts["balance"] >= 1


def test_wrong_books_fail_the_run_of_the_night_and_the_proof_is_kept():
    pay(billed_order(), NOW)
    Balance.objects.filter(account__kind="holding").update(amount=7)
    with pytest.raises(BooksDisagree):
        tasks.check_books()
    run = JobRun.objects.get(job="check_books")
    assert (run.outcome, run.error) == ("failed", "BooksDisagree")
    assert BooksCheck.objects.get().grave >= 1
