from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from dashboards.demo.loading import load_demo
from notices.commands import read_day


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
        for name, count in load_demo(now=now).items():
            self.stdout.write(f"{name}: {count}")
