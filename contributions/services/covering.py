"""Coverage: the unbroken spans that accepted months make."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from bricks.months import ONE_DAY
from contributions.models import Contribution, Coverage

CHUNK = 500


@dataclass(frozen=True)
class Span:
    """An unbroken span of cover, both days inclusive."""

    covered_from: date
    covered_until: date
    starts_at: datetime | None


def spans_of(months: Iterable[tuple[date, date, datetime | None]]) -> list[Span]:
    """Join months, given by first day, last day and first minute, into unbroken spans.

    Months that touch or overlap join; a day between them splits.
    """
    spans: list[Span] = []
    for first, last, starts_at in sorted(months, key=lambda month: month[0]):
        if spans and first <= spans[-1].covered_until + ONE_DAY:
            before = spans.pop()
            until = max(before.covered_until, last)
            spans.append(Span(before.covered_from, until, before.starts_at))
        else:
            spans.append(Span(first, last, starts_at))
    return spans


def rebuild_coverage(*, worker_ids: Collection[int]) -> int:
    """Bring the coverage rows of these workers in line with their accepted months.

    Called in the transaction that accepts or undoes months, after `lock_workers`.
    Idempotent; rows that are right stay untouched. Returns how many rows changed.
    """
    changed = 0
    ids = sorted(set(worker_ids))
    with transaction.atomic():
        for start in range(0, len(ids), CHUNK):
            changed += _rebuild_chunk(ids[start : start + CHUNK])
    return changed


def _rebuild_chunk(ids: list[int]) -> int:
    months: dict[int, list[tuple[date, date, datetime | None]]] = defaultdict(list)
    accepted = Contribution.everything.filter(worker__in=ids, status=Contribution.Status.ACCEPTED)
    for worker, first, last, starts_at in accepted.values_list(
        "worker", "covered_from", "covered_until", "starts_at"
    ):
        if first and last:
            months[worker].append((first, last, starts_at))
    wanted = {(worker, span) for worker in ids for span in spans_of(months[worker])}
    present = {
        (row.worker_id, Span(row.covered_from, row.covered_until, row.starts_at)): row.pk
        for row in Coverage.objects.filter(worker__in=ids)
    }
    wrong = [pk for key, pk in present.items() if key not in wanted]
    missing = sorted(wanted - present.keys(), key=lambda key: (key[0], key[1].covered_from))
    Coverage.objects.filter(pk__in=wrong).delete()
    Coverage.objects.bulk_create(
        Coverage(
            worker_id=worker,
            covered_from=span.covered_from,
            covered_until=span.covered_until,
            starts_at=span.starts_at,
        )
        for worker, span in missing
    )
    return len(wrong) + len(missing)
