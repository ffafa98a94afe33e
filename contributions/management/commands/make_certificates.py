from datetime import date, datetime
from typing import Any

from contributions.services import certifying
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Draw certificates that were asked for, and delete files whose days are over."
    job = "make_certificates"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return certifying.make_certificates(now=now)
