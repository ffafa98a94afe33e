from datetime import date, datetime
from typing import Any

from contributions.services import expiring
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "End invoices and approvals that can no longer be paid; ask again where one may."
    job = "expire_approvals"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return expiring.expire(today=today, now=now)
