"""What a proof of the books is made of: a rule, what contradicts it, and shared questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from contributions.models import Contribution

#: So long may a job be behind before the row that it should have taken is a finding.
BEHIND = timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """One rule that rows contradict: how many do, and in words with the first of them."""

    kind: str
    sentence: str
    count: int
    is_grave: bool


@dataclass(frozen=True)
class Check:
    """A rule: its code, what a contradiction means, and the question that finds the rows."""

    kind: str
    sentence: str
    find: Callable[[datetime], list[int]]
    is_grave: bool = True


def ids(rows: QuerySet[Any]) -> list[int]:
    """Return the ids of the rows, in order."""
    return list(rows.order_by("pk").values_list("pk", flat=True))


def total(rows: QuerySet[Any], by: str, *, of: str = "amount") -> Coalesce:
    """Sum `amount` (or another column) of the rows that point by `by` at the outer row; 0
    without any."""
    sums = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(sum=Sum(of))
    return Coalesce(Subquery(sums.values("sum")), 0)


def promised(outer: str) -> Exists:
    """Whether a promised month points by `outer` at the outer row."""
    months = Contribution.everything.filter(status=Contribution.Status.PROMISED)
    return Exists(months.filter(**{outer: OuterRef("pk")}))
