"""The branch's desk of months that BPJS refused, or has not accepted in time (P1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, QuerySet, Subquery, Sum

from bricks.clock import jakarta_date
from contributions import selectors
from contributions.models import Contribution, Remittance
from workers.models import Worker, WorkerChange
from workers.registry_selectors import desk_workers

Row = dict[str, Any]


def refused_groups(user: Any, *, q: str = "", reason: str = "") -> QuerySet[Contribution, Any]:
    """Return what BPJS refused at the user's desk, one row per sponsorship and reason: the
    oldest refusal first. `first` is the id of the first of its months."""
    rows = _narrowed(selectors.rejected_contributions(user), q)
    if reason:
        rows = rows.filter(core_reason=reason)
    return (
        rows.order_by()
        .values("sponsorship", "worker", "core_reason")
        .annotate(
            first=Min("pk"),
            months=Count("pk"),
            amount=Sum("amount"),
            covered_from=Min("covered_from"),
            covered_until=Max("covered_until"),
            refused_at=Min("closed_at"),
            remittance=Min("remittance__number"),
        )
        .order_by("refused_at", "sponsorship", "core_reason")
    )


def reasons_of(user: Any) -> list[str]:
    """Return the reasons that stand on the user's desk, by alphabet."""
    rows = selectors.rejected_contributions(user).order_by()
    found = rows.values_list("core_reason", flat=True).distinct()
    return sorted(reason for reason in found if reason)


@dataclass(frozen=True)
class RefusedRow:
    """Refused months of a worker, with what was done about his data.

    `waiting` is a correction that a colleague decides; `corrected_at` tells of one that
    was applied since the refusal; `is_here` whether his data are the user's to correct.
    """

    group: Row
    worker: Worker
    waiting: WorkerChange | None
    corrected_at: datetime | None
    is_here: bool
    days: int


def refused_rows(user: Any, groups: Iterable[Row], *, today: date) -> list[RefusedRow]:
    """Put worker and corrections beside each group; the questions do not grow with them."""
    groups = list(groups)
    ids = {group["worker"] for group in groups}
    workers = Worker.everything.in_bulk(ids)
    here = set(desk_workers(user).filter(pk__in=ids).values_list("pk", flat=True))
    changes = WorkerChange.everything.filter(worker__in=ids)
    waiting = {
        change.worker_id: change for change in changes.filter(status=WorkerChange.Status.PROPOSED)
    }
    applied = changes.filter(status=WorkerChange.Status.APPROVED).order_by().values("worker")
    corrected = dict(applied.annotate(last=Max("decided_at")).values_list("worker", "last"))
    return [
        RefusedRow(
            group=group,
            worker=workers[group["worker"]],
            waiting=waiting.get(group["worker"]),
            corrected_at=_since(corrected.get(group["worker"]), group["refused_at"]),
            is_here=group["worker"] in here,
            days=(today - jakarta_date(group["refused_at"])).days,
        )
        for group in groups
    ]


def _since(at: datetime | None, before: datetime) -> datetime | None:
    return at if at is not None and at >= before else None


def late_groups(user: Any, *, today: date, q: str = "") -> QuerySet[Contribution, Any]:
    """Return what was paid more than two working days ago and is still not accepted, one row
    per sponsorship and remittance, the oldest first."""
    rows = _narrowed(selectors.unanswered_contributions(user, today=today), q)
    number = Remittance.everything.filter(pk=OuterRef("remittance"))
    return (
        rows.order_by()
        .values("sponsorship", "remittance", "worker__name")
        .annotate(
            months=Count("pk"),
            amount=Sum("amount"),
            covered_from=Min("covered_from"),
            covered_until=Max("covered_until"),
            paid_on=Min("paid_at"),
            number=Subquery(number.values("number")[:1]),
            handed_over_at=Subquery(number.values("sent_at")[:1]),
        )
        .order_by("paid_on", "sponsorship", F("remittance").asc(nulls_last=True))
    )


def late_rows(groups: Iterable[Row], *, today: date) -> list[Row]:
    """Put the age in days beside each group."""
    return [{**group, "days": (today - jakarta_date(group["paid_on"])).days} for group in groups]


def _narrowed(rows: QuerySet[Contribution], q: str) -> QuerySet[Contribution]:
    return rows.filter(worker__name__icontains=q.strip()) if q.strip() else rows
