"""Questions of the pages of decisions on many cases."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.utils.functional import Promise

from accounts.models import User
from workers import desk_selectors
from workers.models import BulkDecision, BulkLine
from workers.obstacles import Obstacle

Status = BulkDecision.Status
Outcome = BulkLine.Outcome
Text = str | Promise
#: So many cases at most are decided at once, the first of the queue.
MOST = 10_000


def decisions(user: User) -> QuerySet[Any]:
    """The decisions on many cases of the user's desk."""
    desk = desk_selectors.desk_offices(user)
    return BulkDecision.everything.filter(office__in=desk).select_related(
        "office", "proposed_by", "confirmed_by"
    )


def listed(user: User) -> QuerySet[Any]:
    """What waits for a supervisor first, then what runs, then the newest.

    Somebody's preview is his own; nobody else finds it here.
    """
    rows = decisions(user).filter(~Q(status=Status.PREVIEW) | Q(proposed_by=user))
    first = Case(
        When(status=Status.PROPOSED, then=0),
        When(status=Status.CONFIRMED, then=1),
        default=2,
        output_field=IntegerField(),
    )
    return rows.order_by(first, "-proposed_at", "-pk")


def with_counts(rows: Iterable[BulkDecision]) -> list[tuple[BulkDecision, int]]:
    """Put beside each decision how many cases it is about. One query for all."""
    rows = list(rows)
    lines = BulkLine.objects.filter(decision__in=rows, obstacle="")
    counts = dict(lines.values_list("decision").annotate(count=Count("pk")).order_by())
    return [(row, counts.get(row.pk, 0)) for row in rows]


def count_proposed(user: User, offices: Any) -> int:
    """Count what other people of these offices have proposed and nobody confirmed."""
    proposed = BulkDecision.everything.filter(office__in=offices, status=Status.PROPOSED)
    return proposed.exclude(proposed_by=user).count()


@dataclass(frozen=True)
class LeftOut:
    """How many cases one obstacle keeps out."""

    code: str
    label: Text
    count: int


@dataclass(frozen=True)
class BulkSummary:
    """What would happen, or what did, in figures."""

    total: int
    doable: int
    done: int
    left_out: list[LeftOut]

    @property
    def not_done(self) -> int:
        """The cases that are not decided, in the dry run or in truth."""
        return sum(row.count for row in self.left_out)

    @property
    def settled(self) -> int:
        return self.done + self.not_done

    @property
    def waiting(self) -> int:
        return self.total - self.settled


def summary_of(decision: BulkDecision) -> BulkSummary:
    """Count the lines of a decision by what is in their way. One query."""
    rows = decision.lines.values_list("obstacle", "outcome", "outcome_reason")
    groups = rows.annotate(count=Count("pk")).order_by()
    total = doable = done = 0
    left_out: dict[str, int] = defaultdict(int)
    for obstacle, outcome, reason, count in groups:
        total += count
        doable += count if not obstacle else 0
        done += count if outcome == Outcome.DONE else 0
        if outcome != Outcome.DONE and (reason or obstacle):
            left_out[reason or obstacle] += count
    return BulkSummary(
        total=total,
        doable=doable,
        done=done,
        left_out=[
            LeftOut(code, label, left_out[code])
            for code, label in Obstacle.choices
            if left_out[code]
        ],
    )


@dataclass(frozen=True)
class BulkRow:
    """One case in a decision on many, ready to be shown."""

    line: Any
    obstacle: Text


def lines_of(decision: BulkDecision, *, code: str = "") -> QuerySet[Any]:
    """The lines of a decision; those that one obstacle keeps out, if one is named."""
    lines = decision.lines.select_related(
        "enrollment__order", "enrollment__village", "enrollment__donor"
    ).order_by("-obstacle", "pk")
    if code not in Obstacle.values:
        return lines
    left_out = Q(obstacle=code, outcome_reason="") | Q(outcome_reason=code)
    return lines.filter(left_out).exclude(outcome=Outcome.DONE)


def rows_of(lines: Any) -> list[BulkRow]:
    """Put the lines of one page into words."""
    labels = dict(Obstacle.choices)
    return [BulkRow(line, labels.get(line.outcome_reason or line.obstacle, "")) for line in lines]
