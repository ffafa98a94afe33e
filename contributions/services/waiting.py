"""The branch's waiting list (P17): who joins it, who leaves it, and why."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.months import ONE_DAY
from contributions import locks
from contributions.models import Contribution, SelfPayer, Sponsorship, TakeOver, WaitingPlace
from contributions.models.cover import BOUGHT
from contributions.stops import is_reached
from regions.selectors import default_office_for
from workers import standing
from workers.age import turns_65_on
from workers.models import Worker
from workers.standing import Hold

Place = WaitingPlace
Status = Sponsorship.Status
LIVE = (Status.ACTIVE, Status.AWAITING_PAYMENT, Status.PROPOSED)
#: While a death is only reported, a place is kept and shown to nobody (P4).
GONE = (Hold.DIED, Hold.EMPLOYEE, Hold.LEFT)
CHUNK = 500


class CannotWait(Exception):
    """A worker cannot join the waiting list, or a place cannot be changed."""

    sentence: ClassVar[str | Promise] = _("Pekerja ini tidak dapat masuk daftar tunggu.")

    def __str__(self) -> str:
        return str(self.sentence)


class StillSponsored(CannotWait):
    """Somebody goes on paying for him."""

    sentence = _("Masih ada yang membayar untuk pekerja ini.")


class Withheld(CannotWait):
    """Nothing is asked for him: he died, left, or is an employee, or a report waits."""

    sentence = _("Cabang sedang memeriksa keadaan pekerja ini.")


class PlaceLeft(CannotWait):
    """The place was left already."""

    sentence = _("Pekerja ini sudah tidak dalam daftar tunggu.")


class BeingTaken(CannotWait):
    """A donor has chosen him, and the branch looks at the case."""

    sentence = _("Donatur baru sudah memilih pekerja ini. Putuskan kasusnya dulu.")


# --- who joins -------------------------------------------------------------------------
def goes_on(row: Sponsorship) -> bool:
    """Tell whether a sponsorship goes on by itself, so that no other payer is needed."""
    return row.status in LIVE and row.renews and row.stopped_at is None and not is_reached(row)


def former_of(rows: Iterable[Sponsorship]) -> Sponsorship | None:
    """Return the sponsorship whose end a worker may stand on the list for: the one paid
    last; None where one goes on, or nothing was ever paid."""
    rows = list(rows)
    if any(goes_on(row) for row in rows):
        return None
    paid = [row for row in rows if row.paid_until is not None]
    return max(paid, key=lambda row: (row.paid_until, row.pk), default=None)


def join(
    *,
    worker: Worker,
    how: str,
    now: datetime,
    by: User | None = None,
    source: str | None = None,
    agreed_at: datetime | None = None,
) -> WaitingPlace:
    """Put a worker who agreed on his branch's list; who stands there already stays (idempotent).

    `how` is one of WaitingPlace.How; `by` is who heard it from him, empty where he did it
    himself. Raises StillSponsored, Withheld.
    """
    with transaction.atomic():
        locks.lock_workers([worker.pk])
        known = Place.everything.open().filter(worker=worker).first()
        if known is not None:
            return known
        if standing.is_held(worker.pk):
            raise Withheld
        rows = Sponsorship.everything.filter(worker=worker)
        former = former_of(rows.select_related("enrollment__office"))
        if former is None:
            raise StillSponsored
        office = default_office_for(village_code=worker.village_id) or former.enrollment.office
        if office is None:
            raise CannotWait
        place = Place.everything.create(
            worker=worker,
            former=former,
            office=office,
            source=source or source_of(former),
            needs_from=_needs_from(worker, jakarta_date(now)),
            since=now,
            how=how,
            agreed_at=agreed_at or now,
            recorded_by=by,
        )
        audit.record(
            action="waiting.joined",
            obj=place,
            actor=by,
            office=office,
            now=now,
            after={"worker": worker.pk, "how": how, "source": place.source},
        )
        return place


def source_of(former: Sponsorship) -> str:
    """Say by what a sponsorship ends or has ended, as the list tells it."""
    if former.status == Status.LAPSED:
        return Place.Source.LAPSED
    ended = former.end_reason == Sponsorship.EndReason.FINISHED
    return Place.Source.FINISHED if ended or former.stopped_at is None else Place.Source.STOPPED


def _needs_from(worker: Worker, today: date) -> date:
    bought = Contribution.everything.filter(worker=worker, status__in=BOUGHT)
    last = bought.aggregate(last=Max("covered_until"))["last"]
    return last + ONE_DAY if last else today


# --- who leaves ------------------------------------------------------------------------
def withdraw(*, worker: Worker, now: datetime) -> None:
    """Let a worker leave the list again by himself. Idempotent. Raises BeingTaken."""
    with transaction.atomic():
        locks.lock_workers([worker.pk])
        for place in Place.everything.open().filter(worker=worker):
            _refuse_taken(place)
            _leave(place, Place.Outcome.WITHDRAWN, now)


def remove(*, place: WaitingPlace, reason: str, by: User, now: datetime) -> None:
    """Let the branch take a worker off the list, for a reason. Raises PlaceLeft, BeingTaken."""
    with transaction.atomic():
        locks.lock_workers([place.worker_id])
        _refuse_taken(place)
        _leave(place, Place.Outcome.REMOVED, now, by=by, reason=reason)


def _refuse_taken(place: WaitingPlace) -> None:
    if TakeOver.everything.filter(worker=place.worker_id, closed_at__isnull=True).exists():
        raise BeingTaken


def _leave(
    place: WaitingPlace, outcome: str, now: datetime, *, by: User | None = None, reason: str = ""
) -> None:
    rows = Place.everything.open().filter(pk=place.pk)
    if rows.update(left_at=now, outcome=outcome, removed_by=by, reason=reason) != 1:
        raise PlaceLeft
    audit.record(
        action="waiting.left",
        obj=place,
        actor=by,
        office=place.office,
        now=now,
        after={"worker": place.worker_id, "outcome": outcome},
    )


def clear_list(*, today: date, now: datetime) -> dict[str, int]:
    """Take off the list whoever needs nobody any more, or may no longer begin. Idempotent.

    Somebody goes on paying for him (the former donor, another, he himself); he died, left
    or became an employee; he turned 65 and his cover has ended (domain reference 1.5).
    While a donor's choice is open the place stays. The day from which somebody is needed
    follows what was bought or taken back meanwhile. Returns counts.
    """
    counts = {"sponsored": 0, "gone": 0, "too_old": 0}
    last = 0
    while True:
        with transaction.atomic():
            rows = list(_settled_places().filter(pk__gt=last).order_by("pk")[:CHUNK])
            locks.lock_workers([row.worker_id for row in rows])
            _follow_cover(rows)
            for place, outcome in _outcomes(rows, today):
                if Place.everything.open().filter(pk=place.pk).exists():
                    _leave(place, outcome, now)
                    counts[_COUNTED.get(outcome, "sponsored")] += 1
        if len(rows) < CHUNK:
            return counts
        last = rows[-1].pk


_COUNTED: dict[str, str] = {Place.Outcome.GONE: "gone", Place.Outcome.TOO_OLD: "too_old"}


def _settled_places() -> QuerySet[WaitingPlace]:
    taking = TakeOver.everything.filter(worker=OuterRef("worker"), closed_at__isnull=True)
    return Place.everything.open().filter(~Exists(taking)).select_related("worker", "office")


def _follow_cover(rows: list[WaitingPlace]) -> None:
    """Let places begin behind what is bought by now, the bridge fund's month as well."""
    bought = Contribution.everything.filter(
        worker__in=[row.worker_id for row in rows], status__in=BOUGHT
    )
    last = dict(
        bought.values_list("worker")
        .annotate(last=Max("covered_until"))
        .values_list("worker", "last")
    )
    moved = []
    for row in rows:
        day = last.get(row.worker_id)
        if day is not None and row.needs_from != day + ONE_DAY:
            row.needs_from = day + ONE_DAY
            moved.append(row)
    Place.everything.bulk_update(moved, ["needs_from"])


