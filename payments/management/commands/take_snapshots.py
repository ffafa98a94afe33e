from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from payments.services import snapshots


class Command(ClockCommand):
    help = "Write what shared accounts stood at at the end of each day before."
    job = "take_snapshots"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return snapshots.take_snapshots(today=today, now=now)
