"""Asking again at once whoever stood on an invoice that was withdrawn for another's sake."""

import logging
from datetime import date, datetime

from contributions.services.billing import bill_due_orders
from contributions.services.renewing import TariffMissing, renew

logger = logging.getLogger(__name__)


def ask_again(*, today: date, now: datetime) -> int:
    """Issue every first invoice and renewal that is missing; return how many. Idempotent."""
    count = bill_due_orders(today=today, now=now)["invoices"]
    try:
        return count + renew(today=today, now=now)["invoices"]
    except TariffMissing:
        # The night's renewal says so, and fails over it.
        logger.warning("a renewal has a month without price")
        return count
