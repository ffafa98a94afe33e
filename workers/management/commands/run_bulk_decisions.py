"""`manage.py run_bulk_decisions`: what is sent or confirmed is decided, case by case."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import bulk_running


class Command(ClockCommand):
    help = "Work off the decisions on many cases that are sent or confirmed."
    job = "run_bulk_decisions"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return bulk_running.run_bulk_decisions(now=now)
