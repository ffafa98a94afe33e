"""`manage.py follow_up_answers`: cases whose check files were answered are checked anew."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import check_answers


class Command(ClockCommand):
    help = "Check the cases anew whose check files were answered."
    job = "follow_up_answers"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return check_answers.follow_up_answers(now=now)
