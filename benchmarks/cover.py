"""Everyday questions and jobs over the cover of some thousand workers."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db import connection

from benchmarks import crowd, measures

SIZE = 5_000


def run(workers: int, say: Callable[[str], Any]) -> None:
    """Gather a crowd and take every measure of it.

    The rate of a bare insert into the same table stands beside the renewal, because a
    machine's speed alone says nothing.
    """
    started = perf_counter()
    people = crowd.gather(workers)
    say(f"{connection.vendor}, {workers:,} workers made in {perf_counter() - started:.1f} s\n")
    for title, measure in measures.of(people):
        seconds, rows = measure()
        rate = f"{rows / seconds:>12,.0f} rows/s" if rows > 1 else ""
        say(f"{title:<44}{seconds * 1000:>10,.1f} ms{rate}")
