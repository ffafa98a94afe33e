from datetime import date, datetime
from typing import Any

from contributions.services import bridging
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Pay one month for each worker near the end, while the bridge fund is open and lasts."
    job = "grant_bridge_months"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return bridging.grant_months(today=today, now=now)
