"""Facts of a worker's life that end or freeze something, each with its day and who said so.

What follows for sponsorships, invoices and money is drawn on the floor above, which
claims each event by `followed_up_at`. A mistaken event is revoked, never deleted, and
its revocation waits to be followed up in the same way.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.months import add_months
from notices import bells
from notices.services import drop_messages_to_phones
from regions.models import Area
from regions.selectors import default_office_for
from workers import registry_selectors
from workers.age import LIMIT_YEARS, turns_65_on
from workers.indexes import address_index
from workers.models import Enrollment, IncidentReport, Said, Worker, WorkerEvent
from workers.services.greeting import KINDS

Kind = WorkerEvent.Kind
CHUNK = 500
#: What is asked for where no phone is known, so that both ways cost the same.
NO_PHONE = "-"


class CannotRecord(Exception):
    """The event cannot be recorded or revoked; its sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Peristiwa ini tidak dapat dicatat.")

    def __str__(self) -> str:
        return str(self.sentence)


class WrongDay(CannotRecord):
    """The day lies in the future, or before the worker was born."""

    sentence = _("Tanggal ini tidak mungkin. Periksa lagi.")


class WhereTo(CannotRecord):
    """A move needs a village other than the present one; nothing else has one."""

    sentence = _("Pilih desa yang baru, yang berbeda dari desa sekarang.")


class Revoked(CannotRecord):
    """The event was revoked before."""

    sentence = _("Peristiwa ini sudah dibatalkan.")


class StillTrue(CannotRecord):
    """By his birth date the worker is 65: that is corrected first."""

    sentence = _("Menurut tanggal lahirnya ia sudah 65 tahun. Perbaiki tanggal lahirnya dulu.")


class MovedOn(CannotRecord):
    """A later move rests on this one, or the village was corrected since."""

    sentence = _("Desanya sudah berubah lagi sejak itu. Usulkan perubahan desa saja.")


def record_event(
    *,
    worker: Worker,
    kind: str,
    happened_on: date,
    said_by: str,
    by: User | None,
    now: datetime,
    note: str = "",
    village: Area | None = None,
    through: Mapping[str, object] | None = None,
) -> WorkerEvent:
    """Record that something happened to a worker, and ring `worker_event`.

    `by` is who records it; None only for the worker himself, the clock or BPJS's data
    (`said_by`). A move changes the worker's village at once and takes his street address
    away, which was that of the old place; open cases stay where they are. Of a death,
    the messages that wait for the worker are dropped (P4). An event that holds already is
    returned as it is. `through` is what the audit log says besides of how it was done.
    Raises WrongDay, WhereTo.
    """
    if happened_on > jakarta_date(now) or happened_on < worker.birth_date:
        raise WrongDay
    if (kind == Kind.MOVED) != (village is not None):
        raise WhereTo
    try:
        with transaction.atomic():
            # A move writes the village: of two at once, the second knows the first.
            worker = Worker.everything.select_for_update(no_key=True).get(pk=worker.pk)
            return _holding(worker, kind, village) or _record(
                worker,
                village,
                through or {},
                kind=Kind(kind),
                happened_on=happened_on,
                said_by=Said(said_by),
                recorded_by=by,
                recorded_at=now,
                note=note.strip(),
            )
    except IntegrityError:
        # workerevent_holds_once: on an engine without that lock somebody was faster.
        found = _holding(worker, kind, village)
        if found is None:
            raise
        return found


def drop_waiting(worker: Worker | None) -> None:
    """Drop what waits for a dead worker, at his phone and those of his cases, in the
    caller's transaction. Asked for nobody too, so that both ways cost the same (P8)."""
    cases = Enrollment.everything.filter(worker=worker.pk if worker else 0)
    phones = {NO_PHONE, worker.phone if worker else "", *cases.values_list("phone", flat=True)}
    drop_messages_to_phones(phones=phones, kinds=KINDS)


@transaction.atomic
def revoke_event(*, event: WorkerEvent, by: User | None, now: datetime, note: str) -> WorkerEvent:
    """Take back an event that was recorded by mistake, or that no longer holds.

    What it ended is resumed by the floor above where that is possible; a move gives back
    village and street. Rings `worker_event`. `by` is None for the worker himself.
    Raises Revoked, StillTrue, MovedOn.
    """
    worker = Worker.everything.select_for_update(no_key=True).get(pk=event.worker_id)
    if event.kind == Kind.TURNED_65 and turns_65_on(worker.birth_date) <= jakarta_date(now):
        raise StillTrue
    holds = WorkerEvent.everything.filter(pk=event.pk, revoked_at__isnull=True)
    if holds.update(revoked_at=now, revoked_by=by, followed_up_at=None) != 1:
        raise Revoked
    if event.kind == Kind.MOVED:
        _move_back(event, worker, by, now)
    audit.record(
        action="worker_event.revoked",
        obj=event,
        actor=by,
        office=event.office,
        now=now,
        after={"worker": worker.pk, "kind": event.kind},
        personal={"note": note.strip()},
    )
    bells.ring("worker_event")
    return WorkerEvent.everything.select_related("worker", "office").get(pk=event.pk)


