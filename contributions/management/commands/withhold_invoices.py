from datetime import date, datetime
from typing import Any

from contributions.services import withholding
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Withdraw the invoices of workers who are reported dead, and of frozen cases."
    job = "withhold_invoices"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return withholding.withhold(today=today, now=now)
