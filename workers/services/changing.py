"""Corrections of a worker's personal data: proposed by one person, applied by another.

The worker has a right to correct data within 3 x 24 hours (UU 27/2022, article 30);
proposed and former values are sealed. What was bought keeps its price: sector and
bracket stand in the sponsorship, not here.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User, phone_index
from bricks.clock import jakarta_date
from regions.models import Office
from workers import desk_selectors, registry_selectors
from workers.age import turns_65_on
from workers.indexes import address_index, nik_index
from workers.models import PersonCode, Said, Worker, WorkerChange, WorkerEvent
from workers.services import living

Status = WorkerChange.Status
#: What can be corrected, in the order in which people read it.
FIELDS = (
    "nik",
    "name",
    "birth_date",
    "sex",
    "phone",
    "address",
    "village",
    "occupation",
)
#: So long may a correction take (UU 27/2022, article 30).
DUE = timedelta(days=3)
#: Longer than any printed code opens a page.
PRINTED_LATELY = timedelta(days=90)


class CannotChange(Exception):
    """A step of a correction is not possible; its sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Perubahan ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class NothingChanges(CannotChange):
    """The values are those of the registry."""

    sentence = _("Data ini sama dengan yang sudah tercatat.")


class ReasonNeeded(CannotChange):
    """A correction, and its refusal, need a reason."""

    sentence = _("Tulis alasannya.")


class ChangeWaits(CannotChange):
    """Another correction of this worker is still to be decided."""

    sentence = _("Masih ada perubahan yang menunggu. Selesaikan itu dulu.")


class NikTaken(CannotChange):
    """The NIK is that of another worker of the registry."""

    sentence = _("NIK ini sudah tercatat untuk pekerja lain. Periksa KTP kedua pekerja.")


class NotAtDesk(CannotChange):
    """The person does not work at the desk to which the worker belongs."""

    sentence = _("Pekerja ini dilayani cabang lain.")


class ChangeDecided(CannotChange):
    """The correction was applied, refused or taken back already."""

    sentence = _("Perubahan ini sudah diputuskan atau ditarik.")


class OwnChange(CannotChange):
    """Who proposes a correction does not decide it."""

    sentence = _("Perubahan yang Anda usulkan diputuskan rekan lain.")


class PrintedHisCode(CannotChange):
    """Who could open the worker's own page does not decide what was proposed there."""

    sentence = _("Anda mencetak kode halaman pekerja ini. Rekan lain yang memutuskan.")


class OwnWorker(CannotChange):
    """The person acts for the worker's donor, or has declared him as family (P22)."""

    sentence = _("Data pekerja sendiri atau keluarga diurus rekan lain.")


class NotProposer(CannotChange):
    """Only who proposed a correction takes it back."""

    sentence = _("Hanya pengusul yang dapat menarik perubahan ini.")


def propose(
    *,
    worker: Worker,
    values: Mapping[str, Any],
    reason: str,
    said_by: str,
    by: User | None,
    now: datetime,
    through: Mapping[str, object] | None = None,
) -> WorkerChange:
    """Propose a correction of a worker's data; another person decides it.

    `values` are cleaned, by the names of FIELDS: NIK and phone as kept, a day, an area, an
    occupation; what equals the registry is left out. `by` works at the worker's desk, or
    is None where the worker proposes it himself. `said_by` is of Said. Nobody learns here
    whether a NIK is known anywhere (P8); it is found out by the second person, who applies
    it. `through` is what the audit log says besides of how it was done. Raises
    ReasonNeeded, NothingChanges, ChangeWaits, NotAtDesk, OwnWorker.
    """
    if not reason.strip():
        raise ReasonNeeded
    office = _office_of(worker, by)
    present = values_of(worker)
    wanted = {name: _plain(values[name]) for name in FIELDS if name in values}
    wanted = {name: value for name, value in wanted.items() if value != present[name]}
    if not wanted:
        raise NothingChanges
    try:
        with transaction.atomic():
            change = WorkerChange.everything.create(
                worker=worker,
                office=office,
                fields=list(wanted),
                proposed=json.dumps(wanted, ensure_ascii=False),
                reason=reason.strip(),
                said_by=Said(said_by),
                proposed_by=by,
                proposed_at=now,
                due_on=jakarta_date(now) + DUE,
            )
            _record(change, "proposed", by, now, through or {})
    except IntegrityError:
        # workerchange_one_open: two at once, or one that waits already.
        raise ChangeWaits from None
    return change


