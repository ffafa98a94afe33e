"""The clock's and the bells' doors to the payments."""

from celery import shared_task

from bricks import clock
from notices.jobs import run_job
from payments.sandbox import deliveries
from payments.services import events, polling


@shared_task
def process_events(**kwargs: object) -> None:
    """Act on the webhooks that wait."""
    now = clock.now()
    run_job(
        job="process_events",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: events.process_events(now=now),
    )


@shared_task
def poll_pending(**kwargs: object) -> None:
    """Ask the provider about payments whose webhook may be lost."""
    now = clock.now()
    run_job(
        job="poll_pending",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: polling.poll_pending(now=now),
    )


@shared_task
def deliver_sandbox_webhooks(**kwargs: object) -> None:
    """Let the sandbox provider send the webhooks that it owes."""
    now = clock.now()
    run_job(
        job="deliver_sandbox_webhooks",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: deliveries.deliver(now=now),
    )
