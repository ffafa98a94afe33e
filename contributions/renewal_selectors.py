"""Questions about the renewal: what a run of a day would do, what waits."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from contributions import renewal_sql as sql
from contributions.models import RenewalOutcome
from contributions.renewal_money import free_money
from donors.models import Donor

#: Donors named in a preview, those with most to pay first.
TOP = 10


@dataclass(frozen=True)
class DonorShare:
    """What a run would ask of a donor or draw from his money: workers and rupiah."""

    donor_id: int
    name: str
    workers: int
    price: int


@dataclass(frozen=True)
class Preview:
    """What a run of a day would do. Amounts are rupiah; `reasons` counts by
    `RenewalOutcome.Reason` what cannot be renewed."""

    due: int
    drawn: int
    drawn_price: int
    invoiced: int
    invoiced_price: int
    refused: int
    reasons: dict[str, int]
    donors: tuple[DonorShare, ...]


_PREVIEW = """
{plan},
money AS ({money}),
rooms AS ({rooms}),
beyond AS (
  SELECT x.sponsorship_id FROM (
    SELECT plan.sponsorship_id, rooms.room, SUM(plan.price) OVER (
             PARTITION BY plan.programme_id ORDER BY plan.paid_until, plan.sponsorship_id
             ROWS UNBOUNDED PRECEDING) AS upto
    FROM plan JOIN rooms ON rooms.programme = plan.programme_id WHERE plan.reason = '') x
  WHERE x.upto > x.room),
met AS (
  SELECT plan.donor_id, plan.programme_id, plan.budget, plan.paid_until, plan.sponsorship_id,
         plan.first_month, plan.months, plan.price,
         CASE WHEN beyond.sponsorship_id IS NULL THEN plan.reason ELSE 'fund_dry' END AS reason
  FROM plan LEFT JOIN beyond ON beyond.sponsorship_id = plan.sponsorship_id),
running AS (
  SELECT met.*, CASE
      WHEN met.reason = '' AND money.free >= SUM(CASE WHEN met.reason = '' THEN met.price END)
           OVER (PARTITION BY met.budget, money.owner, met.reason
                 ORDER BY met.paid_until, met.sponsorship_id ROWS UNBOUNDED PRECEDING)
      THEN 1 ELSE 0 END AS drawn
  FROM met LEFT JOIN money ON money.budget = met.budget
   AND money.owner = CASE WHEN met.budget THEN met.programme_id ELSE met.donor_id END
   AND (NOT met.budget OR {within}))
{question}
"""
_SUMS = """SELECT reason, drawn, COUNT(*), SUM(price) FROM running GROUP BY reason, drawn
ORDER BY reason, drawn"""
_DONORS = """SELECT donor_id, COUNT(*), SUM(price) FROM running WHERE reason = ''
GROUP BY donor_id ORDER BY SUM(price) DESC, donor_id LIMIT {top}"""


def preview(today: date) -> Preview:
    """Say what a renewal of a day would do now, and write nothing; three statements."""
    sums = _ask(today, _SUMS)
    top = _ask(today, _DONORS.format(top=TOP))
    names = dict(Donor.everything.filter(pk__in=[row[0] for row in top]).values_list("pk", "name"))
    ready = {bool(drawn): (count, int(price)) for reason, drawn, count, price in sums if not reason}
    reasons = {reason: count for reason, _drawn, count, _price in sums if reason}
    drawn, invoiced = ready.get(True, (0, 0)), ready.get(False, (0, 0))
    return Preview(
        due=drawn[0] + invoiced[0] + sum(reasons.values()),
        drawn=drawn[0],
        drawn_price=drawn[1],
        invoiced=invoiced[0],
        invoiced_price=invoiced[1],
        refused=sum(reasons.values()),
        reasons=reasons,
        donors=tuple(
            DonorShare(donor, names[donor], count, int(price)) for donor, count, price in top
        ),
    )


def open_outcomes() -> QuerySet[RenewalOutcome]:
    """Return what waits for a person, longest first: everybody's, for selectors to narrow."""
    rows = RenewalOutcome.everything.filter(closed_at__isnull=True)
    return rows.select_related("sponsorship__worker", "sponsorship__donor").order_by(
        "first_seen", "pk"
    )


def _ask(today: date, question: str) -> list[tuple[Any, ...]]:
    money, params = free_money()
    text = _PREVIEW.format(
        plan=sql.plan(today, scope="TRUE", run=None),
        money=money,
        rooms=sql.rooms("SELECT id FROM donors_programme"),
        within=sql.within_year("met", today),
        question=question,
    )
    with connection.cursor() as cursor:
        cursor.execute(text, list(params))
        return list(cursor.fetchall())
