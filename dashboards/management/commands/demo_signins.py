from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role
from dashboards.demo import cast, story


class Command(BaseCommand):
    help = "Print the sign-ins of the demo, one per role, and both treasurers."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO is off: there are no demo sign-ins.")
        seen = set()
        rows = [(story.GIVERS[0].email, "Donatur")]
        rows += [(row.email, f"Donatur ({row.name})") for row in story.ORGANISATIONS]
        for member in cast.STAFF:
            # Of treasurers two: one confirms what the other has prepared.
            if member.kind not in seen or member.kind == Role.Kind.TREASURER:
                seen.add(member.kind)
                rows.append((member.email, str(Role.Kind(member.kind).label)))
        for email, role in rows:
            self.stdout.write(f"  {email:<30} {role}")
        self.stdout.write(f"  password: {cast.PASSWORD}")
