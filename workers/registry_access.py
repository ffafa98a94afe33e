"""Who may read which worker, correction and event, and who may act on it; else 404."""

from uuid import UUID

from django.http import Http404

from accounts.models import User
from workers import registry_selectors
from workers.models import Worker, WorkerChange, WorkerEvent


def watched_worker_for(user: User, uuid: UUID) -> Worker:
    """Return a worker whom a member of staff may see, or raise Http404."""
    found = registry_selectors.watched_workers(user).filter(uuid=uuid)
    worker: Worker | None = found.select_related("village", "occupation").first()
    if worker is None:
        raise Http404
    return worker


def desk_worker_for(user: User, uuid: UUID) -> Worker:
    """Return a worker of the user's own desk, or raise Http404."""
    found = registry_selectors.desk_workers(user).filter(uuid=uuid)
    worker: Worker | None = found.select_related("village", "occupation").first()
    if worker is None:
        raise Http404
    return worker


def desk_change_for(user: User, uuid: UUID) -> WorkerChange:
    """Return a correction that lies at the user's own desk, or raise Http404."""
    found = registry_selectors.desk_changes(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def desk_event_for(user: User, uuid: UUID) -> WorkerEvent:
    """Return an event of a worker of the user's own desk, or raise Http404."""
    events = WorkerEvent.everything.filter(worker__in=registry_selectors.desk_workers(user))
    found = events.select_related("worker").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
