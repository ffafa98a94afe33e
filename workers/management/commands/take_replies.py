"""`manage.py take_replies`: what workers answered from their phones."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import answering


class Command(ClockCommand):
    help = 'Act on the answers of workers: "2" freezes an unpaid case.'
    job = "take_replies"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return answering.take_replies(now=now)