def _outcomes(rows: list[WaitingPlace], today: date) -> list[tuple[WaitingPlace, str]]:
    workers = {row.worker_id for row in rows}
    holds = standing.holds_of(workers)
    going = Sponsorship.everything.filter(
        worker__in=workers, status=Status.ACTIVE, renews=True, stopped_at__isnull=True
    )
    payers = {row.worker_id: row for row in going.filter(paid_until__gte=today)}
    own = dict(SelfPayer.objects.filter(worker__in=workers).values_list("worker", "donor"))
    found = []
    for row in rows:
        payer = payers.get(row.worker_id)
        if holds.get(row.worker_id) in GONE:
            found.append((row, Place.Outcome.GONE))
        elif payer is not None:
            found.append((row, _paid_by(payer, row, own.get(row.worker_id))))
        elif row.needs_from <= today and turns_65_on(row.worker.birth_date) <= today:
            found.append((row, Place.Outcome.TOO_OLD))
    return [(row, outcome.value) for row, outcome in found]


def _paid_by(payer: Sponsorship, row: WaitingPlace, own: int | None) -> WaitingPlace.Outcome:
    if payer.pk == row.former_id:
        return Place.Outcome.RESUMED
    return Place.Outcome.PAYS_HIMSELF if payer.donor_id == own else Place.Outcome.TAKEN
