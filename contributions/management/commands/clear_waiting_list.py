from datetime import date, datetime
from typing import Any

from contributions.services import waiting
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Take off the waiting list whoever needs nobody any more."
    job = "clear_waiting_list"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return waiting.clear_list(today=today, now=now)
