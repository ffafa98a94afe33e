"""Writing what was bought: months, runs and renewals, CHUNK rows a statement."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from bricks.bulk import run_with_rows
from bricks.clock import jakarta_date
from contributions.models import Contribution, Sponsorship
from contributions.services.billing import (
    promised_row,
    workers_left_unpaid,
    workers_renewed_by_others,
)
from contributions.services.offering import Deal
from contributions.services.releasing import ask_ends_again
from contributions.stops import fitted
from payments.models import Posting
from workers.models import Enrollment
from workers.services.thread import tell_thread

CHUNK = 500
Status = Sponsorship.Status
#: Months that were asked for, and may be paid now.
FREE = (Contribution.Status.PROMISED, Contribution.Status.RELEASED)

# The names column1, column2 .. are those of both engines.
_PAY = """
UPDATE contributions_contribution
SET status = 'paid', posting_id = %s, paid_at = %s, closed_at = NULL, starts_at = NULL,
    covered_from = bought.column2, covered_until = bought.column3
FROM (VALUES {rows}) AS bought
WHERE contributions_contribution.id = bought.column1
"""
_RUN = """
UPDATE contributions_sponsorship
SET status = 'active', run_start = runs.column2, run_months = runs.column3,
    paid_until = runs.column4, ended_at = NULL, end_reason = '', ended_by_id = NULL
FROM (VALUES {rows}) AS runs
WHERE contributions_sponsorship.id = runs.column1
"""


def write_deals(
    deals: Sequence[Deal],
    *,
    posting: Posting,
    paid_at: datetime,
    now: datetime,
    as_asked: bool = False,
) -> None:
    """Pay the months of these deals with the money of a posting, and let their runs go on
    or begin.

    Months are new rows; but `as_asked`, those that the deal's line asked for are paid as
    they stand. Called after `lock_workers`, in the transaction of the posting; whatever
    else asks for these sponsorships is withdrawn before. `paid_at` is the instant from
    which new cover holds. The sponsorships at hand are brought up to date as well.
    """
    bought = [deal for deal in deals if deal.months]
    _write_months(bought, posting, paid_at, as_asked=as_asked)
    _write_runs(bought, now)


def _write_months(
    deals: Sequence[Deal], posting: Posting, paid_at: datetime, *, as_asked: bool
) -> None:
    paid, new = [], []
    for deal in deals:
        line = deal.offer.line
        rows = line.asked if as_asked else ()
        asked = {row.month: row.pk for row in rows if row.status in FREE}
        for period, price in zip(deal.periods, deal.offer.prices, strict=False):
            if period.month in asked:
                paid.append((asked[period.month], period.covered_from, period.covered_until))
                continue
            row = promised_row(line.sponsorship, period.month, price, invoice=None)
            row.status, row.posting, row.paid_at = Contribution.Status.PAID, posting, paid_at
            row.covered_from, row.covered_until = period.covered_from, period.covered_until
            new.append(row)
    instant = connection.ops.adapt_datetimefield_value(paid_at)
    run_with_rows(_PAY, paid, before=[posting.pk, instant], chunk=CHUNK)
    Contribution.everything.bulk_create(new, batch_size=CHUNK)
    first = Contribution.everything.filter(posting=posting, covered_from=jakarta_date(paid_at))
    first.update(starts_at=paid_at)


def _write_runs(deals: Sequence[Deal], now: datetime) -> None:
    """Let each run go on, or begin; it renews unless another one does for the worker."""
    begun = [d.offer.line.sponsorship for d in deals if d.offer.line.sponsorship.status != "active"]
    _begin(begun, now)
    runs = []
    for deal in deals:
        row, planned = deal.offer.line.sponsorship, deal.offer.plan
        if planned is None:
            continue
        begins_anew = row.run_start != planned.start
        row.status, row.run_start = Status.ACTIVE, planned.start
        row.run_months = planned.done + deal.months
        if row.stops_on is not None and begins_anew:
            # Before the run moves: the named day stands within the run at all times.
            row.stops_on = fitted(row.stops_on, row.run_start, row.run_months)
            Sponsorship.everything.filter(pk=row.pk).update(stops_on=row.stops_on)
        row.paid_until = deal.periods[-1].covered_until
        row.ended_at, row.end_reason, row.ended_by = None, Sponsorship.EndReason.NONE, None
        runs.append((row.pk, row.run_start, row.run_months, row.paid_until))
    run_with_rows(_RUN, runs, chunk=CHUNK)


def _begin(rows: Sequence[Sponsorship], now: datetime) -> None:
    """Make ready what was not running. An approval that was paid in time, though we heard
    of it later, is taken up again."""
    _displace(rows, jakarta_date(now))
    renewed = workers_renewed_by_others(rows)
    second = []
    for row in rows:
        if row.renews and row.worker_id in renewed:
            row.renews = False
            second.append(row.pk)
        elif row.renews:
            renewed.add(row.worker_id)
    Sponsorship.everything.filter(pk__in=second).update(renews=False)
    ask_ends_again(worker_ids=[row.worker_id for row in rows])
    expired = Enrollment.everything.filter(
        pk__in=[row.enrollment_id for row in rows], status=Enrollment.Status.EXPIRED
    )
    for case in expired.order_by("pk"):
        Enrollment.everything.filter(pk=case.pk).update(status=Enrollment.Status.APPROVED)
        tell_thread(enrollment=case, kind="approved", now=now)


def _displace(rows: Sequence[Sponsorship], today: date) -> None:
    """Let those that left their workers' cover unpaid renew no more: another has gone on."""
    late = Sponsorship.everything.filter(
        worker__in=workers_left_unpaid([row for row in rows if row.renews], today),
        status=Status.ACTIVE,
        renews=True,
    )
    late.exclude(pk__in=[row.pk for row in rows]).update(renews=False)
