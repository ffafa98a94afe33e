"""`manage.py move_cases`: what waits at a closed office goes to its successor."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import closing


class Command(ClockCommand):
    help = "Move cases that wait at closed offices to those that took their place."
    job = "move_cases"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return closing.move_cases(now=now)
