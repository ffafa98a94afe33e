"""A crowd of workers whose cover ends soon, made by copying one true story."""

import copy
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import connection, models

from bricks.months import add_months
from contributions.models import CalendarDay, Contribution, Coverage, Sponsorship
from contributions.services.pricing import load_tariffs
from donors.models import Programme
from tests.contributions.rows import at, sponsored
from tests.factories import ProgrammeFactory
from workers.models import Enrollment, Worker

START = date(2025, 12, 1)
TODAY = date(2026, 11, 20)
PER_DONOR = 100
BATCH = 2_000


@dataclass(frozen=True)
class Crowd:
    """The workers, and the day on which they are looked at."""

    worker_ids: list[int]
    today: date
    now: datetime


def gather(count: int, months: int = 12) -> Crowd:
    """Fill the database with `count` workers, a hundred to a donor, paid until the end of
    November: for a year, or for so many `months`."""
    load_tariffs_once()
    first = sponsored(add_months(START, 12 - months), months)
    paid = list(Contribution.everything.filter(sponsorship=first).order_by("month"))
    cover = Coverage.objects.get(worker=first.worker)
    workers = _copies(Worker, first.worker, count, _worker)
    programmes = [ProgrammeFactory() for _ in range(count // PER_DONOR + 1)]
    cases = _copies(Enrollment, first.enrollment, count, _case(workers, programmes))
    sponsorships = _copies(Sponsorship, first, count, _sponsorship(cases))
    for month in paid:
        _copies(Contribution, month, count, _of(sponsorships))
    _copies(Coverage, cover, count, lambda row, n: setattr(row, "worker", workers[n]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Crowd([worker.pk for worker in workers], TODAY, at(TODAY))


def load_tariffs_once() -> None:
    """Load the tariffs, unless the benchmark's database was born with them."""
    if not CalendarDay.objects.exists():
        load_tariffs()


def _copies(model: type[models.Model], row: Any, count: int, change: Any) -> list[Any]:
    made = []
    for number in range(count):
        twin = copy.copy(row)
        twin.pk, twin._state = None, models.base.ModelState()
        if hasattr(twin, "uuid"):
            twin.uuid = uuid.uuid4()
        change(twin, number)
        made.append(twin)
    return model._base_manager.bulk_create(made, batch_size=BATCH)


def _index(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()


def _worker(row: Worker, number: int) -> None:
    row.nik_index = _index(number)


def _case(workers: list[Worker], programmes: list[Programme]) -> Any:
    def change(row: Enrollment, number: int) -> None:
        row.worker, row.programme = workers[number], programmes[number // PER_DONOR]
        row.donor = row.programme.donor
        row.nik_index, row.position = _index(number), number + 2

    return change


def _sponsorship(cases: list[Enrollment]) -> Any:
    def change(row: Sponsorship, number: int) -> None:
        case = cases[number]
        row.enrollment, row.worker, row.donor = case, case.worker, case.donor
        row.programme = case.programme

    return change


def _of(sponsorships: list[Sponsorship]) -> Any:
    def change(row: Contribution, number: int) -> None:
        row.sponsorship, row.worker = sponsorships[number], sponsorships[number].worker

    return change
