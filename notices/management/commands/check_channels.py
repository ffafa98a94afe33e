"""`manage.py check_channels`: for whatever watches the machine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from notices.channel_health import Health, health_of_channels


class Command(BaseCommand):
    help = "Fails if messages wait and nothing goes out."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per channel; exit with an error where one is silent."""
        health = health_of_channels(now=clock.now())
        for row in health.channels:
            last = f"{row.last_success:%Y-%m-%d %H:%M}" if row.last_success else "never"
            state = "SILENT" if row.is_silent else "ok"
            self.stdout.write(
                f"{row.channel}: {state}, {row.waiting} waiting, last success {last} UTC, "
                f"{row.failed} failed in 24 h"
            )
        if not health.is_well:
            raise CommandError(_why(health))


def _why(health: Health) -> str:
    if health.is_sender_dead:
        return "messages wait and the sender does not run"
    names = ", ".join(row.channel for row in health.channels if row.is_silent)
    return f"messages wait and nothing goes out by: {names}"
