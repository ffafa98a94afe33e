from datetime import date, datetime
from typing import Any

from contributions.services import remitting
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Hand paid months to BPJS's core system, and take up its answers."
    job = "remit_contributions"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        sent = remitting.remit(today=today, now=now)
        return {**sent, **remitting.fetch_answers(now=now)}
