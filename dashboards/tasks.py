"""The clock's door to the roll-up."""

from celery import shared_task

from bricks import clock
from dashboards import services
from notices.jobs import run_job


@shared_task
def rebuild_dashboards(**kwargs: object) -> None:
    """Roll the figures of the areas up."""
    now = clock.now()
    today = clock.jakarta_date(now)
    run_job(
        job="rebuild_dashboards",
        today=today,
        now=now,
        work=lambda: services.rebuild_dashboards(today=today, now=now),
    )
