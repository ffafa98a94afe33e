"""What a worker is told of the end of his cover, and whether he may be told at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from contributions.cover import CoverStatus
from contributions.models import Audience, ReminderDigest, Sponsorship
from contributions.own_page import SelfPay, self_pay_of
from contributions.reminders.facts import reminders_of
from contributions.selectors import cover_status
from workers.models import Worker
from workers.standing import holds_of, reports_open


@dataclass(frozen=True)
class WorkerFacts:
    """What a worker is to be told; `self_pay` is None where there is nothing to say.

    `said` and `planned` are ids of reminders, as in `contributions.reminders.facts.Facts`.
    """

    worker: Worker
    self_pay: SelfPay | None
    planned: list[int]
    said: list[int]
    fingerprint: str


def facts_of_worker(digest: ReminderDigest, *, today: date) -> WorkerFacts:
    """Gather what a worker is to be told (P17, P19). A fixed number of queries."""
    worker = digest.worker
    if worker is None:
        raise ValueError(f"{digest} is for no worker")
    rows = list(
        reminders_of(digest)
        .filter(audience=Audience.WORKER, sponsorship__worker=worker)
        .select_related("sponsorship")
    )
    running = [row for row in rows if _is_running(row.sponsorship, row.paid_until)]
    pay = _self_pay(worker, [row.paid_until for row in running], today)
    marks = f"{pay.kind}:{pay.until}" if pay else ""
    return WorkerFacts(
        worker=worker,
        self_pay=pay,
        planned=[row.pk for row in rows],
        said=[row.pk for row in running] if pay else [],
        fingerprint=sha256(marks.encode()).hexdigest(),
    )


def _is_running(row: Sponsorship | None, until: date) -> bool:
    return (
        row is not None
        and row.status == Sponsorship.Status.ACTIVE
        and row.parked_at is None
        and row.paid_until == until
    )


def _self_pay(worker: Worker, ends: Sequence[date], today: date) -> SelfPay | None:
    """Say what he is told; None for one who is reported, held, or covered for longer."""
    if not ends or holds_of([worker.pk]) or reports_open([worker.pk]):
        return None
    cover: CoverStatus = cover_status(worker, today=today)
    if cover.paid_until is None or cover.paid_until > max(ends):
        return None
    pay = self_pay_of(worker, cover, today=today)
    return pay if pay.kind != "none" else None
