"""`manage.py note_birthdays`: who has turned 65 is noted in the registry."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import living


class Command(ClockCommand):
    help = "Record of each worker who has turned 65 that he has; it ends nothing that is paid."
    job = "note_birthdays"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return living.note_birthdays(today=today, now=now)
