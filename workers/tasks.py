"""The clock's door to the desk."""

from celery import shared_task

from bricks import clock
from notices.jobs import run_job
from workers.services import holding


@shared_task
def release_idle_cases(**kwargs: object) -> None:
    """Put the cases that their holders left alone back into the queue."""
    now = clock.now()
    run_job(
        job="release_idle_cases",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: holding.release_idle(now=now),
    )
