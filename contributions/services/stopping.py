"""The donor's own word: stop renewing, or go on after all."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contributions.locks import lock_workers
from contributions.models import Sponsorship
from contributions.services.releasing import void_open_invoices

_STOPPABLE = (
    Sponsorship.Status.ACTIVE,
    Sponsorship.Status.AWAITING_PAYMENT,
    Sponsorship.Status.PROPOSED,
)


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
        rows = Sponsorship.everything.filter(
            pk=sponsorship.pk, status__in=_STOPPABLE, stopped_at__isnull=True
        )
        if rows.update(renews=False, stopped_at=now) != 1:
            raise CannotStop
        never_paid = Sponsorship.everything.filter(pk=sponsorship.pk).exclude(
            status=Sponsorship.Status.ACTIVE
        )
        never_paid.update(
            status=Sponsorship.Status.ENDED,
            ended_at=now,
            end_reason=Sponsorship.EndReason.STOPPED,
        )
        void_open_invoices(sponsorship_ids=[sponsorship.pk], now=now)
        audit.record(action="sponsorship.stopped", obj=sponsorship, actor=by, now=now)


def resume_sponsorship(*, sponsorship: Sponsorship, by: User, now: datetime) -> None:
    """Let an active sponsorship that was stopped renew again. Raises CannotResume."""
    with transaction.atomic():
        lock_workers([sponsorship.worker_id])
        others = Sponsorship.everything.filter(
            worker=sponsorship.worker_id, status=Sponsorship.Status.ACTIVE, renews=True
        )
        if others.exists():
            raise CannotResume
        rows = Sponsorship.everything.filter(
            pk=sponsorship.pk, status=Sponsorship.Status.ACTIVE, stopped_at__isnull=False
        )
        if rows.update(renews=True, stopped_at=None) != 1:
            raise CannotResume
        audit.record(action="sponsorship.resumed", obj=sponsorship, actor=by, now=now)
