"""`manage.py release_idle_cases`: what a holder left alone goes back to the queue."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import holding


class Command(ClockCommand):
    help = "Put cases whose holders left them alone for 30 minutes back into the queue."
    job = "release_idle_cases"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return holding.release_idle(now=now)
