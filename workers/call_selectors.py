"""Questions of the supervisor's list of call-backs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from workers import desk_selectors
from workers.models import CallBack

Outcome = CallBack.Outcome


def call_backs(user: User) -> QuerySet[Any]:
    """The call-backs of the offices that the user supervises, with what their page shows."""
    desk = desk_selectors.supervised_offices(user)
    return CallBack.everything.filter(office__in=desk).select_related(
        "enrollment__order",
        "enrollment__donor",
        "enrollment__village",
        "enrollment__occupation",
        "office",
        "decided_by",
        "called_by",
    )


def listed(user: User, *, asked: str) -> QuerySet[Any]:
    """Those of one tab: waiting ones with the earliest due first, the others newest first."""
    rows = call_backs(user).filter(outcome=asked)
    return rows.order_by(*(["due_on", "pk"] if not asked else ["-called_at", "-pk"]))


@dataclass(frozen=True)
class CallCounts:
    """The figures above the list."""

    waiting: int
    late: int
    unreached: int
    problem: int
    confirmed: int


def call_counts(user: User, *, today: date) -> CallCounts:
    """Count the user's list, in one query after that of his offices."""
    desk = list(desk_selectors.supervised_offices(user).values_list("pk", flat=True))
    counts = CallBack.everything.filter(office__in=desk).aggregate(
        waiting=Count("pk", filter=Q(outcome=Outcome.WAITING)),
        late=Count("pk", filter=Q(outcome=Outcome.WAITING, due_on__lt=today)),
        unreached=Count("pk", filter=Q(outcome=Outcome.UNREACHED)),
        problem=Count("pk", filter=Q(outcome=Outcome.PROBLEM)),
        confirmed=Count("pk", filter=Q(outcome=Outcome.CONFIRMED)),
    )
    return CallCounts(**counts)
