"""Where SQLite and PostgreSQL differ, said once."""

from django.db.backends.base.base import BaseDatabaseWrapper


def is_postgres(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether a connection speaks to PostgreSQL (else it is SQLite)."""
    return connection.vendor == "postgresql"
