from datetime import date, datetime
from typing import Any

from contributions.services import reminding
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Send the digests of reminders that are due."
    job = "send_reminders"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return reminding.send_reminders(now=now)
