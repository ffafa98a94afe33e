"""Asking the provider about payments of whose webhooks we cannot be sure."""

import logging
from datetime import datetime

from django.db.models import F

from payments.gateways.protocol import GatewayUnavailable, State
from payments.gateways.registry import gateway_named, serving
from payments.models import Invoice, Payment
from payments.services.applying import Change, apply_truth, next_poll
from payments.services.paying import close_at_provider
from payments.services.questions import raise_question

logger = logging.getLogger(__name__)

BATCH = 200


def poll_pending(*, now: datetime) -> dict[str, int]:
    """Ask about every payment that is due to be asked about, with growing pauses.

    Those that wait for money; those that settled or failed of late, in case the bank
    took the money back or somebody paid late and the webhook was lost. Each is taken
    by moving its next poll on. Returns counts.
    """
    counts = {"asked": 0, "changed": 0, "unanswered": 0}
    due = Payment.everything.filter(next_poll_at__lte=now, gateway__in=serving())
    for payment in due.select_related("invoice__donor").order_by("next_poll_at", "pk")[:BATCH]:
        as_read = Payment.everything.filter(
            pk=payment.pk, status=payment.status, next_poll_at=payment.next_poll_at
        )
        later = next_poll(payment.status, payment.polls + 1, now)
        if as_read.update(polls=F("polls") + 1, next_poll_at=later):
            counts[_poll(payment, now)] += 1
    return counts


def _poll(payment: Payment, now: datetime) -> str:
    try:
        truth = gateway_named(payment.gateway).status(payment.order_id, now=now)
    except GatewayUnavailable as error:
        logger.warning("order %s: the provider does not answer: %s", payment.order_id, error)
        return "unanswered"
    if truth.state is State.UNKNOWN and payment.status == Payment.Status.NEW:
        return "changed" if _give_up_unopened(payment, now) else "asked"
    change = apply_truth(payment=payment, truth=truth, now=now)
    if truth.state is State.PENDING and payment.status == Payment.Status.FAILED:
        return _close_again(payment, now)
    if change is Change.FOR_A_PERSON:
        raise_question(payment=payment, truth=truth, now=now)
    return "asked" if change in {Change.NONE, Change.LOST, Change.FOR_A_PERSON} else "changed"


def _close_again(payment: Payment, now: datetime) -> str:
    """Close a charge that its provider still offers although the payment was given up."""
    try:
        close_at_provider(payment=payment, now=now)
    except GatewayUnavailable as error:
        logger.warning("order %s is not closed: %s", payment.order_id, error)
        return "unanswered"
    return "changed"


def _give_up_unopened(payment: Payment, now: datetime) -> bool:
    """Fail a payment that never reached the provider once its invoice cannot be paid."""
    invoice = payment.invoice
    if invoice.status == Invoice.Status.OPEN and now < invoice.expires_at:
        return False
    unopened = Payment.everything.filter(pk=payment.pk, status=Payment.Status.NEW)
    failed = unopened.update(status=Payment.Status.FAILED, closed_at=now, next_poll_at=None)
    return failed == 1