def note_birthdays(*, today: date, now: datetime) -> dict[str, int]:
    """Record of each worker who has turned 65 by `today` that he has. Idempotent; catches up.

    It ends nothing that is paid: who joined in time may go on (domain reference 1.5).
    Returns the count.
    """
    # One day more, for those born on 29 February (`turns_65_on`).
    born_by = add_months(today, -12 * LIMIT_YEARS) + timedelta(days=1)
    known = WorkerEvent.everything.filter(
        worker=OuterRef("pk"), kind=Kind.TURNED_65, revoked_at__isnull=True
    )
    due = Worker.everything.filter(~Exists(known), birth_date__lte=born_by).order_by("pk")
    noted, last = 0, 0
    while workers := list(due.filter(pk__gt=last)[:CHUNK]):
        last = workers[-1].pk
        for worker in workers:
            birthday = turns_65_on(worker.birth_date)
            if birthday > today:
                continue
            record_event(
                worker=worker,
                kind=Kind.TURNED_65,
                happened_on=birthday,
                said_by=Said.CLOCK,
                by=None,
                now=now,
            )
            noted += 1
    return {"turned_65": noted}


# --- what the steps share -------------------------------------------------------------------
def _holding(worker: Worker, kind: str, village: Area | None) -> WorkerEvent | None:
    """Return the event of this kind that holds; of moves, the latest, if it led here."""
    events = WorkerEvent.everything.filter(worker=worker, kind=kind, revoked_at__isnull=True)
    if village is None:
        return events.first()
    latest = events.order_by("-recorded_at", "-pk").first()
    here = worker.village_id == village.pk
    if latest is not None and latest.village_id == village.pk and here:
        return latest
    if here:
        raise WhereTo
    return None


def _record(
    worker: Worker, village: Area | None, through: Mapping[str, object], **event: Any
) -> WorkerEvent:
    """Write the event, draw what it changes in the registry, and audit both."""
    made = WorkerEvent(worker=worker, village=village, **event)
    if village is None:
        made.office = registry_selectors.home_office(worker)
    else:
        made.office = default_office_for(village_code=village.pk)
        made.moved_from, made.former_address = worker.village, worker.address
    made.save(force_insert=True)
    if made.kind == Kind.DIED:
        drop_waiting(worker)
    if village is not None:
        _move(worker, made, village=village, address="", by=made.recorded_by, now=made.recorded_at)
    audit.record(
        action="worker_event.recorded",
        obj=made,
        actor=made.recorded_by,
        office=made.office,
        now=made.recorded_at,
        after={"worker": worker.pk, "kind": made.kind, "said_by": made.said_by, **through},
        personal={"happened_on": made.happened_on, "note": made.note},
    )
    bells.ring("worker_event")
    return made


def _move_back(event: WorkerEvent, worker: Worker, by: User | None, now: datetime) -> None:
    if worker.village_id != event.village_id or event.moved_from is None:
        raise MovedOn
    # His reports go back to the desk that knows him, or nobody could rule on them.
    back = registry_selectors.home_office(worker)
    if back is not None:
        reports = IncidentReport.everything.filter(worker=worker, office=event.office)
        reports.filter(status=IncidentReport.Status.OPEN).update(office=back)
    # A street that was told since is that of the new place.
    _move(worker, event, village=event.moved_from, address=event.former_address, by=by, now=now)


def _move(
    worker: Worker,
    event: WorkerEvent,
    *,
    village: Area,
    address: str,
    by: User | None,
    now: datetime,
) -> None:
    before = {"village": worker.village_id, "address": worker.address}
    worker.village, worker.address = village, address
    worker.address_index = address_index(address, village.pk)
    worker.save(update_fields=["village", "address", "address_index"])
    audit.record(
        action="worker.moved",
        obj=worker,
        actor=by,
        office=event.office,
        now=now,
        after={"event": event.pk},
        personal={
            "village": {"before": before["village"], "after": village.pk},
            "address": {"before": before["address"], "after": address},
        },
    )
