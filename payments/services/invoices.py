"""Asking for money: invoices are issued once and closed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from bricks.bulk import run_with_rows
from bricks.clock import jakarta_date
from donors.models import Donor
from payments.models import Invoice
from payments.services.numbers import INVOICES, next_number, next_numbers
from regions.models import Office

# The names column1, column2 are those of both engines.
_NUMBER = """
UPDATE payments_invoice SET number = given.column2
FROM (VALUES {rows}) AS given WHERE payments_invoice.id = given.column1
"""


@dataclass(frozen=True)
class Ask:
    """One invoice of many: `total` whole rupiah, `office_id` whose treasurer looks after it."""

    donor_id: int
    office_id: int | None
    total: int
    purpose: str
    expires_at: datetime


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
    with transaction.atomic():
        return Invoice.everything.create(
            office=office,
            due_on=_due_on(expires_at, now),
            donor=donor,
            purpose=purpose,
            total=total,
            issued_at=now,
            expires_at=expires_at,
        )


def issue_many(asks: Sequence[Ask], *, now: datetime) -> list[Invoice]:
    """Issue many open invoices in one statement, and return them in the order asked.

    As `issue_invoice`, all or none (IntegrityError); `number_many` gives them their
    numbers when their lines stand. Not idempotent: whoever asks twice is asking anew.
    """
    rows = [
        Invoice(
            donor_id=ask.donor_id,
            office_id=ask.office_id,
            due_on=_due_on(ask.expires_at, now),
            purpose=ask.purpose,
            total=ask.total,
            issued_at=now,
            expires_at=ask.expires_at,
        )
        for ask in asks
    ]
    with transaction.atomic():
        return Invoice.everything.bulk_create(rows)


def number_invoice(*, invoice: Invoice, now: datetime) -> Invoice:
    """Give a new invoice the next number of its Jakarta year, as the last step of the
    transaction that issues it: numbers ascend without gaps, and what is withdrawn later
    keeps its own. Idempotent."""
    if not invoice.number:
        invoice.number = next_number(INVOICES, now=now)
        invoice.save(update_fields=["number"])
    return invoice


def number_many(invoices: Sequence[Invoice], *, now: datetime) -> None:
    """Give many new invoices the next numbers, ascending in the order given, without gaps.

    As `number_invoice`: the last step of the transaction that issues them, since the
    series is held until it ends. Idempotent: those with a number keep it. The rows at
    hand bear their numbers afterwards.
    """
    new = [invoice for invoice in invoices if not invoice.number]
    if not new:
        return
    with transaction.atomic():
        numbers = next_numbers(INVOICES, count=len(new), now=now)
        for invoice, number in zip(new, numbers, strict=True):
            invoice.number = number
        run_with_rows(_NUMBER, [(invoice.pk, invoice.number) for invoice in new])


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


def _due_on(expires_at: datetime, now: datetime) -> date:
    """Return the day by which it is asked: INVOICE_DUE_DAYS on, or the last one possible."""
    last = jakarta_date(expires_at - timedelta(microseconds=1))
    return min(jakarta_date(now) + timedelta(days=settings.INVOICE_DUE_DAYS), last)
