"""Asking for money: invoices are issued once and closed once."""

from datetime import datetime

from django.db import transaction

from donors.models import Donor
from payments.models import Invoice
from payments.services.numbers import INVOICES, next_number


def issue_invoice(
    *, donor: Donor, total: int, purpose: str, expires_at: datetime, now: datetime
) -> Invoice:
    """Issue an open invoice over `total` rupiah, in the caller's transaction.

    Numbers ascend per Jakarta year without gaps. The database refuses a total of
    nothing and an end before the beginning (IntegrityError).
    """
    with transaction.atomic():
        return Invoice.everything.create(
            number=next_number(INVOICES, now=now),
            donor=donor,
            purpose=purpose,
            total=total,
            issued_at=now,
            expires_at=expires_at,
        )


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