@transaction.atomic
def withdraw(*, change: WorkerChange, by: User | None, now: datetime) -> WorkerChange:
    """Take back what one has proposed; None is the worker. Raises NotProposer, ChangeDecided."""
    if change.proposed_by_id != (by.pk if by else None):
        raise NotProposer
    _claim(change, status=Status.WITHDRAWN, decided_at=now)
    _record(change, "withdrawn", by, now)
    return _fresh(change)


@transaction.atomic
def refuse(*, change: WorkerChange, by: User, reason: str, now: datetime) -> WorkerChange:
    """Refuse a correction; the reason bears nothing personal.

    Raises ReasonNeeded, OwnChange, PrintedHisCode, NotAtDesk, OwnWorker, ChangeDecided.
    """
    if not reason.strip():
        raise ReasonNeeded
    _refuse_checker(change, by)
    _claim(
        change, status=Status.REFUSED, decided_by=by, decided_at=now, refusal=reason.strip()[:300]
    )
    _record(change, "refused", by, now)
    return _fresh(change)


@transaction.atomic
def approve(*, change: WorkerChange, by: User, now: datetime) -> WorkerChange:
    """Apply a correction to the registry, and keep what stood there before, sealed.

    Of two people who decide at once one wins. Indexes follow the values; codes of the
    worker's own page that went to a former phone, or name a former NIK, end; a 65th
    birthday that the new birth date undoes is revoked. Months already bought keep their
    prices. Raises OwnChange, PrintedHisCode, NotAtDesk, OwnWorker, ChangeDecided, NikTaken.
    """
    _refuse_checker(change, by)
    # All of FOR UPDATE, since a corrected NIK changes a unique column.
    worker = Worker.everything.select_for_update(of=("self",)).get(pk=change.worker_id)
    wanted = proposed_values(change)
    before = {name: value for name, value in values_of(worker).items() if name in wanted}
    _claim(
        change,
        status=Status.APPROVED,
        decided_by=by,
        decided_at=now,
        former=json.dumps(before, ensure_ascii=False),
    )
    former_index = worker.nik_index
    _apply(worker, wanted)
    if {"nik", "phone"} & wanted.keys():
        codes = PersonCode.objects.filter(nik_index=former_index, revoked_at__isnull=True)
        codes.update(revoked_at=now)
    if "birth_date" in wanted:
        _undo_birthday(worker, by, now)
    audit.record(
        action="worker.changed",
        obj=worker,
        actor=by,
        office=change.office,
        now=now,
        after={"change": change.pk, "fields": list(wanted)},
        personal={name: {"before": before[name], "after": wanted[name]} for name in wanted},
    )
    _record(change, "approved", by, now)
    return _fresh(change)


# --- what stands, and what is proposed ------------------------------------------------------
def values_of(worker: Worker) -> dict[str, str]:
    """Return what the registry says of a worker, as plain texts by the names of FIELDS."""
    return {
        "nik": worker.nik,
        "name": worker.name,
        "birth_date": worker.birth_date.isoformat(),
        "sex": worker.sex,
        "phone": worker.phone,
        "address": worker.address,
        "village": worker.village_id,
        "occupation": worker.occupation_id,
    }


def proposed_values(change: WorkerChange) -> dict[str, str]:
    """Open the proposed values; whoever shows them logs the look."""
    values: dict[str, str] = json.loads(change.proposed)
    return values


