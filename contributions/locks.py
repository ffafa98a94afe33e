"""The one lock of this floor: the workers' rows, in order of id (house section 5)."""

from collections.abc import Iterable

from workers.models import Worker


def lock_workers(worker_ids: Iterable[int]) -> None:
    """Hold these workers' rows until the caller's transaction ends, waiting for others.

    Whoever buys, releases or undoes months calls it first, before any other row is
    touched (after the payment that it claims), so that two jobs never wait in a ring.
    On SQLite the transaction itself (IMMEDIATE) is the lock.
    """
    rows = Worker.everything.filter(pk__in=set(worker_ids)).order_by("pk")
    # Not FOR UPDATE: rows that only point at a worker may still be written.
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
