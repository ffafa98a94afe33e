from datetime import date, datetime
from typing import Any

from contributions.services import reversing, settling
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Turn settled payments into months, and undo what reversed ones bought."
    job = "allocate_payments"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        undone = reversing.undo_payments(now=now)
        failed = undone.pop("failed")
        counts = settling.allocate_payments(now=now)
        return {**counts, **undone, "failed": counts["failed"] + failed}
