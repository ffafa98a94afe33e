"""`manage.py delete_check_files`: check files go when their days are over."""

from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from workers.services import check_files


class Command(ClockCommand):
    help = "Delete check files, and answers that nobody confirmed, whose days are over."
    job = "delete_check_files"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return check_files.delete_expired(now=now)
