"""Looks into the registry: each opens something sealed and leaves a line in the view log."""

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from workers import desk_selectors, registry_pages, registry_selectors
from workers.indexes import nik_index
from workers.models import Worker, WorkerChange
from workers.registry_pages import Compared
from workers.services import changing

#: What the view log calls these looks.
IDENTITY = "nik, phone, address"
SEARCH = "search by nik"
CORRECTION = "correction"


class CannotLook(Exception):
    """Nothing is shown; the sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Ini tidak dapat ditampilkan.")

    def __str__(self) -> str:
        return str(self.sentence)


class NothingFound(CannotLook):
    """No worker of the viewer's own desk bears this NIK; whether another's does, nobody is
    told (P8)."""

    sentence = _("Tidak ada pekerja cabang ini dengan NIK itu.")


class OwnWorker(CannotLook):
    """The viewer acts for the worker's donor, or has declared him as family (P22)."""

    sentence = _("Data pekerja sendiri atau keluarga dibuka rekan lain.")


class ReasonMissing(CannotLook):
    """A look outside a case has a reason (P20)."""

    sentence = _("Tulis alasannya.")


def find_by_nik(*, viewer: User, nik: str, now: datetime) -> Worker:
    """Return the worker of the viewer's own desk who bears a NIK, and log the search.

    `nik` is cleaned. Raises NothingFound, after the same questions and with a line in the
    audit log, whether the NIK is unknown or another branch's. Either line bears the
    office of the viewer's desk, whose supervisors and auditors read it.
    """
    office = desk_selectors.desk_office(viewer)
    with transaction.atomic():
        found = registry_selectors.desk_workers(viewer).filter(nik_index=nik_index(nik)).first()
        if found is not None:
            audit.record_view(
                viewer=viewer, obj=found, what=SEARCH, reason="NIK", now=now, office=office
            )
        else:
            audit.record(
                action="worker.nothing_found", obj=viewer, actor=viewer, now=now, office=office
            )
    if found is None:
        raise NothingFound
    return found


def reveal(*, worker: Worker, viewer: User, reason: str, now: datetime) -> None:
    """Log that the viewer reads a worker's NIK, phone and address, and why (P20).

    Raises ReasonMissing, OwnWorker.
    """
    if not reason.strip():
        raise ReasonMissing
    if registry_selectors.is_own_worker(worker, viewer):
        raise OwnWorker
    audit.record_view(
        viewer=viewer,
        obj=worker,
        what=IDENTITY,
        reason=reason.strip()[:200],
        now=now,
        office=registry_selectors.home_office(worker),
    )


def open_change(*, change: WorkerChange, viewer: User, now: datetime) -> list[Compared]:
    """Open the values of a correction, side by side, and log the look.

    Before are the registry's values while it waits, and those it replaced once applied; of
    one that was refused or taken back, nothing. Raises OwnWorker.
    """
    if registry_selectors.is_own_worker(change.worker, viewer):
        raise OwnWorker
    after = changing.proposed_values(change)
    before = changing.former_values(change)
    if change.status == WorkerChange.Status.PROPOSED:
        before = changing.values_of(change.worker)
    audit.record_view(
        viewer=viewer,
        obj=change,
        what=f"{CORRECTION}: {', '.join(after)}"[:40],
        reason=f"perubahan {change.pk}",
        now=now,
        office=change.office,
    )
    return registry_pages.compared(before, after)
