"""The clock's door to the outbox."""

from celery import shared_task

from bricks import clock
from notices import services
from notices.jobs import run_job


@shared_task
def send_messages(**kwargs: object) -> None:
    """Send what is due."""
    now = clock.now()
    run_job(
        job="send_messages",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: services.send_due_messages(now=now),
    )
