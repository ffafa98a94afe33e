"""What is measured. Each returns the seconds it took and the rows that it touched."""

from collections.abc import Callable, Iterator
from time import perf_counter

from django.db import connection, transaction

from benchmarks.crowd import Crowd
from bricks.secrets import blind_index, seal, unseal
from contributions.models import Contribution
from contributions.selectors import cover_statuses, was_covered_on
from contributions.services.renewing import renew
from dashboards.services import rebuild_dashboards

Measure = Callable[[], tuple[float, int]]
SEALED = 10_000
PAGE = 50
QUESTIONS = 200


def of(crowd: Crowd) -> Iterator[tuple[str, Measure]]:
    """Yield the measures in the order in which they may run."""
    yield "seal and index a NIK", _sealing
    yield "was this worker covered on this date", lambda: _questions(crowd)
    yield f"cover of a page of {PAGE} workers", lambda: _page(crowd)
    yield "bare insert of a year of months", lambda: _bare_insert(crowd)
    yield "renew_coverage, a year for each worker", lambda: _renewal(crowd)
    yield "renew_coverage once more, nothing due", lambda: _renewal(crowd)
    yield "rebuild_dashboards, 13 months", lambda: _dashboards(crowd)


def _sealing() -> tuple[float, int]:
    started = perf_counter()
    for number in range(SEALED):
        text = f"{number:016}"
        blind_index(text, purpose="nik")
        unseal(seal(text, purpose="worker.nik"), purpose="worker.nik")
    return perf_counter() - started, SEALED


def _questions(crowd: Crowd) -> tuple[float, int]:
    asked = crowd.worker_ids[:: max(1, len(crowd.worker_ids) // QUESTIONS)]
    started = perf_counter()
    for worker in asked:
        was_covered_on(worker, crowd.today)
    return perf_counter() - started, len(asked)


def _page(crowd: Crowd) -> tuple[float, int]:
    started = perf_counter()
    cover_statuses(crowd.worker_ids[:PAGE], today=crowd.today)
    return perf_counter() - started, 1


_COPY = """
INSERT INTO contributions_contribution
  (worker_id, sponsorship_id, month, status, bracket, jkk, jkm, jht, legal_basis,
   core_receipt, core_reason)
SELECT worker_id, sponsorship_id, month, 'released', bracket, jkk, jkm, jht, legal_basis,
   '', '' FROM contributions_contribution WHERE status = 'accepted'
"""


def _bare_insert(crowd: Crowd) -> tuple[float, int]:
    """The limit to compare with: the same rows without any decision, then taken back."""
    with transaction.atomic():
        started = perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(_COPY)
            rows = cursor.rowcount
        seconds = perf_counter() - started
        transaction.set_rollback(True)
    return seconds, rows


def _renewal(crowd: Crowd) -> tuple[float, int]:
    before = Contribution.everything.count()
    started = perf_counter()
    renew(today=crowd.today, now=crowd.now)
    return perf_counter() - started, Contribution.everything.count() - before


def _dashboards(crowd: Crowd) -> tuple[float, int]:
    started = perf_counter()
    rebuild_dashboards(today=crowd.today, now=crowd.now)
    return perf_counter() - started, 1
