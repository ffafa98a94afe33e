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


_SUMS = """SELECT why_not, how, COUNT(*), SUM(price) FROM fates GROUP BY why_not, how
ORDER BY why_not, how"""
_DONORS = """SELECT donor_id, COUNT(*), SUM(price) FROM fates WHERE why_not = ''
GROUP BY donor_id ORDER BY SUM(price) DESC, donor_id LIMIT {top}"""


def preview(today: date) -> Preview:
    """Say what a renewal of a day would do now, and write nothing; three statements."""
    sums = _ask(today, _SUMS)
    top = _ask(today, _DONORS.format(top=TOP))
    names = dict(Donor.everything.filter(pk__in=[row[0] for row in top]).values_list("pk", "name"))
    ready = {how: (count, int(price)) for reason, how, count, price in sums if not reason}
    reasons = {reason: count for reason, _how, count, _price in sums if reason}
    drawn, invoiced = ready.get("draw", (0, 0)), ready.get("invoice", (0, 0))
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
    fates = sql.fates(
        today, scope="1 = 1", rooms=sql.rooms("SELECT id FROM donors_programme"), money=money
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{fates} {question}", list(params))
        return list(cursor.fetchall())
