"""The one lock of this floor: the workers' rows, in order of id (house section 5).

Whoever decides by what the bank says of a payment holds that payment's row before them.
"""

from collections.abc import Iterable

from django.db import connection

from bricks.engine import is_postgres
from payments.models import Payment
from workers.models import Worker

_LOCK = """
SELECT array_agg(id)::text FROM (
  SELECT id FROM workers_worker WHERE id IN ({rows}) ORDER BY id FOR NO KEY UPDATE) held
"""


def hold_payments(payment_ids: Iterable[int | None]) -> None:
    """Hold these payments' rows until the caller's transaction ends, so that the bank takes
    none of them back meanwhile. Called before `lock_workers`; what is not known is left."""
    ids = {pk for pk in payment_ids if pk is not None}
    rows = Payment.everything.filter(pk__in=ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_workers(worker_ids: Iterable[int]) -> None:
    """Hold these workers' rows until the caller's transaction ends, waiting for others.

    Whoever buys, releases or undoes months calls it first, before any other row is
    touched (after the payment that it claims), so that two jobs never wait in a ring.
    On SQLite the transaction itself (IMMEDIATE) is the lock.
    """
    rows = Worker.everything.filter(pk__in=set(worker_ids)).order_by("pk")
    # Not FOR UPDATE: rows that only point at a worker may still be written.
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_workers_of(rows: str) -> str | None:
    """The same of the workers whom a piece of SQL selects; return their ids as PostgreSQL
    writes an array, or None where the transaction itself is the lock.

    For jobs of many thousand rows: `rows` is a question of ids, written by the job itself.
    What it asks may have changed by the time the lock is there: ask again, of those only.
    """
    if not is_postgres(connection):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(rows=rows))
        return cursor.fetchone()[0] or "{}"
