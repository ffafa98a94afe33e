from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from bricks.triggers import install_append_only

#: The two logs, which nobody may rewrite.
APPEND_ONLY = ("accounts_auditevent", "accounts_viewlog")
#: What a rotation of keys writes anew (`manage.py rotate_keys`), and what is forgotten with the
#: case that it told of (`audit.forget_personal`); no other column ever changes.
RESEALED = {"accounts_auditevent": ("personal",)}


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(guard_logs, sender=self)


def guard_logs(using: str, **kwargs: Any) -> None:
    """Make the logs append-only; a rebuilt table of SQLite has lost its triggers."""
    install_append_only(connections[using], APPEND_ONLY, rewritable=RESEALED)
