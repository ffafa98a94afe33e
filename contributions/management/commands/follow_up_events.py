"""`manage.py follow_up_events`: sponsorships follow the events of their workers' lives."""

from datetime import date, datetime
from typing import Any

from contributions.services import ending
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "End, or take up again, the sponsorships of workers to whom something has happened."
    job = "follow_up_events"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return ending.follow_up_events(now=now)
