"""Append-only tables: the database itself refuses UPDATE, DELETE and TRUNCATE.

The triggers are no part of a migration, because a later constraint makes SQLite
rebuild its table and silently drops them: the app that owns a table installs them at
every `post_migrate`. They raise IntegrityError on both engines.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bricks.engine import is_postgres

PREFIX = "append_only"
FUNCTION = f"{PREFIX}_refuse"

_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# TRUNCATE has no rows, so its trigger is one for the statement.
_LEVELS = {"update": "ROW", "delete": "ROW", "truncate": "STATEMENT"}

_POSTGRES_CATALOGUE = """
SELECT c.relname, t.tgname FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND t.tgenabled <> 'D' AND t.tgname LIKE %s
"""
_SQLITE_CATALOGUE = (
    "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
)


def operations(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what an append-only table refuses on this engine (SQLite knows no TRUNCATE)."""
    return ["update", "delete", "truncate"] if is_postgres(connection) else ["update", "delete"]


def append_only_triggers(connection: BaseDatabaseWrapper) -> dict[str, set[str]]:
    """Read from the catalogue which tables refuse which operations."""
    query = _POSTGRES_CATALOGUE if is_postgres(connection) else _SQLITE_CATALOGUE
    guarded: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{PREFIX}_%"])
        for table, name in cursor.fetchall():
            guarded.setdefault(table, set()).add(name.rpartition("_")[2])
    return guarded


def install_append_only(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    """Make the tables append-only; what is guarded already, or absent, is left alone."""
    present = set(connection.introspection.table_names())
    missing = {
        table: [op for op in operations(connection) if op not in refused]
        for table, refused in _guards_of(connection, tables).items()
        if table in present
    }
    if not any(missing.values()):
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if is_postgres(connection):
            cursor.execute(_POSTGRES_FUNCTION)
        for table, wanted in missing.items():
            for operation in wanted:
                for statement in _creation(connection, table, operation):
                    cursor.execute(statement)


def drop_append_only(connection: BaseDatabaseWrapper, tables: Sequence[str] | None = None) -> None:
    """Take the triggers away, by default all of them: only a flush of the tests needs that."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table, refused in append_only_triggers(connection).items():
            if tables is None or table in tables:
                for operation in sorted(refused):
                    cursor.execute(_removal(connection, table, operation))


def _guards_of(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> Mapping[str, set[str]]:
    guarded = append_only_triggers(connection)
    return {table: guarded.get(table, set()) for table in tables}


def _creation(connection: BaseDatabaseWrapper, table: str, operation: str) -> list[str]:
    name, on = f"{PREFIX}_{table}_{operation}", connection.ops.quote_name(table)
    head = f"CREATE TRIGGER {name} BEFORE {operation.upper()} ON {on}"
    if is_postgres(connection):
        body = f"FOR EACH {_LEVELS[operation]} EXECUTE FUNCTION {FUNCTION}()"
        # One that was disabled by hand is replaced.
        return [_removal(connection, table, operation), f"{head} {body}"]
    refusal = f"{table} is append-only: {operation.upper()} refused"
    return [f"{head} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"]


def _removal(connection: BaseDatabaseWrapper, table: str, operation: str) -> str:
    name = f"{PREFIX}_{table}_{operation}"
    if is_postgres(connection):
        return f"DROP TRIGGER IF EXISTS {name} ON {connection.ops.quote_name(table)}"
    return f"DROP TRIGGER IF EXISTS {name}"
