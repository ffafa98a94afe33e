"""Closing at the provider what nobody shall pay any more."""

import logging
from datetime import datetime

from django.db.models import QuerySet

from payments.gateways.protocol import GatewayUnavailable
from payments.gateways.registry import serving
from payments.models import Invoice, Payment
from payments.services.applying import OPEN, Change
from payments.services.paying import close_at_provider

logger = logging.getLogger(__name__)

BATCH = 200


def cancel_stale_charges(*, now: datetime) -> dict[str, int]:
    """Close the open charges whose invoice is no longer open.

    It was withdrawn after a report of a death, ran out, was replaced, or was paid another
    way. What proves paid is booked as such, and is allocated as late or double money.
    Idempotent: one that its provider does not close is asked again by the next run. The
    provider is asked between transactions. Returns counts.
    """
    counts = {"cancelled": 0, "paid": 0, "unanswered": 0}
    for payment in stale_charges()[:BATCH]:
        try:
            change = close_at_provider(payment=payment, now=now)
        except GatewayUnavailable as error:
            logger.warning("order %s is not closed: %s", payment.order_id, error)
            counts["unanswered"] += 1
        else:
            counts["paid" if change is Change.SETTLED else "cancelled"] += 1
    return counts


def stale_charges() -> QuerySet[Payment]:
    """Return the payments that wait although their invoice is closed, oldest first."""
    waiting = Payment.everything.filter(status__in=OPEN, gateway__in=serving())
    closed = waiting.exclude(invoice__status=Invoice.Status.OPEN)
    return closed.select_related("invoice__donor").order_by("pk")
