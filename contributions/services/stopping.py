"""The donor's own word: stop renewing, or go on after all."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contributions.locks import lock_workers
from contributions.models import Sponsorship
from contributions.services.billing import workers_renewed_by_others
from contributions.services.releasing import void_open_invoices

Status = Sponsorship.Status
STOPPABLE = (Status.ACTIVE, Status.AWAITING_PAYMENT, Status.PROPOSED)


class CannotStop(Exception):
    """The sponsorship has ended already, or was stopped before."""

    def __str__(self) -> str:
        return str(_("Sponsor ini sudah berhenti."))


class CannotResume(Exception):
    """The sponsorship is over, or another donor renews for this worker now."""

    def __str__(self) -> str:
        return str(_("Tidak bisa dilanjutkan: sudah berakhir, atau sudah ada sponsor lain."))


def stop_sponsorship(*, sponsorship: Sponsorship, by: User, now: datetime) -> None:
    """Stop a sponsorship: nothing more is asked, what is paid stays the worker's (P13).

    An active one runs to its last paid day and ends then (services.lapsing); one that
    was never paid ends at once. Open invoices with it are withdrawn. Raises CannotStop
    if it is stopped already, so a double click does nothing twice.
    """
    with transaction.atomic():
        lock_workers([sponsorship.worker_id])
        if not stop_locked(sponsorship_ids=[sponsorship.pk], by=by, now=now):
            raise CannotStop


def stop_locked(*, sponsorship_ids: Collection[int], by: User | None, now: datetime) -> list[int]:
    """Stop those of these sponsorships that still go on; return which, in order of id. `by`
    nobody: the worker himself.

    Called after `lock_workers`, in the caller's transaction.
    """
    open_rows = Sponsorship.everything.filter(
        pk__in=sponsorship_ids, status__in=STOPPABLE, stopped_at__isnull=True
    )
    rows = list(open_rows.order_by("pk"))
    ids = [row.pk for row in rows]
    stopped = Sponsorship.everything.filter(pk__in=ids)
    stopped.update(renews=False, stopped_at=now, stops_on=None)
    stopped.exclude(status=Status.ACTIVE).update(
        status=Status.ENDED, ended_at=now, end_reason=Sponsorship.EndReason.STOPPED
    )
    void_open_invoices(sponsorship_ids=ids, now=now)
    for row in rows:
        audit.record(action="sponsorship.stopped", obj=row, actor=by, now=now)
    return ids


def resume_sponsorship(*, sponsorship: Sponsorship, by: User, now: datetime) -> None:
    """Let an active sponsorship that was stopped renew again. Raises CannotResume."""
    with transaction.atomic():
        lock_workers([sponsorship.worker_id])
        if not resume_locked(sponsorship_ids=[sponsorship.pk], by=by, now=now):
            raise CannotResume


def resume_locked(*, sponsorship_ids: Collection[int], by: User, now: datetime) -> list[int]:
    """Let those of these stopped sponsorships renew again that may; return which.

    One for whose worker another renews stays as it is. Called after `lock_workers`, in the
    caller's transaction.
    """
    found = Sponsorship.everything.filter(
        pk__in=sponsorship_ids, status=Status.ACTIVE, stopped_at__isnull=False
    )
    rows = list(found.order_by("pk"))
    renewed = workers_renewed_by_others(rows)
    free = {row.worker_id: row for row in reversed(rows) if row.worker_id not in renewed}
    ids = sorted(row.pk for row in free.values())
    Sponsorship.everything.filter(pk__in=ids).update(renews=True, stopped_at=None, stops_on=None)
    for row in rows:
        if row.pk in ids:
            audit.record(action="sponsorship.resumed", obj=row, actor=by, now=now)
    return ids
