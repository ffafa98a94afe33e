"""`manage.py load_occupations`: the list of jobs from `workers/data`."""

from typing import Any

from django.core.management.base import BaseCommand

from workers.services.occupations import load_occupations


class Command(BaseCommand):
    help = "Load the list of jobs. Runs as often as you like; writes what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_occupations()
        self.stdout.write(f"{'occupations':<17}{count.read:>7} read {count.written:>7} written")
