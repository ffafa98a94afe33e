from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from contributions import triggers


class ContributionsConfig(AppConfig):
    name = "contributions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(guard_months, sender=self)


def guard_months(using: str, **kwargs: Any) -> None:
    """Let the database see that what a month points at is there."""
    triggers.install(connections[using])
