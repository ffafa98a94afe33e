from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from dashboards import figure_files, services


class Command(BaseCommand):
    help = "Load BPJS's own figures and the targets of areas, each with its source and date."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = services.load_figures(
                figures=figure_files.read_official_figures(),
                targets=figure_files.read_targets(),
                now=clock.now(),
            )
        except figure_files.BadFigure as error:
            raise CommandError(str(error)) from error
        except services.AreaNotLoaded as error:
            raise CommandError(f"Load the areas first (load_regions): {error}") from error
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count}")
