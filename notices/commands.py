"""The hand-run twin of a clock job."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from notices.jobs import run_job


def read_day(text: str) -> date:
    """Read `YYYY-MM-DD`. Raises CommandError with a sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"'{text}' is not a day written YYYY-MM-DD.") from None


class ClockCommand(BaseCommand):
    """Runs one job for `--today`, by default the present business day (Asia/Jakarta).

    A day given by hand stands for its noon.
    """

    job = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", metavar="YYYY-MM-DD", help="business day, Asia/Jakarta")

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        """Do the job and say in counts what was done."""
        raise AssertionError(f"{type(self).__name__} says no work")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options.pop("today")
        now = clock.noon(read_day(given)) if given else clock.now()
        today = clock.jakarta_date(now)
        run = run_job(
            job=self.job,
            today=today,
            now=now,
            work=lambda: self.work(today=today, now=now, **options),
        )
        for name, count in run.counts.items():
            self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"{self.job} for {today}: done")
