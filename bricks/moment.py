"""Many questions about one moment: what others write meanwhile is not seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from bricks.engine import is_postgres


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every question inside be answered as of the first one; nobody waits for it.

    For reading only. Inside a transaction it leaves that transaction's own view of things.
    """
    if connection.in_atomic_block:
        yield
    elif is_postgres(connection):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # `atomic` would begin as a writer here, and keep all others out.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
