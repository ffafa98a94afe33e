"""The clock's doors to the outbox and to roles that end by themselves."""

from celery import shared_task

from accounts.services import end_roles as end_past_roles
from bricks import clock
from notices.jobs import run_job
from notices.sending import send_due_messages


@shared_task
def send_messages(**kwargs: object) -> None:
    """Send what is due."""
    now = clock.now()
    run_job(
        job="send_messages",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: send_due_messages(now=now),
    )


@shared_task
def end_roles(**kwargs: object) -> None:
    """End the roles of deputies and auditors whose last day is past."""
    now = clock.now()
    today = clock.jakarta_date(now)
    run_job(
        job="end_roles", today=today, now=now, work=lambda: end_past_roles(today=today, now=now)
    )
