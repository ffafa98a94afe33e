from datetime import date, datetime
from typing import Any

from notices.commands import ClockCommand
from payments.services import sending_refunds


class Command(ClockCommand):
    help = "Let the providers send back what two people confirmed."
    job = "send_refunds"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return sending_refunds.send_refunds(now=now)
