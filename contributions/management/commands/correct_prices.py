from datetime import date, datetime
from typing import Any

from contributions.services import correcting
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Follow up changes of tariffs: cheaper months give back, open invoices are asked anew."
    job = "correct_prices"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return correcting.correct_prices(today=today, now=now)
