"""Whom the bridge fund may help now, and whom it may not, with the reason (P39). Reads only.

A worker is near the end where, within BRIDGE_DAYS_AHEAD days, his wait for the full JKM would
begin anew: on the day after his cover, while it runs and nobody goes on with it; or, once it
is over, on the day on which ARREARS_MONTHS unpaid months have passed. Others are not looked
at: their donor has time to pay.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bricks.months import ONE_DAY, add_months
from contributions.models import (
    BridgeFund,
    BridgeGrant,
    BridgeOutcome,
    Contribution,
    Sponsorship,
    StageRelease,
)
from contributions.models.cover import BOUGHT
from contributions.runs import Period
from donors.models import BUDGETS
from regions.models import Office
from workers import standing
from workers.age import turns_65_on

Status = Sponsorship.Status
Ended = Sponsorship.EndReason
Reason = BridgeOutcome.Reason
#: Whose sponsorship ended so is nobody to help: there is no cover to go on with.
OVER = (Ended.DIED, Ended.EMPLOYEE, Ended.LEFT, Ended.ANNULLED, Ended.REVERSED, Ended.REJECTED)


@dataclass(frozen=True)
class Need:
    """A worker near the end: the sponsorship paid last, its last paid day (inclusive), and
    the day on which he loses what he has."""

    former: Sponsorship
    paid_until: date
    loses_on: date

    @property
    def office(self) -> Office:
        """The branch that approved his case."""
        found = self.former.enrollment.office
        if found is None:
            raise TypeError("the database lets no approved case be without its office")
        return found


def open_fund() -> BridgeFund | None:
    """Return the fund where head office has opened it and not closed it since."""
    rows = BridgeFund.objects.filter(opened_at__isnull=False, closed_at__isnull=True)
    return rows.select_related("programme", "office").first()


def loses_on(paid_until: date, today: date) -> date:
    """Return the next day on which the wait for the full JKM would begin anew: cover that
    still runs is broken the day after it, and the membership ends with the arrears."""
    first = paid_until + ONE_DAY
    return first if paid_until >= today else add_months(first, settings.ARREARS_MONTHS)


def near_ids(*, today: date) -> list[int]:
    """Return the sponsorships of workers near the end, those that lose it first on top."""
    rows = _near(today).values_list("paid_until", "pk")
    due = [(loses_on(day, today), pk) for day, pk in rows if day and _is_due(day, today)]
    return [pk for _day, pk in sorted(due)]


def needs_of(ids: Collection[int], *, today: date) -> list[Need]:
    """Read again who of these sponsorships' workers is near the end, in the same order."""
    rows = _near(today).filter(pk__in=ids).select_related("worker", "programme")
    needs = [
        Need(row, row.paid_until, loses_on(row.paid_until, today))
        for row in rows.select_related("enrollment__office", "enrollment__worker")
        if row.paid_until is not None and _is_due(row.paid_until, today)
    ]
    return sorted(needs, key=lambda need: (need.loses_on, need.former.pk))


def _near(today: date) -> QuerySet[Sponsorship]:
    """The sponsorships behind whose last paid day nothing is bought, and soon it is too late."""
    last = today + timedelta(days=settings.BRIDGE_DAYS_AHEAD)
    # A little wide, since months differ; `_is_due` says it to the day.
    oldest = add_months(today, -settings.ARREARS_MONTHS) - timedelta(days=4)
    newest = add_months(last, -settings.ARREARS_MONTHS) + timedelta(days=4)
    other = Sponsorship.everything.filter(worker=OuterRef("worker"))
    later = other.filter(
        Q(paid_until__gt=OuterRef("paid_until"))
        | Q(paid_until=OuterRef("paid_until"), pk__gt=OuterRef("pk"))
    )
    goes_on = other.filter(
        Q(stops_on__isnull=True) | Q(stops_on__gt=F("paid_until")),
        status=Status.ACTIVE,
        renews=True,
        stopped_at__isnull=True,
    )
    ends = Q(~Exists(goes_on), paid_until__gte=today, paid_until__lt=last)
    late = Q(paid_until__lt=today, paid_until__range=(oldest, newest))
    rows = Sponsorship.everything.filter(ends | late, ~Exists(later))
    return rows.exclude(end_reason__in=OVER)


def _is_due(paid_until: date, today: date) -> bool:
    days = timedelta(days=settings.BRIDGE_DAYS_AHEAD)
    return today < loses_on(paid_until, today) <= today + days


def reasons_against(needs: Sequence[Need], *, today: date) -> dict[int, str]:
    """Say for whom nothing may be paid, and why, by sponsorship: the weightiest reason."""
    workers = {need.former.worker_id for need in needs}
    reports, held = standing.reports_open(workers), standing.holds_of(workers)
    frozen = standing.frozen_cases({need.former.enrollment_id for need in needs})
    helped = BridgeGrant.everything.filter(worker__in=workers, year=today.year)
    had_one = set(helped.values_list("worker", flat=True))
    programmes = {need.former.programme_id for need in needs}
    released = StageRelease.objects.filter(programme__in=programmes, ended_at__isnull=True)
    free = set(released.values_list("programme", flat=True))
    found: dict[int, str] = {}
    for need in needs:
        row = need.former
        asked = {
            Reason.REPORTED: row.worker_id in reports,
            Reason.HELD: row.worker_id in held,
            Reason.FROZEN: row.enrollment_id in frozen,
            Reason.PARKED: row.parked_at is not None,
            Reason.STAGE: _awaits_stage(row) and row.programme_id not in free,
            Reason.HAD_ONE: row.worker_id in had_one,
            Reason.TOO_OLD: _is_too_old(need, today),
        }
        reason = next((word.value for word, holds in asked.items() if holds), None)
        if reason is not None:
            found[row.pk] = reason
    return found


def _awaits_stage(row: Sponsorship) -> bool:
    """Of a budget's money, or fixed dates, what comes next is the branch's to say (P19)."""
    return row.programme.fixed_until is not None or row.programme.funding in BUDGETS


def _is_too_old(need: Need, today: date) -> bool:
    """Cover that was broken may not begin again at 65 (domain reference 1.5)."""
    broken = need.paid_until + ONE_DAY < today
    return broken and turns_65_on(need.former.worker.birth_date) <= today


def bought_periods(workers: Collection[int]) -> dict[int, list[Period]]:
    """Return the bought months of these workers, whoever paid."""
    found: dict[int, list[Period]] = defaultdict(list)
    bought = Contribution.everything.filter(worker__in=workers, status__in=BOUGHT)
    rows = bought.values_list("worker", "month", "covered_from", "covered_until")
    for worker, month, first, last in rows:
        if first and last:
            found[worker].append(Period(month, first, last))
    return found
