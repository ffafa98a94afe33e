"""`manage.py delete_remittance_files`: files to BPJS go when their days are over."""

from datetime import date, datetime
from typing import Any

from contributions.services import remittance_files
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Delete the files of remittances, and of BPJS's answers, whose days are over."
    job = "delete_remittance_files"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return remittance_files.delete_expired(now=now)
