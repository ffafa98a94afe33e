"""What a worker is told of the end of his cover, and whether he may be told at all.

Who pays for himself is told here what donors are told: nobody signs in as his donor.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import Q

from contributions.cover import CoverStatus
from contributions.models import (
    About,
    Audience,
    Reminder,
    ReminderDigest,
    SelfPayer,
    Sponsorship,
)
from contributions.own_page import SelfPay, self_pay_of
from contributions.price_changes import PriceChange
from contributions.reminders.facts import change_after, reminders_of
from contributions.reminders.obligations import released
from contributions.selectors import cover_status
from contributions.tariffs import TariffTable
from workers.models import Worker
from workers.standing import holds_of, reports_open


@dataclass(frozen=True)
class WorkerFacts:
    """What a worker is to be told: of his cover, where `self_pay` is not None, and of what
    he pays himself that becomes dearer.

    `said` and `planned` are ids of reminders, as in `contributions.reminders.facts.Facts`.
    """

    worker: Worker
    self_pay: SelfPay | None
    prices: Counter[PriceChange]
    planned: list[int]
    said: list[int]
    fingerprint: str


def facts_of_worker(digest: ReminderDigest, *, today: date) -> WorkerFacts:
    """Gather what a worker is to be told (P17, P19). A fixed number of queries."""
    worker = digest.worker
    if worker is None:
        raise ValueError(f"{digest} is for no worker")
    own = SelfPayer.objects.filter(worker=worker).values("donor")
    mine = Q(audience=Audience.WORKER) | Q(sponsorship__donor__in=own)
    rows = list(
        reminders_of(digest).filter(mine, sponsorship__worker=worker).select_related("sponsorship")
    )
    free = _free(worker, rows)
    cover = [row for row in free if row.about == About.COVER and _ends_then(row)]
    pay = _self_pay(worker, [row.paid_until for row in cover], today)
    prices = _prices([row for row in free if row.about == About.PRICE])
    marks = [f"{pay.kind}:{pay.until}"] if pay else []
    marks += [f"p{pk}:{change.new}" for pk, change in prices.items()]
    return WorkerFacts(
        worker=worker,
        self_pay=pay,
        prices=Counter(prices.values()),
        planned=[row.pk for row in rows],
        said=[*([row.pk for row in cover] if pay else []), *prices],
        fingerprint=sha256("\n".join(sorted(marks)).encode()).hexdigest(),
    )


def _free(worker: Worker, rows: Sequence[Reminder]) -> list[Reminder]:
    """Leave out what runs no more, and whose branch has not released its programme (P19);
    everything, of a worker of whom something is reported or held."""
    if not rows or holds_of([worker.pk]) or reports_open([worker.pk]):
        return []
    running = Sponsorship.everything.filter(
        pk__in=[row.sponsorship_id for row in rows],
        status=Sponsorship.Status.ACTIVE,
        parked_at__isnull=True,
    )
    known = set(released(running).values_list("pk", flat=True))
    return [row for row in rows if row.sponsorship_id in known]


def _ends_then(row: Reminder) -> bool:
    return row.sponsorship is not None and row.sponsorship.paid_until == row.paid_until


def _prices(rows: Sequence[Reminder]) -> dict[int, PriceChange]:
    """Return by reminder what becomes dearer of that which goes on."""
    if not rows:
        return {}
    table = TariffTable.load()
    found = {}
    for row in rows:
        line = row.sponsorship
        change = change_after(line, row.paid_until, table) if line and line.renews else None
        if change is not None:
            found[row.pk] = change
    return found


def _self_pay(worker: Worker, ends: Sequence[date], today: date) -> SelfPay | None:
    """Say what he is told of his cover; None for one who is covered for longer."""
    if not ends:
        return None
    cover: CoverStatus = cover_status(worker, today=today)
    if cover.paid_until is None or cover.paid_until > max(ends):
        return None
    pay = self_pay_of(worker, cover, today=today)
    return pay if pay.kind != "none" else None
