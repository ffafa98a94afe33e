from datetime import date, datetime
from typing import Any

from contributions.services import reminding
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Plan who is reminded today, before and after cover ends."
    job = "plan_reminders"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return reminding.plan_reminders(today=today, now=now)
