from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from dashboards.demo.loading import DemoCutOff, load_demo
from notices.commands import read_day

CUT_OFF = "The demo was cut off while it loaded. Remove the folder var/ and start again."


class Command(BaseCommand):
    help = "Fill a demo with donors and workers in every state. Only where DEMO is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", metavar="YYYY-MM-DD", help="business day, Asia/Jakarta")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO is off: made-up people belong into a demo only.")
        given = options["today"]
        now = clock.noon(read_day(given)) if given else clock.now()
        call_command("load_figures", verbosity=0)
        try:
            counts = load_demo(now=now)
        except DemoCutOff:
            raise CommandError(CUT_OFF) from None
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count}")
