from datetime import date, datetime
from typing import Any

from contributions.services import taking_over
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Close the take-overs that were paid, refused or not paid in time."
    job = "follow_take_overs"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return taking_over.follow_take_overs(now=now)
