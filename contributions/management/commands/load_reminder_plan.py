"""`manage.py load_reminder_plan`: the steps of the reminders, where there are none yet."""

from typing import Any

from django.core.management.base import BaseCommand

from contributions.services.reminder_plan import load_reminder_plan


class Command(BaseCommand):
    help = "Load the plan of reminders. A plan that head office has changed stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"reminder steps {load_reminder_plan():>7} written")
