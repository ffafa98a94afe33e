from datetime import date, datetime
from typing import Any

from contributions.services import reminding
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Remind donors before and after cover ends."
    job = "send_reminders"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return reminding.remind(today=today, now=now)
