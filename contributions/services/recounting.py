"""Bringing a sponsorship in line with its months after some of them were undone."""

from collections.abc import Collection
from datetime import date, datetime

from bricks.months import ONE_DAY
from contributions.models import Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.releasing import void_open_invoices
from contributions.stops import fitted
from workers.models import Enrollment

Status = Sponsorship.Status
#: Refused months still have their money and wait for the branch: they count as bought.
COUNTED = [*BOUGHT, Contribution.Status.REJECTED]


def recount_runs(
    *, sponsorship_ids: Collection[int], end_reason: str, today: date, now: datetime
) -> None:
    """Shorten the runs of these sponsorships to the months that are left.

    An active one without any month left awaits payment again while its approval holds,
    else it ends for `end_reason`. Open invoices that ask for its next months are
    withdrawn. Called after `lock_workers`, in the transaction that undid the months.
    """
    void_open_invoices(sponsorship_ids=sponsorship_ids, now=now)
    rows = Sponsorship.everything.filter(pk__in=sponsorship_ids).select_related("enrollment")
    for row in rows.order_by("pk"):
        _recount(row, end_reason, today, now)


def _recount(row: Sponsorship, end_reason: str, today: date, now: datetime) -> None:
    left = Contribution.everything.filter(sponsorship=row, status__in=COUNTED)
    spans = list(left.order_by("covered_from").values_list("covered_from", "covered_until"))
    row.run_start, row.run_months, row.paid_until = _last_run(spans)
    row.stops_on = fitted(row.stops_on, row.run_start, row.run_months)
    if not spans and row.status == Status.ACTIVE:
        case = row.enrollment
        holds = case.status == Enrollment.Status.APPROVED
        if holds and case.approved_until and case.approved_until >= today:
            row.status = Status.AWAITING_PAYMENT
        else:
            row.status, row.ended_at, row.end_reason = Status.ENDED, now, end_reason
    row.save(
        update_fields=[
            "run_start",
            "run_months",
            "paid_until",
            "stops_on",
            "status",
            "ended_at",
            "end_reason",
        ]
    )


def _last_run(
    spans: list[tuple[date | None, date | None]],
) -> tuple[date | None, int, date | None]:
    """Return first day, months and last day of the last unbroken row of months."""
    start = until = None
    months = 0
    for first, last in spans:
        goes_on = until is not None and first == until + ONE_DAY
        start, months = (start, months + 1) if goes_on else (first, 1)
        until = last
    return start, months, until
