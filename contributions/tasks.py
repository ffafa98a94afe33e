"""The clock's and the bells' doors to sponsorships, months and cover."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from bricks import clock
from contributions.models import BooksCheck
from contributions.services import (
    annulling,
    asking,
    bridging,
    certifying,
    correcting,
    ending,
    expiring,
    lapsing,
    proving,
    reminding,
    remittance_files,
    remitting,
    renewing,
    reversing,
    settling,
    spending,
    sponsoring,
    taking_over,
    waiting,
    waiting_replies,
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
def follow_take_overs(**kwargs: object) -> None:
    """Close the take-overs that were paid, refused or not paid in time."""
    _run("follow_take_overs", lambda _today, now: taking_over.follow_take_overs(now=now))


@shared_task
def take_waiting_replies(**kwargs: object) -> None:
    """Put workers who asked for another sponsor by one digit on the list."""
    _run("take_waiting_replies", lambda _today, now: waiting_replies.take_up(now=now))


@shared_task
def clear_waiting_list(**kwargs: object) -> None:
    """Take off the waiting list whoever needs nobody any more."""
    _run("clear_waiting_list", lambda today, now: waiting.clear_list(today=today, now=now))


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
def spend_credit(**kwargs: object) -> None:
    """Let what was paid too much, or corrected, buy the next months."""
    counts = _run("spend_credit", lambda _today, now: spending.spend_credit(now=now))
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
def delete_remittance_files(**kwargs: object) -> None:
    """Delete the files to BPJS, and of its answers, whose days are over."""
    _run(
        "delete_remittance_files",
        lambda _today, now: remittance_files.delete_expired(now=now),
    )


@shared_task
def renew_coverage(**kwargs: object) -> None:
    """Ask for the next period before cover ends; the books are proved after it."""
    try:
        _run("renew_coverage", lambda today, now: renewing.renew_tonight(today=today, now=now))
    finally:
        bells.ring("coverage_renewed")


@shared_task
def continue_renewal(**kwargs: object) -> None:
    """Help a renewal that is under way, or take up one whose process died."""
    _run("continue_renewal", lambda _today, now: renewing.continue_renewal(now=now))


@shared_task
def ask_anew(**kwargs: object) -> None:
    """Ask at once for what a donor wants otherwise; the night's renewal would ask too."""
    _run("ask_anew", lambda today, now: {"invoices": asking.ask_again(today=today, now=now)})


@shared_task
def correct_prices(**kwargs: object) -> None:
    """Follow up the changes of tariffs that wait."""
    _run("correct_prices", lambda today, now: correcting.correct_prices(today=today, now=now))


@shared_task
def correct_late_prices(**kwargs: object) -> None:
    """Correct months that were bought since at the price before a change."""
    _run(
        "correct_late_prices",
        lambda today, now: correcting.correct_late_prices(today=today, now=now),
    )


@shared_task
def plan_reminders(**kwargs: object) -> None:
    """Plan who is reminded of what today."""
    _run("plan_reminders", lambda today, now: reminding.plan_reminders(today=today, now=now))


@shared_task
def send_reminders(**kwargs: object) -> None:
    """Send the digests of the day that are due."""
    _run("send_reminders", lambda _today, now: reminding.send_reminders(now=now))


@shared_task
def lapse_sponsorships(**kwargs: object) -> None:
    """End sponsorships that have run out or were not paid for too long."""
    _run("lapse_sponsorships", lambda today, now: lapsing.lapse(today=today, now=now))


@shared_task
def grant_bridge_months(**kwargs: object) -> None:
    """Pay one month for each worker near the end, while the bridge fund is open and lasts."""
    _run("grant_bridge_months", lambda today, now: bridging.grant_months(today=today, now=now))


@shared_task
def make_certificates(**kwargs: object) -> None:
    """Draw certificates that were asked for, and delete files whose days are over."""
    _run("make_certificates", lambda _today, now: certifying.make_certificates(now=now))


@shared_task
def check_books(**kwargs: object) -> None:
    """Prove the books at night."""
    _prove("check_books", BooksCheck.Occasion.NIGHT)


@shared_task
def check_renewed_books(**kwargs: object) -> None:
    """Prove the books once a renewal is done."""
    _prove("check_renewed_books", BooksCheck.Occasion.RENEWAL)


@shared_task
def check_books_now(**kwargs: object) -> None:
    """Prove the books because somebody asked."""
    _prove("check_books_now", BooksCheck.Occasion.HAND)


def _prove(job: str, occasion: str) -> None:
    def prove(_today: date, now: datetime) -> dict[str, int]:
        return proving.must_agree(proving.prove_books(occasion=occasion, now=now))

    _run(job, prove)
