"""Bring database and texts to where the code is; safe to run at every deployment."""

from typing import Any

from django.core.management.base import BaseCommand

from sertakan import preparing


class Command(BaseCommand):
    help = "Migrate, and load areas, offices and tariffs (and the demo where DEMO is on)."

    def handle(self, *args: Any, **options: Any) -> None:
        preparing.prepare(self.stdout.write)
