from datetime import date, datetime
from typing import Any

from contributions.services import sponsoring
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Make sponsorships and invoices of approved enrollments."
    job = "follow_up_approvals"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return sponsoring.follow_up_approvals(now=now)
