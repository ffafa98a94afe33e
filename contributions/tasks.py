"""The clock's and the bells' doors to sponsorships, months and cover."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from bricks import clock
from contributions import books
from contributions.services import (
    annulling,
    ending,
    expiring,
    lapsing,
    reminding,
    remitting,
    renewing,
    reversing,
    settling,
    sponsoring,
    withholding,
)
from notices import bells
from notices.jobs import run_job

Work = Callable[[date, datetime], dict[str, int]]


def _run(job: str, work: Work) -> dict[str, int]:
    """Take the time once, do the work and keep a row about it."""
    now = clock.now()
    today = clock.jakarta_date(now)
    run = run_job(job=job, today=today, now=now, work=lambda: work(today, now))
    return dict(run.counts)


@shared_task
def follow_up_approvals(**kwargs: object) -> None:
    """Make sponsorships and invoices of approved enrollments."""
    _run("follow_up_approvals", lambda _today, now: sponsoring.follow_up_approvals(now=now))


@shared_task
def end_annulled(**kwargs: object) -> None:
    """End the unpaid sponsorships of cases whose approval the branch took back."""
    _run("end_annulled", lambda today, now: annulling.end_annulled(today=today, now=now))


@shared_task
def withhold_invoices(**kwargs: object) -> None:
    """Withdraw the invoices of workers who are reported dead, and of frozen cases."""
    _run("withhold_invoices", lambda today, now: withholding.withhold(today=today, now=now))


@shared_task
def follow_up_events(**kwargs: object) -> None:
    """End, or take up again, what an event of a worker's life calls for."""
    _run("follow_up_events", lambda _today, now: ending.follow_up_events(now=now))


@shared_task
def allocate_payments(**kwargs: object) -> None:
    """Turn settled payments into months; the demo hands these over at once."""
    counts = _run("allocate_payments", lambda _today, now: settling.allocate_payments(now=now))
    if counts["months"] and settings.REMIT_AT_ONCE:
        bells.ring("months_bought")


@shared_task
def undo_payments(**kwargs: object) -> None:
    """Undo what reversed payments bought."""
    _run("undo_payments", lambda _today, now: reversing.undo_payments(now=now))


@shared_task
def expire_approvals(**kwargs: object) -> None:
    """End invoices and approvals that can no longer be paid."""
    _run("expire_approvals", lambda today, now: expiring.expire(today=today, now=now))


@shared_task
def remit_contributions(**kwargs: object) -> None:
    """Hand paid months to BPJS's core system, and ask for its answers once it had time."""
    counts = _run("remit_contributions", lambda today, now: remitting.remit(today=today, now=now))
    if counts["remittances"]:
        # The clock asks each minute anyway, should the broker be down.
        with suppress(OperationalError, OSError):
            answer_remittances.apply_async(countdown=settings.SANDBOX_CORE_DELAY_SECONDS + 1)


@shared_task
def answer_remittances(**kwargs: object) -> None:
    """Take up the core system's answers."""
    _run("answer_remittances", lambda _today, now: remitting.fetch_answers(now=now))


@shared_task
def renew_coverage(**kwargs: object) -> None:
    """Ask for the next period before cover ends."""
    _run("renew_coverage", lambda today, now: renewing.renew(today=today, now=now))


@shared_task
def send_reminders(**kwargs: object) -> None:
    """Remind donors before and after cover ends."""
    _run("send_reminders", lambda today, now: reminding.remind(today=today, now=now))


@shared_task
def lapse_sponsorships(**kwargs: object) -> None:
    """End sponsorships that have run out or were not paid for too long."""
    _run("lapse_sponsorships", lambda today, now: lapsing.lapse(today=today, now=now))


@shared_task
def check_books(**kwargs: object) -> None:
    """Prove the books; the findings of the day stand on the page of jobs."""
    _run("check_books", lambda _today, now: books.count_findings(now=now))
