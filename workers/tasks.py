"""The clock's doors to the desk and to what came to nothing."""

from celery import shared_task

from bricks import clock
from notices.jobs import run_job
from workers.services import (
    answering,
    bulk_running,
    check_answers,
    check_files,
    closing,
    forgetting,
    holding,
    living,
)


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


@shared_task
def run_bulk_decisions(**kwargs: object) -> None:
    """Work off decisions on many cases."""
    now = clock.now()
    run_job(
        job="run_bulk_decisions",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: bulk_running.run_bulk_decisions(now=now),
    )


@shared_task
def forget_abandoned(**kwargs: object) -> None:
    """Forget drafts and cases that nobody went on with."""
    now = clock.now()
    run_job(
        job="forget_abandoned",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: forgetting.forget_abandoned(now=now),
    )


@shared_task
def move_cases(**kwargs: object) -> None:
    """Move what waits at closed offices to those that took their place."""
    now = clock.now()
    run_job(
        job="move_cases",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: closing.move_cases(now=now),
    )


@shared_task
def take_replies(**kwargs: object) -> None:
    """Act on what workers have answered."""
    now = clock.now()
    run_job(
        job="take_replies",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: answering.take_replies(now=now),
    )


@shared_task
def note_birthdays(**kwargs: object) -> None:
    """Note who has turned 65."""
    now = clock.now()
    today = clock.jakarta_date(now)
    run_job(
        job="note_birthdays",
        today=today,
        now=now,
        work=lambda: living.note_birthdays(today=today, now=now),
    )


@shared_task
def follow_up_answers(**kwargs: object) -> None:
    """Check the cases anew whose check files were answered."""
    now = clock.now()
    run_job(
        job="follow_up_answers",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: check_answers.follow_up_answers(now=now),
    )


@shared_task
def delete_check_files(**kwargs: object) -> None:
    """Delete the check files whose days are over."""
    now = clock.now()
    run_job(
        job="delete_check_files",
        today=clock.jakarta_date(now),
        now=now,
        work=lambda: check_files.delete_expired(now=now),
    )
