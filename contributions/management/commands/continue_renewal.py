from datetime import date, datetime
from typing import Any

from contributions.services import renewing
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Take up a renewal whose process died, or help one that is under way."
    job = "continue_renewal"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return renewing.continue_renewal(now=now)
