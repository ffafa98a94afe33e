"""Questions about the mailbox and the clock's jobs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet

from bricks import secrets
from notices.models import JobRun, Letter, Message

#: A run that began so long ago and has not ended was killed.
STUCK_AFTER = timedelta(hours=2)


def newest_letters(*, address: str = "", limit: int = 50) -> QuerySet[Letter]:
    """Return the newest letters, of one address or of all."""
    letters = Letter.objects.order_by("-received_at", "-pk")
    if address:
        index = secrets.blind_index(address.lower(), purpose="letter.address")
        letters = letters.filter(address_index=index)
    return letters[:limit]


def phone_of_letter(pk: str) -> str | None:
    """Return the phone to which a letter of the mailbox went; None for any other letter."""
    known = Letter.objects.filter(pk=int(pk)) if pk.isdecimal() and len(pk) < 19 else ()
    for letter in known:
        if letter.address.startswith("+"):
            return letter.address
    return None


def last_question(*, phone_index: str, before: datetime, since: datetime) -> Message | None:
    """Return the newest message to a phone that asked for an answer, between two instants."""
    asked = Message.objects.filter(
        address_index=phone_index, created_at__gte=since, created_at__lte=before
    ).exclude(asks="")
    return asked.order_by("-created_at", "-pk").first() if phone_index else None


def unhandled_failures(*, faults: Collection[str]) -> QuerySet[Message]:
    """Return what never arrived for one of these faults and nobody has acted on, newest first."""
    failed = Message.objects.filter(
        status=Message.Status.FAILED,
        failed_at__isnull=False,
        fault__in=faults,
        handled_at__isnull=True,
    )
    return failed.order_by("-failed_at", "-pk")


@dataclass(frozen=True)
class JobRow:
    """One clock job as head office sees it: `state` is never, running, stuck, done or failed."""

    job: str
    state: str
    run: JobRun | None
    last_done: JobRun | None


def jobs_overview(*, now: datetime) -> list[JobRow]:
    """Return every scheduled job, and any other that ever ran, with its latest runs."""
    latest = _newest(JobRun.objects.all())
    done = _newest(JobRun.objects.filter(outcome=JobRun.Outcome.DONE))
    scheduled = {str(entry["task"]).rpartition(".")[2] for entry in settings.CLOCK_JOBS.values()}
    return [
        JobRow(
            job=job,
            state=_state(latest.get(job), now),
            run=latest.get(job),
            last_done=done.get(job),
        )
        for job in sorted(scheduled | latest.keys())
    ]


def _newest(runs: QuerySet[JobRun]) -> dict[str, JobRun]:
    newest = runs.values("job").annotate(newest=Max("pk")).values("newest")
    return {run.job: run for run in JobRun.objects.filter(pk__in=newest)}


def _state(run: JobRun | None, now: datetime) -> str:
    if run is None:
        return "never"
    if run.outcome == JobRun.Outcome.RUNNING and now - run.started_at > STUCK_AFTER:
        return "stuck"
    return run.outcome
