"""Taking up a report of an accident or a death; anyone may make one (P4).

Whoever reports is answered alike whether or not the portal knows the worker (P8): the
same sentences, after the same questions to the database.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.secrets import blind_index
from notices import bells
from regions.models import Area, Office
from regions.selectors import add_working_days, default_office_for
from workers.indexes import nik_index
from workers.models import IncidentReport, Worker
from workers.report_selectors import office_of
from workers.services.living import drop_waiting

#: The branch rules within so many working days (P4).
WORKING_DAYS = 2


class NobodyServes(Exception):
    """No office serves the village: the call centre must help."""

    def __str__(self) -> str:
        return str(_("Kantor untuk desa ini belum kami catat. Telepon 175 sekarang."))


@dataclass(frozen=True)
class Told:
    """What somebody reports, cleaned. No health data: what happened is not asked.

    `worker` is set where the reporter came from the worker's card or from his own
    sponsorship; else `nik`, which may be empty, may name him.
    """

    kind: str
    name: str
    village: Area
    happened_on: date
    reporter_name: str
    reporter_phone: str
    reporter_relation: str
    nik: str = ""
    worker: Worker | None = None


def report(*, told: Told, by: User | None, now: datetime) -> IncidentReport:
    """Keep a report, due in two working days at the desk that serves the village.

    A worker whose NIK the registry has is matched at once, and his own desk rules; of a
    reported death the messages that wait for his phones are dropped in the same
    transaction. The same report
    sent twice within a day, by a double click or from two tabs, is one row: its address
    is made of what it says. Rings `report_made`. Raises NobodyServes.
    """
    office = default_office_for(village_code=told.village.pk)
    if office is None:
        raise NobodyServes
    number = 0
    while True:
        uuid = _address_of(told, jakarta_date(now), number)
        known = _known(uuid)
        if known is None:
            try:
                return _keep(told, uuid, office, by, now)
            except IntegrityError:
                # A second click was faster: its row is there now.
                known = _known(uuid)
                if known is None:
                    raise
        if known.status == IncidentReport.Status.OPEN:
            return known
        # The branch has ruled already, and somebody says it once more.
        number += 1


def _known(uuid: UUID) -> IncidentReport | None:
    return IncidentReport.everything.select_related("office").filter(uuid=uuid).first()


def _address_of(told: Told, day: date, number: int) -> UUID:
    """Make a report's address of what it says: equal reports have one, nobody can guess it."""
    parts = (
        told.kind,
        str(told.worker.pk) if told.worker else told.nik,
        told.name.casefold(),
        told.village.pk,
        told.happened_on.isoformat(),
        told.reporter_phone,
        day.isoformat(),
        str(number),
    )
    return UUID(hex=blind_index("|".join(parts), purpose="report")[:32])


@transaction.atomic
def _keep(told: Told, uuid: UUID, office: Office, by: User | None, now: datetime) -> IncidentReport:
    index = told.worker.nik_index if told.worker else nik_index(told.nik)
    worker = _beneath_the_lock(index)
    # His own desk rules. Asked for nobody too, so that both ways cost the same.
    office = office_of(worker.pk if worker else 0) or office
    row = IncidentReport.everything.create(
        uuid=uuid,
        kind=told.kind,
        worker=worker,
        # The branch need not match what was matched when it came in.
        matched_at=now if worker else None,
        nik=told.nik,
        nik_index=nik_index(told.nik),
        name=told.name,
        village=told.village,
        happened_on=told.happened_on,
        reporter_name=told.reporter_name,
        reporter_phone=told.reporter_phone,
        reporter_relation=told.reporter_relation,
        reported_by=by,
        reported_at=now,
        office=office,
        due_on=add_working_days(jakarta_date(now), WORKING_DAYS),
    )
    silence(row)
    audit.record(
        action="report.made",
        obj=row,
        actor=by,
        office=office,
        now=now,
        after={"kind": row.kind, "worker": row.worker_id},
        personal={
            "happened_on": told.happened_on,
            "name": told.name,
            "nik": told.nik,
            "reporter_name": told.reporter_name,
            "reporter_phone": told.reporter_phone,
        },
    )
    bells.ring("report_made")
    return row


def _beneath_the_lock(index: str) -> Worker | None:
    """Read the worker of a NIK while his row is held: whoever buys months holds it too, so
    that money and report follow one another. Free on SQLite (IMMEDIATE)."""
    return Worker.everything.select_for_update(no_key=True).filter(nik_index=index).first()


def match_entered(*, worker: Worker, office: Office | None, by: User, now: datetime) -> None:
    """Match the open reports that named the NIK of a worker before he entered the registry.

    In the transaction that enters him, before anything is written to him or asked for him.
    His own desk rules on them from now on; their day stays. Rings `report_made`.
    """
    waiting = (
        IncidentReport.everything.select_for_update(no_key=True)
        .filter(nik_index=worker.nik_index, worker__isnull=True, status=IncidentReport.Status.OPEN)
        .select_related("office")
    )
    for row in waiting.order_by("pk"):
        IncidentReport.everything.filter(pk=row.pk).update(
            worker=worker, matched_at=now, office=office or row.office
        )
        audit.record(
            action="report.matched",
            obj=row,
            actor=by,
            office=office or row.office,
            now=now,
            before={"worker": None},
            after={"worker": worker.pk},
        )
        bells.ring("report_made")


def silence(report: IncidentReport) -> None:
    """Drop what waits for a worker who is reported dead, in the caller's transaction; what
    is written later is refused by `telling`."""
    drop_waiting(report.worker if report.kind == IncidentReport.Kind.DEATH else None)
