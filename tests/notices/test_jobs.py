"""The log of clock jobs, and the page on which head office reads it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management.base import CommandError
from django.urls import reverse

from accounts.models import Role, User
from notices import selectors
from notices.commands import ClockCommand, read_day
from notices.jobs import run_job
from notices.models import JobRun

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def run(work, job="renew_coverage", now=NOON):
    return run_job(job=job, today=TODAY, now=now, work=work)


def test_a_run_keeps_what_it_counted():
    run(lambda: {"renewed": 3})
    kept = JobRun.objects.get()
    assert (kept.outcome, kept.counts, kept.today) == ("done", {"renewed": 3}, TODAY)


def test_a_failed_run_is_kept_and_its_error_goes_on():
    def fail() -> dict[str, int]:
        raise RuntimeError("secret detail")

    with pytest.raises(RuntimeError):
        run(fail)
    kept = JobRun.objects.get()
    assert (kept.outcome, kept.error) == ("failed", "RuntimeError")


def test_runs_with_nothing_to_do_keep_only_the_newest_row():
    run(lambda: {"renewed": 1})
    for minute in range(5):
        run(lambda: {"renewed": 0}, now=NOON + timedelta(minutes=minute))
    assert JobRun.objects.count() == 2


def test_a_run_that_never_ended_is_shown_as_stuck():
    JobRun.objects.create(job="check_books", today=TODAY, started_at=NOON)
    rows = {row.job: row for row in selectors.jobs_overview(now=NOON + timedelta(hours=3))}
    assert rows["check_books"].state == "stuck"
    assert rows["send_reminders"].state == "never"


def test_only_head_office_reads_the_page(client):
    client.force_login(User.objects.create_user("rina@contoh.example"))
    assert client.get(reverse("jobs")).status_code == 403
    pusat = User.objects.create_user("pusat@contoh.example")
    Role.objects.create(user=pusat, kind=Role.Kind.HEAD_OFFICE, given_at=NOON)
    client.force_login(pusat)
    run(lambda: {"renewed": 3})
    page = client.get(reverse("jobs"))
    assert page.status_code == 200
    assert "renew_coverage" in page.content.decode()


def test_a_command_refuses_a_day_that_is_none():
    with pytest.raises(CommandError, match="31-02-2026"):
        read_day("31-02-2026")


def test_a_command_stands_for_noon_of_its_day(capsys):
    seen = {}

    class Look(ClockCommand):
        job = "look"

        def work(self, *, today, now, **options):
            seen.update(today=today, now=now)
            return {"looked": 1}

    Look().run_from_argv(["manage.py", "look", "--today", "2026-11-20"])
    assert seen == {"today": TODAY, "now": NOON}
    assert "looked: 1" in capsys.readouterr().out
