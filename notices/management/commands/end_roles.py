"""`manage.py end_roles`: deputies and auditors whose last day is past."""

from datetime import date, datetime
from typing import Any

from accounts.services import end_roles
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "End the roles of deputies and auditors whose last day is past."
    job = "end_roles"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return end_roles(today=today, now=now)
