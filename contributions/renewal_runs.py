"""The last runs of the renewal, for head office: what each did, and whether one stands still."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, Sum

from bricks.months import ONE_DAY
from contributions.models import RenewalAsk, RenewalChunk, RenewalRun

#: An open run without a finished chunk for so long stands still.
PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True)
class RunRow:
    """One run: workers asked for and drawn, rupiah, what was refused, and how long it took."""

    run: RenewalRun
    asked: int
    asked_amount: int
    drawn: int
    drawn_amount: int
    refused: int
    chunks: int
    chunks_done: int
    took: timedelta
    is_stuck: bool

    @property
    def amount(self) -> int:
        """What it asked for and drew, in rupiah."""
        return self.asked_amount + self.drawn_amount

    @property
    def seconds(self) -> int:
        """How long it took, or runs already, in whole seconds."""
        return int(self.took.total_seconds())

    @property
    def minutes(self) -> int:
        """The same in whole minutes."""
        return self.seconds // 60


def shown_runs(count: int) -> list[RenewalRun]:
    """Return the last runs, the newest first: those of the nights, those that are still
    open, and of those in between what found something to do."""
    chunks = RenewalChunk.objects.filter(run=OuterRef("pk"))
    found = RenewalRun.objects.filter(
        Q(kind=RenewalRun.Kind.NIGHT) | Q(finished_at__isnull=True) | Exists(chunks)
    )
    return list(found.order_by("-started_at", "-pk")[:count])


def next_night(runs: Sequence[RenewalRun], *, today: date) -> date:
    """Return the day of the next night's run: today until that has run, then tomorrow."""
    ran = any(run.kind == RenewalRun.Kind.NIGHT and run.today == today for run in runs)
    return today + ONE_DAY if ran else today


def run_rows(found: Sequence[RenewalRun], *, now: datetime) -> list[RunRow]:
    """Put beside each run what it did; the questions do not grow with the runs."""
    ids = [run.pk for run in found]
    asked, drawn = Q(invoice__isnull=False), Q(use__isnull=False)
    sums = RenewalAsk.objects.filter(run__in=ids).order_by().values("run")
    money: dict[int, Any] = {
        row["run"]: row
        for row in sums.annotate(
            asked=Sum("workers", filter=asked),
            asked_amount=Sum("amount", filter=asked),
            drawn=Sum("workers", filter=drawn),
            drawn_amount=Sum("amount", filter=drawn),
        )
    }
    parts = RenewalChunk.objects.filter(run__in=ids).order_by()
    chunks: dict[int, Any] = {
        row["run"]: row
        for row in parts.values("run").annotate(
            all=Count("pk"), done=Count("finished_at"), last=Max("finished_at")
        )
    }
    refused: Counter[int] = Counter()
    for run, counts in parts.values_list("run", "counts"):
        refused[run] += counts.get("refused", 0)
    return [
        _row(run, money.get(run.pk, {}), chunks.get(run.pk, {}), refused[run.pk], now)
        for run in found
    ]


def _row(
    run: RenewalRun, money: dict[str, int], chunks: dict[str, Any], refused: int, now: datetime
) -> RunRow:
    alive = chunks.get("last") or run.started_at
    return RunRow(
        run=run,
        asked=int(money.get("asked") or 0),
        asked_amount=int(money.get("asked_amount") or 0),
        drawn=int(money.get("drawn") or 0),
        drawn_amount=int(money.get("drawn_amount") or 0),
        refused=refused or run.counts.get("refused", 0),
        chunks=chunks.get("all", 0),
        chunks_done=chunks.get("done", 0),
        took=(run.finished_at or now) - run.started_at,
        is_stuck=run.finished_at is None and now - alive > PATIENCE,
    )
