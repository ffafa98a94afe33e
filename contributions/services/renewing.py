"""The next period, before cover ends: no silent gap (house section 4; docs/renewal.md).

A run goes through the stages of `RenewalRun.Stage`, each committed with its marker in the
run's row; a crash at any point leaves a run that the next start, or the clock's minute,
takes up where it stood. Chunks of the work are taken side by side on PostgreSQL.
"""

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from bricks.engine import favour_bulk, is_postgres, let_others_write
from contributions.models import (
    RenewalChunk,
    RenewalOutcome,
    RenewalRun,
)
from contributions.models.renewal import Reason
from contributions.renewal_due import LEAD_DAYS, due_on, first_month_due
from contributions.services import renewal_plan, renewal_telling, renewal_work
from contributions.services.renewal_halving import halve
from contributions.services.renewal_work import ChunkRefused
from contributions.services.renewal_writing import PricesMoved
from notices import bells

__all__ = [
    "LEAD_DAYS",
    "STEPS",
    "continue_renewal",
    "due_on",
    "first_month_due",
    "renew",
    "renew_tonight",
]

logger = logging.getLogger(__name__)

COUNTS = (
    "invoices",
    "workers",
    "from_credit",
    "covered_by_other",
    "withheld",
    "without_tariff",
    "refused",
)
#: So many other workers are called at most.
HELPERS = 8
#: Tariffs may change while a chunk is worked off; not that often.
ATTEMPTS = 3
CLOSED_AT_ONCE, CLOSED_AT_ONCE_SQLITE = 50_000, 500
Stage = RenewalRun.Stage


def renew(*, today: date, now: datetime) -> dict[str, int]:
    """Renew what is due on a day, now, whatever was done before; counts. Idempotent.

    The unit is the sponsorship (`renewal_due.due_on`): the donor's credit, or a budget's
    fund, pays whole workers in order of the end of their cover, and one invoice per
    programme asks for the rest. Who cannot be renewed has an open `RenewalOutcome` with a
    reason. A run that stands open is brought to its end first; where other workers are
    still at its chunks, they end it.
    """
    counts = Counter(continue_renewal(now=now))
    if (
        renewal_plan.is_anything_ending(today)
        or RenewalOutcome.everything.filter(closed_at__isnull=True).exists()
    ):
        run = _open(RenewalRun.Kind.AGAIN, today, now)
        counts.update(_drive(run, now))
    return _said(counts)


def renew_tonight(*, today: date, now: datetime) -> dict[str, int]:
    """The same once a day: where the day's run is finished, there is nothing to do."""
    counts = Counter(continue_renewal(now=now))
    if not RenewalRun.objects.filter(kind=RenewalRun.Kind.NIGHT, today=today).exists():
        run = _open(RenewalRun.Kind.NIGHT, today, now)
        counts.update(_drive(run, now))
    return _said(counts)


def continue_renewal(*, now: datetime) -> dict[str, int]:
    """Take part in the run that stands open, and bring it to its end; counts, of nothing
    where there is none, or where other workers are still at its chunks."""
    run = RenewalRun.objects.filter(finished_at__isnull=True).first()
    return _drive(run, now) if run else _said(Counter())


def _open(kind: str, today: date, now: datetime) -> RenewalRun:
    """Open a run, or join the one that another process has opened meanwhile."""
    try:
        with transaction.atomic():
            return RenewalRun.objects.create(kind=kind, today=today, started_at=now)
    except IntegrityError:
        runs = RenewalRun.objects.filter(Q(finished_at__isnull=True) | Q(kind=kind, today=today))
        return runs.order_by("-pk")[0]


# --- stage by stage ----------------------------------------------------------------
Step = Callable[[RenewalRun, datetime], bool]


def _close(run: RenewalRun, now: datetime) -> bool:
    """Close the outcomes of what this run no longer found wanting."""
    over = RenewalOutcome.everything.filter(closed_at__isnull=True).exclude(run=run)
    # What is parked waits for a person, and is not due so long.
    over = over.exclude(reason=Reason.INCONSISTENT, sponsorship__parked_at__isnull=False).order_by(
        "pk"
    )
    ids = list(over.values_list("pk", flat=True)[: _at_once()])
    RenewalOutcome.everything.filter(pk__in=ids).update(closed_at=now)
    return len(ids) < _at_once()


