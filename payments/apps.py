from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from payments import triggers


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(free_ledger, sender=self)
        post_migrate.connect(guard_ledger, sender=self)


def free_ledger(using: str, **kwargs: Any) -> None:
    """Let migrations rebuild what the guard of closed months names."""
    triggers.drop_guard(connections[using])


def guard_ledger(using: str, **kwargs: Any) -> None:
    """Make the ledger append-only; a rebuilt table of SQLite has lost its triggers."""
    triggers.install(connections[using])
