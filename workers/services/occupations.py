"""The list of jobs: loaded from `workers/data`, then head office's to change.

A case and a sponsorship bear the sector that was decided for them, so a job's sector
counts for cases handed in later only, where the branch confirms it once more (P9).
"""

import csv
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from regions.naming import plain
from workers.models import Occupation

FILE = Path(__file__).resolve().parent.parent / "data" / "occupations.csv"


@dataclass(frozen=True)
class Loaded:
    """How many jobs the file holds, and how many of them were written now."""

    read: int
    written: int


@transaction.atomic
def load_occupations() -> Loaded:
    """Add the jobs of the file and bring names and order up to it; idempotent.

    A job that head office has changed stays as it is, and the sector of every job that
    exists: whether it counts as transport is head office's to say.
    """
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {job.code: job for job in Occupation.objects.all()}
    new, changed = [], []
    for row in rows:
        job = known.get(row["code"])
        told = {"name": row["name"], "name_en": row["name_en"], "order": int(row["order"])}
        if job is None:
            new.append(Occupation(code=row["code"], sector=row["sector"], **told))
        elif not job.version and any(getattr(job, name) != value for name, value in told.items()):
            changed.append(Occupation(code=row["code"], **told))
    Occupation.objects.bulk_create(new)
    Occupation.objects.bulk_update(changed, ["name", "name_en", "order"])
    return Loaded(read=len(rows), written=len(new) + len(changed))


# --- head office -------------------------------------------------------------------
@dataclass(frozen=True)
class JobData:
    """What head office says about a job."""

    name: str
    name_en: str
    sector: str
    order: int
    is_offered: bool = True


class CannotChangeOccupation(Exception):
    """A change of the list is not possible; its sentence is fit for head office."""

    sentence: ClassVar[str | Promise] = _("Perubahan ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class OccupationChanged(CannotChangeOccupation):
    """Somebody else has changed the job since the editor saw it."""

    sentence = _("Pekerjaan ini baru saja diubah orang lain. Periksa lagi, lalu ulangi.")


class OccupationKnown(CannotChangeOccupation):
    """Another job on the list has this name."""

    sentence = _("Pekerjaan dengan nama ini sudah ada di daftar.")


def add_occupation(*, data: JobData, by: User, now: datetime) -> Occupation:
    """Put a job on the list; its code is made of its name. Raises OccupationKnown."""
    _refuse_twin(data, except_for="")
    code = plain(data.name).replace(" ", "_")[:40]
    try:
        with transaction.atomic():
            job = Occupation.objects.create(code=code, version=1, **asdict(data))
            record(action="occupation.added", obj=job, now=now, actor=by, after={**asdict(data)})
    except IntegrityError:
        raise OccupationKnown from None
    return job


@transaction.atomic
def change_occupation(
    *, occupation: Occupation, data: JobData, seen: int, by: User, now: datetime
) -> None:
    """Change a job if it is still as the editor saw it (`seen`, its version).

    Off the list it stays with those who have it. Nothing that was decided changes.
    Raises OccupationChanged, OccupationKnown.
    """
    _refuse_twin(data, except_for=occupation.code)
    job = Occupation.objects.select_for_update().get(pk=occupation.pk)
    values = asdict(data)
    differing = [name for name, value in values.items() if getattr(job, name) != value]
    same = Occupation.objects.filter(pk=job.pk, version=seen)
    if not differing:
        return
    if same.update(**values, version=F("version") + 1) != 1:
        raise OccupationChanged
    record(
        action="occupation.changed",
        obj=job,
        now=now,
        actor=by,
        before={name: getattr(job, name) for name in differing},
        after={name: values[name] for name in differing},
    )


def _refuse_twin(data: JobData, *, except_for: str) -> None:
    twins = Occupation.objects.filter(name__iexact=data.name).exclude(pk=except_for)
    if twins.exists():
        raise OccupationKnown
