"""The ledger is append-only: a correction is an opposite posting, never an edit.

A closed month takes no posting any more, and is never opened again. On PostgreSQL a
posting holds a shared lock until its transaction ends, so that whoever must see all
postings of a month (`ledger.hold_postings`) waits for those on their way; SQLite lets in
one writer at a time.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from bricks.engine import is_postgres
from bricks.triggers import drop_append_only, install_append_only

TABLES = ("payments_posting", "payments_transfer", "payments_closedmonth")
GUARD = "closed_month_payments_posting"
#: Names the lock of postings among the advisory locks of the database.
LOCK = 7_356_201

_REFUSAL = "the month of this posting is closed"
_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION closed_month_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({LOCK});
    IF EXISTS (SELECT 1 FROM payments_closedmonth WHERE ends_at > NEW.posted_at) THEN
        RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""  # noqa: S608 (our own names)
_POSTGRES_GUARD = f"""
CREATE TRIGGER {GUARD} BEFORE INSERT ON payments_posting
FOR EACH ROW EXECUTE FUNCTION closed_month_refuse()
"""
# Instants are texts of one shape and in UTC, so that their order is that of time.
_SQLITE_GUARD = f"""
CREATE TRIGGER {GUARD} BEFORE INSERT ON payments_posting
WHEN EXISTS (SELECT 1 FROM payments_closedmonth WHERE ends_at > NEW.posted_at)
BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
"""  # noqa: S608 (our own names)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse change and deletion of the ledger, and postings into closed
    months; safe to repeat."""
    install_append_only(connection, TABLES)
    tables = set(connection.introspection.table_names())
    if has_guard(connection) or not tables.issuperset(TABLES):
        return
    with connection.cursor() as cursor:
        if is_postgres(connection):
            cursor.execute(_POSTGRES_FUNCTION)
        cursor.execute(_POSTGRES_GUARD if is_postgres(connection) else _SQLITE_GUARD)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: only a flush of the tests needs that."""
    drop_append_only(connection, TABLES)
    drop_guard(connection)


def drop_guard(connection: BaseDatabaseWrapper) -> None:
    """Take the guard of closed months away, as before a migration: SQLite renames no table
    while a trigger names one that is being rebuilt."""
    if has_guard(connection):
        on = " ON payments_posting" if is_postgres(connection) else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {GUARD}{on}")


def has_guard(connection: BaseDatabaseWrapper) -> bool:
    """Read from the catalogue whether closed months refuse postings."""
    query = (
        "SELECT 1 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = current_schema() AND t.tgenabled <> 'D' AND t.tgname = %s"
        if is_postgres(connection)
        else "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [GUARD])
        return cursor.fetchone() is not None
