from datetime import date, datetime
from typing import Any

from contributions.services import renewing
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Delete the plans of renewals that finished RENEWAL_PLAN_DAYS ago."
    job = "delete_renewal_plans"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return renewing.delete_old_plans(now=now)
