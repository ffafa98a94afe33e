from datetime import date, datetime
from typing import Any

from contributions.services import correcting
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Correct months that were bought since at the price before a change of tariff."
    job = "correct_late_prices"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return correcting.correct_late_prices(today=today, now=now)