def former_values(change: WorkerChange) -> dict[str, str]:
    """Open what stood in the registry before; empty until the change was applied."""
    values: dict[str, str] = json.loads(change.former or "{}")
    return values


# --- what the steps share --------------------------------------------------------------------
def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "pk", value))


def _office_of(worker: Worker, by: User | None) -> Office:
    """Return the office at whose desk the change is decided."""
    home = registry_selectors.home_office(worker)
    if by is not None:
        if not registry_selectors.works_at_desk_of(by, worker):
            raise NotAtDesk
        if registry_selectors.is_own_worker(worker, by):
            raise OwnWorker
        offices = desk_selectors.desk_offices(by)
        if home not in offices:
            home = offices.first()
    if home is None:
        raise NotAtDesk
    return home


def _is_taken(nik: str, worker: Worker) -> bool:
    return Worker.everything.filter(nik_index=nik_index(nik)).exclude(pk=worker.pk).exists()


def _refuse_checker(change: WorkerChange, by: User) -> None:
    if change.proposed_by_id == by.pk:
        raise OwnChange
    if change.proposed_by_id is None and _has_printed(change, by):
        raise PrintedHisCode
    if not by.is_active or change.office not in desk_selectors.desk_offices(by):
        raise NotAtDesk
    if registry_selectors.is_own_worker(change.worker, by):
        raise OwnWorker


def _has_printed(change: WorkerChange, by: User) -> bool:
    """Tell whether `by` printed a code with which he could himself have proposed this."""
    printed = PersonCode.objects.filter(
        nik_index=change.worker.nik_index,
        channel=PersonCode.Channel.PRINTED,
        issued_by=by,
        issued_at__gt=change.proposed_at - PRINTED_LATELY,
        issued_at__lte=change.proposed_at,
    )
    return printed.exists()


def _claim(change: WorkerChange, **changes: Any) -> None:
    waiting = WorkerChange.everything.filter(pk=change.pk, status=Status.PROPOSED)
    if waiting.update(**changes) != 1:
        raise ChangeDecided


def _apply(worker: Worker, wanted: Mapping[str, str]) -> None:
    """Write the values with the indexes by which they are found."""
    for name, value in wanted.items():
        if name == "birth_date":
            worker.birth_date = date.fromisoformat(value)
        else:
            setattr(worker, f"{name}_id" if name in {"village", "occupation"} else name, value)
    worker.nik_index = nik_index(worker.nik)
    worker.phone_index = phone_index(worker.phone)
    worker.address_index = address_index(worker.address, worker.village_id)
    indexes = ["nik_index", "name_key", "phone_index", "address_index"]
    try:
        with transaction.atomic():
            worker.save(update_fields=[*wanted, *indexes])
    except IntegrityError:
        if "nik" in wanted and _is_taken(wanted["nik"], worker):
            raise NikTaken from None
        raise


def _undo_birthday(worker: Worker, by: User, now: datetime) -> None:
    if turns_65_on(worker.birth_date) <= jakarta_date(now):
        return
    birthdays = WorkerEvent.everything.filter(
        worker=worker, kind=WorkerEvent.Kind.TURNED_65, revoked_at__isnull=True
    )
    for event in birthdays:
        living.revoke_event(event=event, by=by, now=now, note=str(_("Tanggal lahir diperbaiki.")))


def _record(
    change: WorkerChange,
    step: str,
    by: User | None,
    now: datetime,
    through: Mapping[str, object] = MappingProxyType({}),
) -> None:
    audit.record(
        action=f"worker_change.{step}",
        obj=change,
        actor=by,
        office=change.office,
        now=now,
        after={"worker": change.worker_id, "fields": list(change.fields), **through},
    )


def _fresh(change: WorkerChange) -> WorkerChange:
    return WorkerChange.everything.select_related("worker", "office").get(pk=change.pk)
