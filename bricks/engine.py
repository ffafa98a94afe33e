"""Where SQLite and PostgreSQL differ, said once."""

from time import sleep

from django.db.backends.base.base import BaseDatabaseWrapper

#: SQLite has one writer: so long a page may write between two steps of a long job.
PAUSE_SECONDS = 0.05


def is_postgres(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether a connection speaks to PostgreSQL (else it is SQLite)."""
    return connection.vendor == "postgresql"


def favour_bulk(connection: BaseDatabaseWrapper) -> None:
    """Let the large statements of this transaction sort and hash in memory, and be run at
    once instead of compiled first. Nothing to do on SQLite."""
    if is_postgres(connection):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")


def let_others_write(connection: BaseDatabaseWrapper) -> None:
    """Between two transactions of a long job: let a page write, where only one can."""
    if not is_postgres(connection):
        sleep(PAUSE_SECONDS)
