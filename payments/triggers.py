"""The ledger is append-only: a correction is an opposite posting, never an edit."""

from django.db.backends.base.base import BaseDatabaseWrapper

from bricks.triggers import drop_append_only, install_append_only

TABLES = ("payments_posting", "payments_transfer")


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse change and deletion of the ledger; safe to repeat."""
    install_append_only(connection, TABLES)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: only a flush of the tests needs that."""
    drop_append_only(connection, TABLES)
