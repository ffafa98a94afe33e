"""Months and cover: nothing twice, nothing unasked, cover as accepted, runs as bought."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

from contributions.checks.base import Check, ids, promised
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.covering import Span, spans_of
from contributions.services.recounting import COUNTED
from payments.models import Invoice
from workers.models import Enrollment

WORKERS_AT_ONCE = 2_000
Status = Contribution.Status


def _promises_without_invoice(now: datetime) -> list[int]:
    rows = Contribution.everything.filter(status=Status.PROMISED)
    return ids(rows.exclude(invoice__status=Invoice.Status.OPEN))


def _open_without_promises(now: datetime) -> list[int]:
    return ids(Invoice.everything.filter(~promised("invoice"), status=Invoice.Status.OPEN))


def _months_twice(now: datetime) -> list[int]:
    twice = (
        Contribution.everything.filter(status__in=BOUGHT)
        .order_by()
        .values("worker", "month")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
    )
    return [row["worker"] for row in twice]


def _days_twice(now: datetime) -> list[int]:
    """Bought months that overlap a later one of the same worker in days."""
    later = Contribution.everything.filter(
        worker=OuterRef("worker"),
        status__in=BOUGHT,
        covered_from__gte=OuterRef("covered_from"),
        covered_from__lte=OuterRef("covered_until"),
    ).exclude(pk=OuterRef("pk"))
    return ids(Contribution.everything.filter(Exists(later), status__in=BOUGHT))


def _wrong_coverage(now: datetime) -> list[int]:
    """Workers whose spans are not what their accepted months make."""
    wrong = []
    for low, high in _worker_ranges():
        months: dict[int, list[tuple[date, date, datetime | None]]] = defaultdict(list)
        accepted = Contribution.everything.filter(
            worker__gte=low, worker__lte=high, status=Status.ACCEPTED
        )
        for worker, first, last, starts_at in accepted.values_list(
            "worker", "covered_from", "covered_until", "starts_at"
        ):
            if first and last:
                months[worker].append((first, last, starts_at))
        spans: dict[int, list[Span]] = defaultdict(list)
        rows = Coverage.objects.filter(worker__gte=low, worker__lte=high)
        for row in rows.order_by("worker", "covered_from"):
            spans[row.worker_id].append(Span(row.covered_from, row.covered_until, row.starts_at))
        wrong += [pk for pk in months.keys() | spans.keys() if spans_of(months[pk]) != spans[pk]]
    return sorted(wrong)


def _worker_ranges() -> Iterator[tuple[int, int]]:
    """Cut the workers who have months or spans into ranges of ids."""
    ids = set(Contribution.everything.order_by().values_list("worker", flat=True).distinct())
    ids |= set(Coverage.objects.order_by().values_list("worker", flat=True).distinct())
    ordered = sorted(ids)
    for start in range(0, len(ordered), WORKERS_AT_ONCE):
        part = ordered[start : start + WORKERS_AT_ONCE]
        yield part[0], part[-1]


def _active_without_approval(now: datetime) -> list[int]:
    active = Sponsorship.everything.filter(status=Sponsorship.Status.ACTIVE)
    return ids(active.exclude(enrollment__status=Enrollment.Status.APPROVED))


def _wrong_runs(now: datetime) -> list[int]:
    """Sponsorships whose paid days are not those of their last bought month."""
    bought = Contribution.everything.filter(sponsorship=OuterRef("pk"), status__in=COUNTED)
    last = bought.order_by().values("sponsorship").annotate(day=Max("covered_until"))
    rows = Sponsorship.everything.annotate(last=Subquery(last.values("day")))
    same = Q(paid_until=F("last")) | Q(paid_until__isnull=True, last__isnull=True)
    return ids(rows.exclude(same))


CHECKS = (
    Check("promise", "A promised month has no open invoice; months", _promises_without_invoice),
    Check("open", "An open invoice asks for nothing; invoices", _open_without_promises),
    Check("month", "A month was bought twice; workers", _months_twice),
    Check("days", "Bought months overlap; months", _days_twice),
    Check("coverage", "Cover differs from the accepted months; workers", _wrong_coverage),
    Check("approval", "An active sponsorship lacks its approval", _active_without_approval),
    Check("run", "Paid days differ from the bought months; sponsorships", _wrong_runs),
)
