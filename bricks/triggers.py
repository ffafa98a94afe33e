"""Append-only tables: the database itself refuses UPDATE, DELETE and TRUNCATE.

The triggers are no part of a migration, because a later constraint makes SQLite
rebuild its table and silently drops them: the app that owns a table installs them at
every `post_migrate`. They raise IntegrityError on both engines.

A rotation of keys must write sealed columns anew: a table may name columns that its
UPDATE trigger leaves open; every other column stays guarded.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

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
# Of each UPDATE trigger the columns that it names; one that names none guards all.
_POSTGRES_COLUMNS = """
SELECT c.relname, a.attname FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (t.tgattr::int2[])
WHERE n.nspname = current_schema() AND t.tgenabled <> 'D' AND t.tgname LIKE %s
"""
_SQLITE_COLUMNS = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
# By these names SQLite lets the primary key be written as well.
_ROW_NUMBERS = ["_rowid_", "oid", "rowid"]
_NAMED = re.compile(r"BEFORE UPDATE OF (.+?) ON ", re.DOTALL)


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


def rewritable_columns(connection: BaseDatabaseWrapper) -> dict[str, set[str]]:
    """Read from the catalogue which columns of guarded tables may be written anew."""
    return {
        table: _columns(connection, table) - named
        for table, named in _named_columns(connection).items()
    }


def install_append_only(
    connection: BaseDatabaseWrapper,
    tables: Iterable[str],
    *,
    rewritable: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Make the tables append-only; what is guarded as asked already, or absent, is left alone.

    `rewritable` names per table the columns that may be written anew. An UPDATE trigger
    that leaves other columns open is replaced.
    """
    present = set(connection.introspection.table_names())
    asked = {table: set((rewritable or {}).get(table, ())) for table in tables if table in present}
    found, left_open = append_only_triggers(connection), rewritable_columns(connection)
    missing = {
        table: [
            operation
            for operation in operations(connection)
            if operation not in found.get(table, set())
            or (operation == "update" and left_open.get(table, set()) != columns)
        ]
        for table, columns in asked.items()
    }
    if not any(missing.values()):
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if is_postgres(connection):
            cursor.execute(_POSTGRES_FUNCTION)
        for table, wanted in missing.items():
            for operation in wanted:
                cursor.execute(_removal(connection, table, operation))
                cursor.execute(_creation(connection, table, operation, asked[table]))


def drop_append_only(connection: BaseDatabaseWrapper, tables: Sequence[str] | None = None) -> None:
    """Take the triggers away, by default all of them: only a flush of the tests needs that."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table, refused in append_only_triggers(connection).items():
            if tables is None or table in tables:
                for operation in sorted(refused):
                    cursor.execute(_removal(connection, table, operation))


def _columns(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {str(c.name) for c in connection.introspection.get_table_description(cursor, table)}


def _named_columns(connection: BaseDatabaseWrapper) -> dict[str, set[str]]:
    """Return per table the columns that its UPDATE trigger names, where it names any."""
    query = _POSTGRES_COLUMNS if is_postgres(connection) else _SQLITE_COLUMNS
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{PREFIX}_%_update"])
        found = cursor.fetchall()
    named: dict[str, set[str]] = {}
    for table, told in found:
        if is_postgres(connection):
            named.setdefault(table, set()).add(told)
        elif match := _NAMED.search(told):
            named[table] = {column.strip(' "') for column in match[1].split(",")}
    return named


def _creation(
    connection: BaseDatabaseWrapper, table: str, operation: str, left_open: set[str]
) -> str:
    name, on = f"{PREFIX}_{table}_{operation}", connection.ops.quote_name(table)
    event = operation.upper()
    if operation == "update" and left_open:
        guarded = sorted(_columns(connection, table) - left_open)
        guarded += [] if is_postgres(connection) else _ROW_NUMBERS
        event += " OF " + ", ".join(connection.ops.quote_name(column) for column in guarded)
    head = f"CREATE TRIGGER {name} BEFORE {event} ON {on}"
    if is_postgres(connection):
        return f"{head} FOR EACH {_LEVELS[operation]} EXECUTE FUNCTION {FUNCTION}()"
    refusal = f"{table} is append-only: {operation.upper()} refused"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"


def _removal(connection: BaseDatabaseWrapper, table: str, operation: str) -> str:
    name = f"{PREFIX}_{table}_{operation}"
    if is_postgres(connection):
        return f"DROP TRIGGER IF EXISTS {name} ON {connection.ops.quote_name(table)}"
    return f"DROP TRIGGER IF EXISTS {name}"
