from datetime import date, datetime
from typing import Any

from dashboards import services
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Roll the figures of provinces and regencies up, month by month."
    job = "rebuild_dashboards"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        return services.rebuild_dashboards(today=today, now=now)
