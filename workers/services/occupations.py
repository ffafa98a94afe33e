"""Loading the list of jobs from `workers/data`."""

import csv
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

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

    The sector of a job that exists stays: whether it counts as transport is head
    office's to say.
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
        elif any(getattr(job, name) != value for name, value in told.items()):
            changed.append(Occupation(code=row["code"], **told))
    Occupation.objects.bulk_create(new)
    Occupation.objects.bulk_update(changed, ["name", "name_en", "order"])
    return Loaded(read=len(rows), written=len(new) + len(changed))
