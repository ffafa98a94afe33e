"""`manage.py end_annulled`: nothing is asked any more for approvals that were taken back."""

from datetime import date, datetime
from typing import Any

from contributions.services import annulling
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "End the unpaid sponsorships of cases whose approval the branch took back."
    job = "end_annulled"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return annulling.end_annulled(today=today, now=now)
