"""The clock's and the bells' doors to the payments."""

from celery import shared_task

from bricks import clock
from notices.jobs import run_job
from payments.sandbox import deliveries
from payments.services import events, polling, sending_refunds, snapshots, stale


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
def cancel_stale_charges(**kwargs: object) -> None:
    """Close at the provider what nobody shall pay any more."""
    now = clock.now()
    run_job(
        job="cancel_stale_charges",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: stale.cancel_stale_charges(now=now),
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


@shared_task
def send_refunds(**kwargs: object) -> None:
    """Let the providers send back what two people confirmed."""
    now = clock.now()
    run_job(
        job="send_refunds",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: sending_refunds.send_refunds(now=now),
    )


@shared_task
def take_snapshots(**kwargs: object) -> None:
    """Write what shared accounts stood at at the end of the day before."""
    now = clock.now()
    today = clock.jakarta_date(now)
    run_job(
        job="take_snapshots",
        today=today,
        now=now,
        work=lambda: snapshots.take_snapshots(today=today, now=now),
    )
