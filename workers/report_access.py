"""Who may read which report, and of whom one may report without naming him; else 404."""

from typing import Any
from uuid import UUID

from django.http import Http404

from accounts.models import User
from workers import report_selectors
from workers.models import IncidentReport, Worker


def report_for(user: User, uuid: UUID) -> IncidentReport:
    """Return a report at the user's own desk, or raise Http404."""
    found = report_selectors.reports_of_desk(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def received(uuid: UUID) -> IncidentReport:
    """Return a report to whoever holds its address, which was given to its reporter alone."""
    found = report_selectors.report_of(uuid)
    if found is None:
        raise Http404
    return found


def worker_to_match(user: User, text: str) -> Worker | None:
    """Return a worker of the user's own desk by the uuid that a button sent; None for anybody
    else's worker, as for nobody's."""
    uuid = _uuid(text)
    return report_selectors.workers_of_desk(user).filter(uuid=uuid).first() if uuid else None


def told_by_address(user: Any, own: str, card: str) -> tuple[Worker | None, bool]:
    """Return of whom somebody reports, and whether it is his own sponsored worker.

    An address that leads to nobody, or to another's worker, asks for the name as any.
    """
    uuid = _uuid(own)
    worker = report_selectors.own_worker(user, uuid) if uuid else None
    if worker is not None:
        return worker, True
    uuid = _uuid(card)
    return (report_selectors.worker_of_card(uuid) if uuid else None), False


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
