"""One statement for many rows: a statement that names its rows as VALUES, in chunks."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection

#: Rows a statement: far below the number of parameters that either engine takes.
CHUNK = 1_000


def run_with_rows(
    sql: str,
    rows: Sequence[tuple[Any, ...]],
    *,
    before: Sequence[Any] = (),
    chunk: int = CHUNK,
) -> int:
    """Run a statement whose `{rows}` are the rows of a VALUES list; return how many it touched.

    Their columns are named column1, column2 .. on both engines. `before` holds the
    parameters that stand before the rows. Rows bear integers, texts and dates, and
    none is empty: PostgreSQL could not tell its type.
    """
    touched = 0
    with connection.cursor() as cursor:
        for some in chunks(rows, chunk):
            marks = ", ".join("(" + ", ".join(["%s"] * len(row)) + ")" for row in some)
            values = [_adapted(value) for row in some for value in row]
            cursor.execute(sql.format(rows=marks), [*before, *values])
            touched += cursor.rowcount
    return touched


def chunks(rows: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """Return the rows in their order, `size` at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
