from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from payments.services import stale


class Command(ClockCommand):
    help = "Close at the provider the charges whose invoice is no longer open."
    job = "cancel_stale_charges"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return stale.cancel_stale_charges(now=now)
