from datetime import date, datetime
from typing import Any

from contributions.services import waiting_replies
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Put workers who asked for another sponsor by one digit on the waiting list."
    job = "take_waiting_replies"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return waiting_replies.take_up(now=now)
