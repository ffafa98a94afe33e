"""`manage.py forget_abandoned`: what came to nothing is forgotten after FORGET_DAYS days."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services.forgetting import forget_abandoned


class Command(ClockCommand):
    help = "Forget drafts and abandoned cases: their data and their photos."
    job = "forget_abandoned"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return forget_abandoned(now=now)
