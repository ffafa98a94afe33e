"""Asking again at once whoever stood on an invoice that was withdrawn for another's sake."""

from datetime import date, datetime

from contributions.services.billing import bill_due_orders
from contributions.services.renewing import renew


def ask_again(*, today: date, now: datetime) -> int:
    """Issue every first invoice and renewal that is missing; return how many. Idempotent."""
    count = bill_due_orders(today=today, now=now)["invoices"]
    return count + renew(today=today, now=now)["invoices"]
