"""Whether anything may still be asked or taken for a worker: one answer for every floor.

Cover facts are none of its business: what is paid stays the worker's, and what the
portal says of an accident or a death is the branch's (P3, P4).
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from workers.models import Enrollment, IncidentReport, WorkerEvent


class Hold(TextChoices):
    """Why nothing is asked or taken, the weightiest first."""

    DIED = "died", _("meninggal")
    DEATH_REPORTED = "death_reported", _("dilaporkan meninggal; cabang memeriksa")
    EMPLOYEE = "employee", _("menjadi penerima upah")
    LEFT = "left", _("tidak mau lagi")


_OF_EVENT = {
    WorkerEvent.Kind.DIED: Hold.DIED,
    WorkerEvent.Kind.EMPLOYEE: Hold.EMPLOYEE,
    WorkerEvent.Kind.LEFT: Hold.LEFT,
}
_ORDER = list(Hold)


def holds_of(worker_ids: Collection[int]) -> dict[int, Hold]:
    """Say for which of these workers nothing may be asked or taken, and why. Two queries.

    A worker without an entry may be billed, paid for, renewed and written to.
    """
    found: dict[int, Hold] = {}
    events = WorkerEvent.everything.filter(
        worker__in=worker_ids, kind__in=WorkerEvent.ENDING, revoked_at__isnull=True
    )
    # A death that the branch has confirmed is an event, and no longer one if that is revoked.
    deaths = IncidentReport.everything.filter(
        worker__in=worker_ids,
        kind=IncidentReport.Kind.DEATH,
        status=IncidentReport.Status.OPEN,
    )
    holds = [
        (pk, _OF_EVENT[WorkerEvent.Kind(kind)]) for pk, kind in events.values_list("worker", "kind")
    ]
    reported = deaths.values_list("worker", flat=True)
    holds += [(pk, Hold.DEATH_REPORTED) for pk in reported if pk is not None]
    for pk, hold in holds:
        if pk not in found or _ORDER.index(hold) < _ORDER.index(found[pk]):
            found[pk] = hold
    return found


def is_held(worker_id: int) -> bool:
    """Tell whether nothing may be asked or taken for a worker."""
    return worker_id in holds_of([worker_id])


def held_since(worker_ids: Collection[int]) -> dict[int, datetime]:
    """Say since when each of these workers, who are all held, is: the first instant at which
    the portal knew. What was settled before it is bought still (P2). Two queries."""
    events = WorkerEvent.everything.filter(
        worker__in=worker_ids, kind__in=WorkerEvent.ENDING, revoked_at__isnull=True
    )
    deaths = IncidentReport.everything.filter(
        worker__in=worker_ids, kind=IncidentReport.Kind.DEATH, matched_at__isnull=False
    ).exclude(status=IncidentReport.Status.REFUTED)
    since: dict[int, datetime] = {}
    for pk, at in (
        *events.values_list("worker", "recorded_at"),
        *deaths.values_list("worker", "matched_at"),
    ):
        if pk is not None and at is not None:
            since[pk] = min(at, since.get(pk, at))
    return since


def frozen_cases(enrollment_ids: Collection[int]) -> set[int]:
    """Return those of the cases for which nothing is asked until the branch has looked (P18)."""
    frozen = Enrollment.everything.filter(pk__in=enrollment_ids, frozen_at__isnull=False)
    return set(frozen.values_list("pk", flat=True))


def reports_open(worker_ids: Collection[int]) -> set[int]:
    """Return the workers of whom a report waits for the branch's ruling."""
    waiting = IncidentReport.everything.filter(
        worker__in=worker_ids, status=IncidentReport.Status.OPEN
    )
    return {pk for pk in waiting.values_list("worker", flat=True) if pk is not None}


def reported(worker_ids: Collection[int]) -> set[int]:
    """Return the workers of whom an accident or a death is reported or confirmed.

    Of them no page says that they are not protected: the branch decides (P3).
    """
    reports = IncidentReport.everything.filter(worker__in=worker_ids).filter(
        Q(status=IncidentReport.Status.OPEN)
        | Q(status=IncidentReport.Status.CONFIRMED, kind=IncidentReport.Kind.ACCIDENT)
    )
    died = WorkerEvent.everything.filter(
        worker__in=worker_ids, kind=WorkerEvent.Kind.DIED, revoked_at__isnull=True
    )
    return {pk for pk in reports.values_list("worker", flat=True) if pk is not None} | set(
        died.values_list("worker", flat=True)
    )
