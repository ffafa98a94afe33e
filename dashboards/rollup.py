"""What each figure of an area and month counts, read in four statements.

However many workers there are, the database adds them up per regency, for all months
at once; a province is the sum of its regencies. Nothing here writes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr, TruncMonth

from bricks.clock import JAKARTA, end_of_jakarta_day, jakarta_midnight
from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import Contribution, Coverage
from workers.models import Enrollment

PEOPLE = ("covered", "awaiting_acceptance", "in_arrears", "ending_soon")
CASES = ("submitted", "approved", "paid", "accepted")
MONEY = ("months_bought", "amount_bought")
MEASURES = (*PEOPLE, *CASES, *MONEY)

ENDING_DAYS = timedelta(days=30)
BOUGHT = [Contribution.Status.PAID, Contribution.Status.SENT, Contribution.Status.ACCEPTED]
IN_TRANSIT = [Contribution.Status.PAID, Contribution.Status.SENT]

#: (area code, month): the figures by the names in MEASURES.
Figures = dict[tuple[str, date], dict[str, int]]


@dataclass(frozen=True)
class MonthDay:
    """A month, and the day on which its people are counted."""

    month: date
    day: date


def month_days(today: date, months_back: int) -> list[MonthDay]:
    """Return the month of `today` (counted today) and those before it (on their last day)."""
    present = first_of_month(today)
    past = [add_months(present, -k) for k in range(months_back, 0, -1)]
    return [
        *(MonthDay(month, add_months(month, 1) - ONE_DAY) for month in past),
        MonthDay(present, today),
    ]


def figures(days: Sequence[MonthDay], *, arrears_months: int) -> Figures:
    """Count every measure of every province and regency that has any.

    `days` is unbroken and rising. A figure that is absent is 0.

    * covered: people with accepted cover on the day.
    * awaiting_acceptance: people whose paid month holds the day, not yet accepted (P1).
    * in_arrears: people whose cover ended at most `arrears_months` begun months ago, with
      nothing paid for the day.
    * ending_soon: of the covered, those whose cover ends within 30 days and for whom
      nothing is paid beyond it.
    * submitted: cases handed in during the month; approved, paid, accepted: how many of
      these came so far until now. A payment taken back takes the case out again.
    * months_bought, amount_bought: months paid during the month and still bought, and
      their rupiah.
    """
    found: Figures = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for regency, values in _people(days, arrears_months):
        for (month, measure), count in values.items():
            if count:
                found[regency, month][measure] = count
    for rows, measures in ((_cases(days), CASES), (_bought(days), MONEY)):
        for row in rows:
            for measure in measures:
                found[row["regency"], row["in_month"]][measure] = row[measure] or 0
    return _with_provinces(found)


def first_end_in_arrears(day: date, arrears_months: int) -> date:
    """Return the earliest end of cover that is still arrears, not yet lapsed, on `day`.

    The n-th arrears month begins n - 1 months after the first day without cover (house
    section 4), so the edge is found by moving forward, never by subtracting.
    """
    uncovered_from = add_months(day, -arrears_months)
    while add_months(uncovered_from, arrears_months) <= day:
        uncovered_from += ONE_DAY
    return uncovered_from - ONE_DAY


def on_day(day: date) -> Q:
    """A span or a month that holds the day, both ends inclusive."""
    return Q(covered_from__lte=day, covered_until__gte=day)


def ending_soon_on(day: date) -> Q:
    """A span of cover that holds the day, ends within 30 days and is not paid further."""
    beyond = _in_transit().filter(
        covered_from__lte=OuterRef("covered_until") + ONE_DAY,
        covered_until__gt=OuterRef("covered_until"),
    )
    return on_day(day) & Q(covered_until__lte=day + ENDING_DAYS) & Q(~Exists(beyond))


def _with_provinces(found: Figures) -> Figures:
    provinces: Figures = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for (regency, month), values in found.items():
        for measure, count in values.items():
            provinces[regency[:2], month][measure] += count
    return {**found, **provinces}


def _in_transit() -> QuerySet[Contribution]:
    return Contribution.everything.filter(worker=OuterRef("worker"), status__in=IN_TRANSIT)


def _same_worker() -> QuerySet[Coverage]:
    return Coverage.objects.filter(worker=OuterRef("worker"))


def _people(
    days: Sequence[MonthDay], arrears_months: int
) -> Iterable[tuple[str, dict[tuple[date, str], int]]]:
    """Yield per regency the people of each month: one statement on cover, one on its lack.

    The spans of one worker never overlap (check_books), so a span on the day is a person.
    """
    spans, paid = {}, {}
    for k, day in enumerate(month_day.day for month_day in days):
        first_end = first_end_in_arrears(day, arrears_months)
        ended = Q(covered_until__gte=first_end, covered_until__lt=day)
        not_covered = Q(~Exists(_same_worker().filter(on_day(day))))
        not_paid = Q(~Exists(_in_transit().filter(on_day(day))))
        spans[f"covered_{k}"] = Count("pk", filter=on_day(day))
        spans[f"ending_soon_{k}"] = Count("pk", filter=ending_soon_on(day))
        spans[f"in_arrears_{k}"] = Count(
            "worker", filter=ended & not_covered & not_paid, distinct=True
        )
        paid[f"awaiting_acceptance_{k}"] = Count(
            "worker", filter=on_day(day) & not_covered, distinct=True
        )
    oldest = first_end_in_arrears(days[0].day, arrears_months)
    since = Q(covered_until__gte=oldest, covered_from__lte=days[-1].day)
    in_transit = Contribution.everything.filter(status__in=IN_TRANSIT)
    for rows in (Coverage.objects.filter(since), in_transit.filter(since)):
        measures = spans if rows.model is Coverage else paid
        by_regency = rows.values(regency=Substr("worker__village_id", 1, 4))
        for row in by_regency.annotate(**measures):
            counts: dict[str, Any] = dict(row)
            regency = counts.pop("regency")
            yield regency, {_named(name, days): count for name, count in counts.items()}


def _named(column: str, days: Sequence[MonthDay]) -> tuple[date, str]:
    measure, _, k = column.rpartition("_")
    return days[int(k)].month, measure


def _within(field: str, days: Sequence[MonthDay]) -> dict[str, Any]:
    return {
        f"{field}__gte": jakarta_midnight(days[0].month),
        f"{field}__lt": end_of_jakarta_day(days[-1].day),
    }


def _jakarta_month(field: str) -> TruncMonth:
    return TruncMonth(field, tzinfo=JAKARTA, output_field=DateField())


def _cases(days: Sequence[MonthDay]) -> Iterable[Any]:
    """Follow the cases handed in during each month, by the village that they name."""
    months = Contribution.everything.filter(sponsorship__enrollment=OuterRef("pk"))
    accepted = months.filter(status=Contribution.Status.ACCEPTED)
    return (
        Enrollment.everything.filter(**_within("submitted_at", days), village__isnull=False)
        .values(regency=Substr("village_id", 1, 4), in_month=_jakarta_month("submitted_at"))
        .annotate(
            submitted=Count("pk"),
            # An approval that expired unpaid (P6) was one all the same.
            approved=Count("pk", filter=Q(approved_until__isnull=False)),
            paid=Count("pk", filter=Exists(months.filter(status__in=BOUGHT))),
            accepted=Count("pk", filter=Exists(accepted)),
        )
    )


def _bought(days: Sequence[MonthDay]) -> Iterable[Any]:
    """Add up the months paid during each month, by the village of the worker."""
    return (
        Contribution.everything.filter(**_within("paid_at", days), status__in=BOUGHT)
        .values(regency=Substr("worker__village_id", 1, 4), in_month=_jakarta_month("paid_at"))
        .annotate(months_bought=Count("pk"), amount_bought=Sum(F("amount")))
    )
