"""`manage.py load_regions`: areas, offices and holidays from `regions/data`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from regions import services


class Command(BaseCommand):
    help = "Load areas, offices and holidays. Runs as often as you like; writes what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--provinces", help="only these, by code with commas between them: 16,19,12"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = options["provinces"]
        codes = {code.strip() for code in chosen.split(",")} if chosen else None
        try:
            counts = services.load_areas(province_codes=codes)
        except services.UnknownProvince as error:
            raise CommandError(f"no such province: {error}") from error
        counts |= services.load_offices()
        counts["holidays"] = services.load_holidays()
        for name, count in counts.items():
            self.stdout.write(f"{name:<17}{count.read:>7} read {count.written:>7} written")
