"""Questions about the registry: whose a worker is, and what is known of him.

Staff see the workers of their offices: those who entered there, and those who moved
there. The people of a worker's desk correct his data and record what happens to him.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User
from donors.models import DonorMember
from regions.models import Office
from regions.selectors import default_office_for
from workers import desk_selectors
from workers.models import Enrollment, EnrollmentEvent, Worker, WorkerChange, WorkerEvent
from workers.ports import paid_spans


# --- whose -----------------------------------------------------------------------------
def watched_workers(user: User) -> QuerySet[Worker]:
    """The workers whom a member of staff may see; all for head office."""
    if user.is_head_office:
        return Worker.everything.all()
    return Worker.everything.filter(_of_offices(_ids(desk_selectors.watched_offices(user))))


def desk_workers(user: User) -> QuerySet[Worker]:
    """The workers at whose desk a user works."""
    return Worker.everything.filter(_of_offices(_ids(desk_selectors.desk_offices(user))))


def works_at_desk_of(user: User, worker: Worker) -> bool:
    """Tell whether a user works at a desk to which a worker belongs."""
    return user.is_active and desk_workers(user).filter(pk=worker.pk).exists()


def home_office(worker: Worker) -> Office | None:
    """The office to which a worker belongs now: where he moved to, else where he entered
    last; the one that serves his village where neither is known."""
    return last_office(worker.pk) or default_office_for(village_code=worker.village_id)


def last_office(worker_id: int) -> Office | None:
    """The office to which a worker moved or where he entered last; two queries for anybody,
    so that an unknown worker (0) costs the same (P8)."""
    moves = WorkerEvent.everything.filter(
        worker=worker_id, kind=WorkerEvent.Kind.MOVED, revoked_at__isnull=True, office__isnull=False
    )
    move = moves.select_related("office").order_by("-recorded_at", "-pk").first()
    cases = Enrollment.everything.filter(
        worker=worker_id, office__isnull=False, decided_at__isnull=False
    )
    case = cases.select_related("office").order_by("-decided_at", "-pk").first()
    if move and (case is None or case.decided_at is None or move.recorded_at >= case.decided_at):
        return move.office
    return case.office if case else None


def _ids(offices: QuerySet[Office]) -> list[int]:
    return list(offices.values_list("pk", flat=True))


def _of_offices(offices: Iterable[int]) -> Q:
    cases = Enrollment.everything.filter(office__in=offices, worker__isnull=False)
    moved = WorkerEvent.everything.filter(
        office__in=offices, kind=WorkerEvent.Kind.MOVED, revoked_at__isnull=True
    )
    return Q(pk__in=cases.values("worker")) | Q(pk__in=moved.values("worker"))


def is_own_worker(worker: Worker, user: User) -> bool:
    """Tell whether a user acts for a donor of a worker, or has declared him as family (P22)."""
    cases = Enrollment.everything.filter(worker=worker)
    own = DonorMember.objects.filter(
        user=user, left_at__isnull=True, donor__in=cases.values("donor")
    )
    declared = EnrollmentEvent.objects.filter(
        enrollment__in=cases.values("pk"), kind=desk_selectors.FAMILY_DECLARED, actor=user
    )
    return own.exists() or declared.exists()


# --- corrections that wait ---------------------------------------------------------------
def desk_changes(user: User) -> QuerySet[WorkerChange]:
    """The corrections at the user's desk, whole."""
    changes = WorkerChange.everything.filter(office__in=_ids(desk_selectors.desk_offices(user)))
    return changes.select_related(
        "worker__village", "worker__occupation", "office", "proposed_by", "decided_by"
    )


def waiting_changes(user: User) -> QuerySet[WorkerChange]:
    """The corrections that wait at the user's desk, the one that is due first on top."""
    waiting = desk_changes(user).filter(status=WorkerChange.Status.PROPOSED)
    return waiting.order_by("due_on", "proposed_at", "pk")


# --- the list of workers -----------------------------------------------------------------
@dataclass(frozen=True)
class RegistryRow:
    """One worker of the list: where he lives, what is paid for him, what has happened."""

    worker: Worker
    place: str
    paid_until: date | None
    events: list[WorkerEvent]
    has_change: bool


def listed_workers(user: User) -> QuerySet[Worker]:
    """The workers whom a user may see, whoever entered the registry last on top."""
    return watched_workers(user).select_related("village", "occupation").order_by("-pk")


def registry_rows(workers: Iterable[Worker]) -> list[RegistryRow]:
    """Read workers as rows of the list; three queries for all."""
    found = list(workers)
    ids = [worker.pk for worker in found]
    paid = paid_spans(ids) if ids else {}
    holding = WorkerEvent.everything.filter(worker__in=ids, revoked_at__isnull=True)
    events: dict[int, list[WorkerEvent]] = defaultdict(list)
    for event in holding.exclude(kind=WorkerEvent.Kind.MOVED).order_by("happened_on", "pk"):
        events[event.worker_id].append(event)
    waiting = WorkerChange.everything.filter(worker__in=ids, status=WorkerChange.Status.PROPOSED)
    changing = set(waiting.values_list("worker", flat=True))
    return [
        RegistryRow(
            worker=worker,
            place=desk_selectors.place_of(worker),
            paid_until=max((s.covered_until for s in paid.get(worker.pk, [])), default=None),
            events=events[worker.pk],
            has_change=worker.pk in changing,
        )
        for worker in found
    ]
