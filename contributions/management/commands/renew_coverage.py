from datetime import date, datetime
from typing import Any

from contributions.services import renewing
from notices import bells
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Ask donors for the next period of what comes to its end."
    job = "renew_coverage"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        try:
            return renewing.renew(today=today, now=now)
        finally:
            bells.ring("coverage_renewed")
