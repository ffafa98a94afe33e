"""`make bench`: how long the jobs and questions take that grow with the portal.

    python -m benchmarks [workers]
    python -m benchmarks duplicates [people, asked of ten times as many workers]
    python -m benchmarks desk [open cases]
    python -m benchmarks papers [certificates]
    python -m benchmarks ledger [postings]
    python -m benchmarks webhooks [how many]
    python -m benchmarks settlements [lines of the largest invoice]

Each line is one measurement on this machine; the rate of a bare insert into the same
table stands beside the renewal, because a machine's speed alone says nothing.
"""

import sys
from collections.abc import Callable
from time import perf_counter

from tests import environment

environment.prepare()

import django  # noqa: E402  (the environment comes first)
from django.db import connection  # noqa: E402

django.setup()

from benchmarks import crowd, desk, duplicates, ledger, measures, papers, settlements, webhooks  # noqa: E402
from sertakan.celery import app  # noqa: E402

WORKERS = 5_000
PEOPLE = 100_000


def report(name: str, measure: Callable[[], tuple[float, int]]) -> None:
    """Print how long a measure took, for how many rows."""
    seconds, rows = measure()
    rate = f"{rows / seconds:>12,.0f} rows/s" if rows > 1 else ""
    print(f"{name:<44}{seconds * 1000:>10,.1f} ms{rate}", flush=True)


def everything(workers: int) -> None:
    """Gather a crowd and take every measure of it."""
    started = perf_counter()
    people = crowd.gather(workers)
    print(f"{connection.vendor}, {workers:,} workers made in {perf_counter() - started:.1f} s\n")
    for title, measure in measures.of(people):
        report(title, measure)


def main(name: str = "", size: str = "") -> None:
    """Fill a scratch database of this run's engine, measure, and remove it."""
    # Bells ring into the broker, as in the portal: their jobs are not measured here.
    app.conf.task_always_eager = False
    database = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        if name == "duplicates":
            duplicates.run(int(size or PEOPLE), lambda text: print(text, end="", flush=True))
        elif name == "ledger":
            ledger.run(int(size or ledger.POSTINGS), lambda text: print(text, end="", flush=True))
        elif name == "desk":
            desk.everything(int(size or desk.CASES))
        elif name == "papers":
            papers.everything(int(size or papers.CERTIFICATES))
        elif name == "webhooks":
            webhooks.everything(int(size or webhooks.EVENTS))
        elif name == "settlements":
            settlements.everything(int(size or settlements.LINES))
        else:
            everything(int(name or WORKERS))
    finally:
        connection.creation.destroy_test_db(database, verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
