from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from bricks import clock
from bricks.rupiah import format_rupiah
from contributions.renewal_selectors import preview
from contributions.services import renewing
from notices import bells
from notices.commands import ClockCommand, read_day


class Command(ClockCommand):
    help = "Renew what comes to its end: from credit, or by the next invoice; once a day."
    job = "renew_coverage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--again", action="store_true", help="also if the day's run is over")
        parser.add_argument("--dry-run", action="store_true", help="say what is due; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.pop("dry_run"):
            given = options["today"]
            self.preview(read_day(given) if given else clock.jakarta_date(clock.now()))
        else:
            super().handle(*args, **options)

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        work = renewing.renew if options["again"] else renewing.renew_tonight
        try:
            return work(today=today, now=now)
        finally:
            bells.ring("coverage_renewed")

    def preview(self, today: date) -> None:
        """Say what a run of a day would do."""
        found = preview(today)
        say = self.stdout.write
        say(f"due on {today}: {found.due}")
        say(f"from credit and funds: {found.drawn} workers, {format_rupiah(found.drawn_price)}")
        say(f"by invoice: {found.invoiced} workers, {format_rupiah(found.invoiced_price)}")
        for donor in found.donors:
            say(f"  {donor.name}: {donor.workers} workers, {format_rupiah(donor.price)}")
        say(f"cannot be renewed: {found.refused}")
        for reason, count in found.reasons.items():
            say(f"  {reason}: {count}")
