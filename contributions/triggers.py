"""What a month points at is there: its worker, sponsorship, invoice, posting, remittance.

SQLite keeps its foreign keys. On PostgreSQL they are checked row by row, a lookup and a lock
for each, which a night of many thousand months feels; there triggers promise the same, once
a statement:

* months that are inserted are looked up together, and an update only where it moves one;
* whoever deletes a parent, which no service does, waits until no transaction writes months,
  lets nobody write any until his own ends, and is refused while a month points at it.

Each raises a foreign key violation (IntegrityError), at once and not at the commit. They are
no part of a migration, as the other triggers (`bricks.triggers`), and are installed at every
`post_migrate`, in the transaction in which the foreign keys go.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bricks.engine import is_postgres

TABLE = "contributions_contribution"
#: The table that each column points at.
PARENTS = {
    "worker_id": "workers_worker",
    "sponsorship_id": "contributions_sponsorship",
    "invoice_id": "payments_invoice",
    "posting_id": "payments_posting",
    "remittance_id": "contributions_remittance",
}
#: Many months share one of these: each is looked up once.
SHARED = ("invoice_id", "posting_id", "remittance_id")
INSERTED, MOVED, PARENT_GOES, PARENT_MOVES = (
    f"month_has_parents_{event}" for event in ("insert", "update", "parent_delete", "parent_update")
)

# Scalar questions, not joins: a plan kept for one row then serves ten thousand as well.
_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{checks}
    RETURN NULL;
END $$
"""
_REFUSE = """
        RAISE EXCEPTION 'a month points at no row of {parent} ({column})'
            USING ERRCODE = 'foreign_key_violation';
    END IF;"""
_ADDED = """
    IF EXISTS (SELECT 1 FROM {added} WHERE {column} IS NOT NULL
               AND (SELECT p.id FROM {parent} p WHERE p.id = {column}) IS NULL) THEN"""
_CHANGED = """
    IF NEW.{column} IS DISTINCT FROM OLD.{column} AND NEW.{column} IS NOT NULL
       AND (SELECT p.id FROM {parent} p WHERE p.id = NEW.{column}) IS NULL THEN"""
_GOES = """
    IF TG_TABLE_NAME = '{parent}' THEN
        LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;
        IF EXISTS (SELECT 1 FROM {table} c WHERE c.{column} = OLD.id) THEN
            RAISE EXCEPTION 'a month points at this row of {parent}'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;"""
_FOREIGN_KEYS = """
SELECT DISTINCT k.conname FROM pg_constraint k
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'f' AND k.conrelid = to_regclass(%s) AND a.attname = ANY (%s)
"""
_INSTALLED = """
SELECT COUNT(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND t.tgenabled <> 'D' AND t.tgname = ANY (%s)
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Let triggers guard what months point at, and drop the foreign keys that did; safe to
    repeat. Nothing to do on SQLite, or before the tables stand."""
    tables = {TABLE, *PARENTS.values()}
    if not is_postgres(connection) or not tables.issubset(connection.introspection.table_names()):
        return
    keys = _foreign_keys(connection)
    names = [INSERTED, MOVED, PARENT_GOES, PARENT_MOVES]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Always, so that a later wording takes the place of an earlier one.
        for statement in _functions():
            cursor.execute(statement)
        cursor.execute(_INSTALLED, [names])
        if cursor.fetchone()[0] != 2 + 2 * len(PARENTS):
            for statement in _triggers():
                cursor.execute(statement)
        for key in keys:
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {connection.ops.quote_name(key)}")


def _foreign_keys(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN_KEYS, [TABLE, list(PARENTS)])
        return [row[0] for row in cursor.fetchall()]


def _functions() -> list[str]:
    checks = {
        INSERTED: "".join(_check_of_added(column) for column in PARENTS),
        MOVED: "".join(
            _CHANGED.format(column=column, parent=parent)
            + _REFUSE.format(column=column, parent=parent)
            for column, parent in PARENTS.items()
        ),
        PARENT_GOES: "".join(
            _GOES.format(table=TABLE, column=column, parent=parent)
            for column, parent in PARENTS.items()
        ),
    }
    return [_FUNCTION.format(name=name, checks=text) for name, text in checks.items()]


def _triggers() -> list[str]:
    made = []
    moved = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in PARENTS)
    made += _trigger(
        INSERTED, TABLE, "AFTER INSERT", "REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
    )
    made += _trigger(
        MOVED, TABLE, f"AFTER UPDATE OF {', '.join(PARENTS)}", f"FOR EACH ROW WHEN ({moved})"
    )
    for parent in PARENTS.values():
        made += _trigger(PARENT_GOES, parent, "AFTER DELETE", "FOR EACH ROW")
        made += _trigger(
            PARENT_MOVES,
            parent,
            "AFTER UPDATE OF id",
            "FOR EACH ROW WHEN (NEW.id IS DISTINCT FROM OLD.id)",
            function=PARENT_GOES,
        )
    return made


def _check_of_added(column: str) -> str:
    added = "added"
    if column in SHARED:
        added = f"(SELECT DISTINCT {column} FROM added) seen"  # noqa: S608 - our own names
    words = {"column": column, "parent": PARENTS[column]}
    return _ADDED.format(added=added, **words) + _REFUSE.format(**words)


def _trigger(name: str, table: str, event: str, each: str, *, function: str = "") -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {event} ON {table} {each} EXECUTE FUNCTION {function or name}()",
    ]
