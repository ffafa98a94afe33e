"""The night of the renewal: everybody's month is due at once.

    make bench ONLY=renewal SIZE=100000

The whole work is measured: the plan, contributions, invoices or draws on credit, postings,
dates of cover, one message per donor, an outcome row for each refusal. The process is warm,
as a worker's is: it has written an address before. On PostgreSQL a second worker takes chunks
beside it, as WORKER_CONCURRENCY=2 has it. There, in the same run, a bare `INSERT .. SELECT` of
as many rows into a small fixed table (before and after) and the same renewal as a loop over
objects (on a sample) stand beside it. On SQLite a visitor asks for pages meanwhile, and one in
ten of his requests writes.
"""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.urls import reverse

from benchmarks.helper import Helper
from benchmarks.memory import forget_peak, peak_mb
from benchmarks.rivals import bare_insert, orm_loop
from benchmarks.throng import BASE, MONTH, Throng, gather
from benchmarks.visitor import Visitor
from bricks.engine import is_postgres
from contributions.models import (
    Contribution,
    RenewalAsk,
    RenewalChunk,
    RenewalOutcome,
    Sponsorship,
)
from contributions.services.renewing import renew_tonight
from notices.models import Message

SIZE = 10_000
#: More on SQLite than one machine's portal has.
MOST_ON_SQLITE = 100_000
SAMPLE = 200
#: So long before, cover of a month still has more than its lead to run.
EARLIER = timedelta(10)
BARE_TIMES = 2
Say = Callable[[str], Any]


class NotRenewed(Exception):
    """The renewal did not do its whole work: there is nothing to measure."""


def run(size: int, say: Say) -> None:
    """Gather a throng, renew it, and say how that went."""
    size = size if is_postgres(connection) else min(size, MOST_ON_SQLITE)
    engine = "postgres" if is_postgres(connection) else "sqlite"

    def figure(name: str, value: float, unit: str = "") -> None:
        shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
        say(f"renewal.{engine}.{size}.{name} {shown} {unit}".rstrip())

    started = perf_counter()
    throng = gather(size)
    say(f"{size:,} sponsorships of {throng.donors:,} donors made in {_since(started):.0f} s")
    reverse("credit")
    _nothing_due(throng, figure)
    # A forked child bears its parent's peak, and what ran before has its own.
    forget_peak()
    if is_postgres(connection):
        _against_rivals(throng, figure)
    else:
        _beside_visitor(throng, figure)
    _nothing_to_do(throng, figure)


def _against_rivals(throng: Throng, figure: Callable[..., None]) -> None:
    due = throng.size - throng.refused
    loop = orm_loop(throng, min(SAMPLE, throng.size))
    bare = [bare_insert(throng, due) for _ in range(BARE_TIMES)]
    with Helper(throng.now) as helper:
        seconds = _renewal(throng, helper)
        memory = max(peak_mb(), helper.memory_mb)
    bare += [bare_insert(throng, due) for _ in range(BARE_TIMES)]
    rate, limit = due / seconds, due / median(bare)
    figure("rate", rate, "months/s")
    figure("bare_insert", limit, "rows/s")
    figure("orm_loop", loop, "months/s")
    figure("vs_bare_insert", rate / limit)
    figure("vs_orm_loop", rate / loop)
    figure("chunks", RenewalChunk.objects.count())
    figure("memory_mb", memory, "MB")
    figure("bytes_per_month", _bytes_per_month(), "bytes")


def _beside_visitor(throng: Throng, figure: Callable[..., None]) -> None:
    with Visitor(BASE) as visitor:
        seconds = _renewal(throng)
    asked = visitor.asked
    figure("rate", (throng.size - throng.refused) / seconds, "months/s")
    figure("chunks", RenewalChunk.objects.count())
    figure("memory_mb", peak_mb(), "MB")
    figure("pages", len(asked.reads) + len(asked.writes))
    figure("page_median_ms", median(asked.reads), "ms")
    figure("page_p99_ms", asked.p99_ms, "ms")
    figure("page_worst_ms", asked.worst_ms, "ms")


def _nothing_due(throng: Throng, figure: Callable[..., None]) -> None:
    """Start on a day on which nobody's time has come yet: the first start of that day."""
    day = throng.today - EARLIER
    started = perf_counter()
    renew_tonight(today=day, now=throng.now - EARLIER)
    figure("nothing_due_ms", _since(started) * 1000, "ms")
    if RenewalChunk.objects.exists():
        raise NotRenewed("something was due already")


def _nothing_to_do(throng: Throng, figure: Callable[..., None]) -> None:
    """Start again on the same day; then on the next, which asks anew for those refused."""
    months = Contribution.everything.count()
    for name, day in (("idle_ms", throng.today), ("next_day_ms", throng.today + timedelta(1))):
        started = perf_counter()
        renew_tonight(today=day, now=throng.now + (day - throng.today))
        figure(name, _since(started) * 1000, "ms")
    if Contribution.everything.count() != months:
        raise NotRenewed("a second start renewed something")


def _renewal(throng: Throng, helper: Helper | None = None) -> float:
    """Renew everything once, see that it was done, and return the seconds it took."""
    before = Contribution.everything.count()
    started = perf_counter()
    renew_tonight(today=throng.today, now=throng.now)
    if helper:
        helper.wait()
    seconds = _since(started)
    _check(throng, Contribution.everything.count() - before)
    return seconds


def _check(throng: Throng, months: int) -> None:
    """Each sponsorship has its month or its reason, each donor his invoice and his message."""
    due = throng.size - throng.refused
    paid = Sponsorship.everything.filter(renews=True, paid_until__gte=MONTH)
    found = {
        "months": (months, due),
        "outcomes": (RenewalOutcome.everything.count(), throng.refused),
        "donors told": (Message.objects.count(), throng.donors),
        "drawn": (paid.count(), throng.drawn),
        "asked": (RenewalAsk.objects.filter(invoice__isnull=False).count(), throng.donors),
    }
    wrong = {what: pair for what, pair in found.items() if pair[0] != pair[1]}
    if wrong:
        raise NotRenewed(f"found and expected: {wrong}")


def _bytes_per_month() -> float:
    """What a month takes on disk, with all its indexes."""
    table = Contribution._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
        (size,) = cursor.fetchone()
    return size / max(Contribution.everything.count(), 1)


def _since(started: float) -> float:
    return perf_counter() - started
