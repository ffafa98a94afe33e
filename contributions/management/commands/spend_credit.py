from datetime import date, datetime
from typing import Any

from contributions.services import spending
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Let what was paid too much, or corrected, buy the next months."
    job = "spend_credit"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return spending.spend_credit(now=now)
