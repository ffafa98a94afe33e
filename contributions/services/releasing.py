"""Letting promised months go when their invoice can no longer be paid."""

from collections.abc import Collection
from datetime import datetime

from contributions.models import Contribution
from payments.models import Invoice
from payments.services.invoices import close_invoice
from workers.models import WorkerEvent


def release_invoice(*, invoice: Invoice, status: str, now: datetime) -> int:
    """Close an open invoice as expired or void and release its promised months.

    Both happen in the caller's transaction; an invoice that is no longer open is left
    alone. Returns how many months were released.
    """
    if not close_invoice(invoice=invoice, status=status, now=now):
        return 0
    promised = Contribution.everything.filter(invoice=invoice, status=Contribution.Status.PROMISED)
    return promised.update(status=Contribution.Status.RELEASED, closed_at=now)


def void_open_invoices(*, sponsorship_ids: Collection[int], now: datetime) -> int:
    """Withdraw the open invoices on which one of these sponsorships stands.

    The months of other workers on them are released too: the next renewal asks for
    them again without the one that ended. Returns how many invoices were withdrawn.
    """
    lines = Contribution.everything.filter(
        sponsorship__in=sponsorship_ids, status=Contribution.Status.PROMISED
    )
    count = 0
    for invoice in Invoice.everything.filter(
        pk__in=lines.values("invoice"), status=Invoice.Status.OPEN
    ).order_by("pk"):
        release_invoice(invoice=invoice, status=Invoice.Status.VOID, now=now)
        count += 1
    return count


def ask_ends_again(*, worker_ids: Collection[int]) -> None:
    """Let the events that end sponsorships of these workers be followed up once more.

    Called by whoever makes or revives a sponsorship, after `lock_workers`: of money that
    was settled before the event, or an approval that came after it.
    """
    WorkerEvent.everything.filter(
        worker__in=worker_ids, kind__in=WorkerEvent.ENDING, revoked_at__isnull=True
    ).update(followed_up_at=None)
