"""The log around a clock job: when it ran, for which day, how it ended."""

import logging
from collections.abc import Callable
from datetime import date, datetime

from bricks import clock
from notices.models import JobRun

logger = logging.getLogger(__name__)


def run_job(*, job: str, today: date, now: datetime, work: Callable[[], dict[str, int]]) -> JobRun:
    """Do the work of a clock job and keep a row about it.

    The work says in counts what it did. If it raises, the row says so and the error
    goes on: the next ring of the clock tries again, and nothing is hidden. Runs that
    found nothing to do replace the row of the run before, so that a job that rings
    every minute does not fill the table.
    """
    run = JobRun.objects.create(job=job, today=today, started_at=now)
    try:
        counts = work()
    except BaseException as error:
        run.outcome = JobRun.Outcome.FAILED
        run.error = type(error).__name__
        run.finished_at = max(clock.now(), now)
        run.save(update_fields=["outcome", "error", "finished_at"])
        raise
    run.outcome = JobRun.Outcome.DONE
    run.counts = counts
    run.finished_at = max(clock.now(), now)
    run.save(update_fields=["outcome", "counts", "finished_at"])
    if not any(counts.values()):
        idle = JobRun.objects.filter(job=job, outcome=JobRun.Outcome.DONE, pk__lt=run.pk)
        last = idle.order_by("-pk").first()
        if last is not None and not any(last.counts.values()):
            last.delete()
    level = logging.INFO if any(counts.values()) else logging.DEBUG
    logger.log(level, "%s for %s: %s", job, today, counts)
    return run
