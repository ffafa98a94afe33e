"""Questions about the registry: whose a worker is, and what is known of him.

Staff see the workers of their offices: those who entered there, and those who moved
there. The people of a worker's desk correct his data and record what happens to him.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import User
from regions.models import Office
from regions.selectors import default_office_for
from workers import desk_selectors
from workers.models import Enrollment, Worker, WorkerEvent


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
    moves = WorkerEvent.everything.filter(
        worker=worker, kind=WorkerEvent.Kind.MOVED, revoked_at__isnull=True, office__isnull=False
    )
    move = moves.select_related("office").order_by("-recorded_at", "-pk").first()
    cases = Enrollment.everything.filter(
        worker=worker, office__isnull=False, decided_at__isnull=False
    )
    case = cases.select_related("office").order_by("-decided_at", "-pk").first()
    if move and (case is None or case.decided_at is None or move.recorded_at >= case.decided_at):
        return move.office
    return case.office if case else default_office_for(village_code=worker.village_id)


def _ids(offices: QuerySet[Office]) -> list[int]:
    return list(offices.values_list("pk", flat=True))


def _of_offices(offices: Iterable[int]) -> Q:
    cases = Enrollment.everything.filter(office__in=offices, worker__isnull=False)
    moved = WorkerEvent.everything.filter(
        office__in=offices, kind=WorkerEvent.Kind.MOVED, revoked_at__isnull=True
    )
    return Q(pk__in=cases.values("worker")) | Q(pk__in=moved.values("worker"))
