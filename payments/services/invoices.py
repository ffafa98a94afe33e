"""Asking for money: invoices are issued once and closed once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from bricks.clock import jakarta_date
from donors.models import Donor
from payments.models import Invoice
from payments.services.numbers import INVOICES, next_number
from regions.models import Office


def issue_invoice(
    *,
    donor: Donor,
    total: int,
    purpose: str,
    expires_at: datetime,
    now: datetime,
    office: Office | None = None,
) -> Invoice:
    """Issue an open invoice over `total` rupiah, in the caller's transaction.

    It bears no number yet: the caller gives it one by `number_invoice` when its lines
    stand, since the series is held until the transaction ends. `office` is whose treasurer
    looks after its money. It is due INVOICE_DUE_DAYS after its issue, or on the last day on
    which it can be paid. The database refuses a total of nothing and an end before the
    beginning (IntegrityError).
    """
    due = jakarta_date(now) + timedelta(days=settings.INVOICE_DUE_DAYS)
    last = jakarta_date(expires_at - timedelta(microseconds=1))
    with transaction.atomic():
        return Invoice.everything.create(
            office=office,
            due_on=min(due, last),
            donor=donor,
            purpose=purpose,
            total=total,
            issued_at=now,
            expires_at=expires_at,
        )


def number_invoice(*, invoice: Invoice, now: datetime) -> Invoice:
    """Give a new invoice the next number of its Jakarta year, as the last step of the
    transaction that issues it: numbers ascend without gaps, and what is withdrawn later
    keeps its own. Idempotent."""
    if not invoice.number:
        invoice.number = next_number(INVOICES, now=now)
        invoice.save(update_fields=["number"])
    return invoice


def close_invoice(*, invoice: Invoice, status: str, now: datetime) -> bool:
    """Close an open invoice as paid, expired or void; False if it was closed before.

    The row at hand is brought up to date as well.
    """
    still_open = Invoice.everything.filter(pk=invoice.pk, status=Invoice.Status.OPEN)
    closed = still_open.update(status=status, closed_at=now) == 1
    if closed:
        invoice.status, invoice.closed_at = status, now
    return closed


def correct_invoice(*, invoice: Invoice, status: str, now: datetime) -> bool:
    """Bring a closed invoice to another end: paid, when money that came in time was heard
    of late; void, when the bank took the money back. False if it is open or there already.
    """
    closed = Invoice.everything.filter(pk=invoice.pk).exclude(
        status__in=[Invoice.Status.OPEN, status]
    )
    corrected = closed.update(status=status, closed_at=now) == 1
    if corrected:
        invoice.status, invoice.closed_at = status, now
    return corrected
