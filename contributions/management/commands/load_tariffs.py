"""`manage.py load_tariffs`: occupations, brackets, tariffs, reliefs and derived tables."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from contributions.services.pricing import load_tariffs


class Command(BaseCommand):
    help = "Load occupations and tariffs. Runs as often as you like; writes what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_occupations", stdout=self.stdout)
        for name, count in load_tariffs().items():
            self.stdout.write(f"{name:<17}{count.read:>7} read {count.written:>7} written")
