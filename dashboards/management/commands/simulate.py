from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import date
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bricks.months import is_month
from dashboards.simulation.play import FIRST, Broken, Told, simulate
from dashboards.simulation.scratch import NotHere, refuse_inhabited, scratch_database
from notices.commands import read_day


class Command(BaseCommand):
    help = "Play months of donors, workers and banks on a scratch database; prove each day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--months", type=int, default=24)
        parser.add_argument("--workers", type=int, default=100)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--start", metavar="YYYY-MM-DD", help="first day, a first of a month")
        parser.add_argument(
            "--here", action="store_true", help="play in this demo's database, if it is empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first = self._first_day(options["start"])
        if options["months"] < 1 or options["workers"] < 1:
            raise CommandError("At least one month and one worker.")
        if not settings.DEMO:
            raise CommandError("DEMO is off: made-up people belong into a demo only.")
        if options["here"]:
            try:
                refuse_inhabited()
            except NotHere as error:
                raise CommandError(str(error)) from None
        place = nullcontext() if options["here"] else scratch_database()
        told, started = Told(), perf_counter()
        with place:
            try:
                simulate(
                    months=options["months"],
                    workers=options["workers"],
                    seed=options["seed"],
                    first=first,
                    told=told,
                )
            except Broken as broken:
                raise CommandError(str(broken)) from None
            finally:
                self._tell(told, perf_counter() - started)

    def _first_day(self, text: str | None) -> date:
        first = read_day(text) if text else FIRST
        if not is_month(first):
            raise CommandError("The first day is the first of a month.")
        return first

    def _tell(self, told: Told, seconds: float) -> None:
        for month, took in told.seconds.items():
            self.stdout.write(f"{month}: {took:.1f} s")
        for name, count in sorted(told.counts.items()):
            self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"{len(told.seconds)} months in {seconds:.0f} s")
