from datetime import date, datetime
from typing import Any

from contributions.services import lapsing
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "End sponsorships that have run out."
    job = "lapse_sponsorships"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return lapsing.lapse(today=today, now=now)