def _work_and_tell(run: RenewalRun, now: datetime) -> bool:
    """Work off a chunk, and tell the donors of those that are; whether none was left."""
    if not work_on(run, now):
        return True
    while renewal_telling.tell(run, now, whole=True):
        let_others_write(connection)
    return False


#: What each stage does, a step at a time; it says whether the stage is over, or of those
#: that are CLAIMED, whether there was nothing to claim.
STEPS: dict[int, Step] = {
    Stage.SPLIT: lambda run, _now: renewal_plan.split(run),
    Stage.WORK: _work_and_tell,
    Stage.TELL: lambda run, now: not renewal_telling.tell(run, now),
    Stage.CLOSE: _close,
}
#: The chunks of these are claimed by themselves: several processes are at them.
CLAIMED = {Stage.WORK: "finished_at", Stage.TELL: "told_at"}


def _drive(run: RenewalRun, now: datetime) -> dict[str, int]:
    """Take a run from where it stands to its end."""
    with _old_objects_left_alone():
        return _drive_on(run, now)


@contextmanager
def _old_objects_left_alone() -> Iterator[None]:
    """Let the collector of garbage pass by what was there before: a night makes so many
    objects that it would walk through the whole process again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _drive_on(run: RenewalRun, now: datetime) -> dict[str, int]:
    while run.stage != Stage.DONE:
        if mark := CLAIMED.get(Stage(run.stage)):
            while STEPS[run.stage](run, now) is False:
                let_others_write(connection)
            if RenewalChunk.objects.filter(run=run, **{f"{mark}__isnull": True}).exists():
                # Others hold them; whoever ends the last one goes on.
                return _said(Counter())
        run = _step(run, now)
    return run.counts


def _step(run: RenewalRun, now: datetime) -> RenewalRun:
    """Do one step of a stage and keep how far the run is, in one transaction."""
    with transaction.atomic():
        favour_bulk(connection)
        held = hold_run(run)
        if (held.stage, held.reached) != (run.stage, run.reached):
            # Another process was faster.
            return held
        is_over = held.stage in CLAIMED or STEPS[held.stage](held, now)
        if is_over:
            held.stage, held.reached = held.stage + 1, 0
        if held.stage == Stage.DONE:
            held.finished_at, held.counts = max(now, held.started_at), _sum(held)
        held.save(update_fields=["stage", "reached", "finished_at", "counts"])
    if not is_over:
        let_others_write(connection)
    elif held.stage == Stage.WORK:
        _call_helpers(held)
    return held


def hold_run(run: RenewalRun) -> RenewalRun:
    """Read a run's row again and hold it: one process at a time does a step."""
    return RenewalRun.objects.select_for_update().get(pk=run.pk)


def work_on(run: RenewalRun, now: datetime) -> bool:
    """Work off a chunk that nobody holds; False where none is left."""
    for _attempt in range(ATTEMPTS):
        try:
            return renewal_work.work_chunk(run, now=now)
        except PricesMoved as moved:
            logger.warning("a chunk of %s starts over: %s", run, moved)
        except ChunkRefused as refused:
            logger.warning("%s is halved: %s", run, refused)
            if not halve(refused.chunk):
                raise
            return True
    raise PricesMoved(f"{ATTEMPTS} times in {run}")


def _call_helpers(run: RenewalRun) -> None:
    """Let other workers take chunks as well, where the engine can lend them."""
    if is_postgres(connection):
        waiting = RenewalChunk.objects.filter(run=run, finished_at__isnull=True).count()
        for _helper in range(min(waiting - 1, HELPERS)):
            bells.ring("renewal_chunks")


def _at_once() -> int:
    return CLOSED_AT_ONCE if is_postgres(connection) else CLOSED_AT_ONCE_SQLITE


# --- counts --------------------------------------------------------------------------
def _sum(run: RenewalRun) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for chunk in RenewalChunk.objects.filter(run=run).values_list("counts", flat=True):
        counts.update(chunk)
    if counts["without_tariff"]:
        logger.error("%s sponsorships have a month without price", counts["without_tariff"])
    return _said(counts)


def _said(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in COUNTS}
