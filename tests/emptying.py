"""The end of a test with real transactions: what it filled is emptied, past the triggers.

Django's own flush truncates every table, makes content types and permissions anew, and
would be refused by the append-only triggers: a second each on PostgreSQL, for a few rows.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bricks.engine import is_postgres
from bricks.triggers import (
    append_only_triggers,
    drop_append_only,
    install_append_only,
    rewritable_columns,
)

#: What migrating makes, and no test changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete every row that a test has left; triggers stand afterwards as before."""
    tables = _filled(connection)
    if is_postgres(connection):
        _empty_postgres(connection, tables)
    else:
        _empty_sqlite(connection, tables)


def _filled(connection: BaseDatabaseWrapper) -> list[str]:
    names = sorted(set(connection.introspection.table_names()) - KEPT)
    quote = connection.ops.quote_name
    looks = [f"SELECT '{n}' WHERE EXISTS (SELECT 1 FROM {quote(n)})" for n in names]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [row[0] for row in cursor.fetchall()]


def _empty_postgres(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    quoted = [connection.ops.quote_name(table) for table in tables]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table in quoted:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table in quoted:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        # Foreign keys are checked here: a table with checks to come can't be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in quoted:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _empty_sqlite(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    guarded, left_open = append_only_triggers(connection), rewritable_columns(connection)
    ours = [table for table in tables if table in guarded]
    with connection.constraint_checks_disabled():
        drop_append_only(connection, ours)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for table in map(connection.ops.quote_name, tables):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        install_append_only(connection, ours, rewritable=left_open)
