"""Acting on webhooks: each is a reason to ask the provider, never an order to obey."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from payments.gateways.protocol import GatewayUnavailable, ProviderStatus, State, VerifiedEvent
from payments.gateways.registry import gateway_named, serving
from payments.models import Payment, ProviderEvent
from payments.services.applying import Change, apply_truth

logger = logging.getLogger(__name__)

Outcome = ProviderEvent.Outcome
BATCH = 200
RACES = 3
#: How long an event waits for its next try; after the last one it is closed, except
#: where the provider could not be asked at all.
PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60))


def store_event(*, gateway: str, event: VerifiedEvent, body: bytes, now: datetime) -> bool:
    """Keep a verified webhook as it came; False if this very event is kept already.

    One INSERT for a new one, since a provider waits for the answer.
    """
    row = ProviderEvent(
        gateway=gateway,
        key=event.key,
        order_id=event.order_id,
        state=event.state,
        body=body.decode(),
        received_at=now,
        next_try_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not ProviderEvent.objects.filter(gateway=gateway, key=event.key).exists():
            raise
        return False
    return True


def process_events(*, now: datetime) -> dict[str, int]:
    """Act on the webhooks that wait, oldest first. Returns counts.

    Each is taken by moving its next try on, so two jobs never act on one together, one
    that breaks the job does not stand in the way of the next, and one whose job died
    comes again.
    """
    counts = {outcome.value: 0 for outcome in Outcome}
    due = ProviderEvent.objects.filter(
        outcome=Outcome.WAITING, next_try_at__lte=now, gateway__in=serving()
    )
    for event in due.order_by("next_try_at", "pk")[:BATCH]:
        pause = PAUSES[min(event.attempts, len(PAUSES) - 1)]
        taken = due.filter(pk=event.pk).update(attempts=F("attempts") + 1, next_try_at=now + pause)
        if taken:
            counts[_process(event, now)] += 1
    return counts


def _process(event: ProviderEvent, now: datetime) -> str:
    if event.state == State.PENDING:
        return _close(event, Outcome.IGNORED, "says nothing new", now)
    for _ in range(RACES):
        payment = payment_of(event)
        if payment is None:
            logger.warning("event %s: no such order", event.pk)
            return _close(event, Outcome.UNKNOWN_ORDER, "", now)
        try:
            truth = gateway_named(event.gateway).status(event.order_id, now=now)
        except GatewayUnavailable as error:
            logger.warning("event %s: the provider does not answer: %s", event.pk, error)
            return Outcome.WAITING
        outcome = _act(event, payment, truth, now)
        if outcome is not None:
            return outcome
    return Outcome.WAITING


def _act(
    event: ProviderEvent, payment: Payment, truth: ProviderStatus, now: datetime
) -> str | None:
    """Apply the truth and close the event in one transaction; None after a lost race."""
    with transaction.atomic():
        change = apply_truth(payment=payment, truth=truth, now=now)
        if change is Change.LOST:
            return None
        if change is Change.FOR_A_PERSON:
            note = f"provider says {truth.state}"
            return _close(event, Outcome.FOR_A_PERSON, note, now, truth)
        if change is not Change.NONE:
            return _close(event, Outcome.APPLIED, change.name.lower(), now, truth)
        if _is_ahead(event, payment, truth) and event.attempts < len(PAUSES):
            return Outcome.WAITING
        return _close(event, *verdict(event, truth), now, truth)


def _is_ahead(event: ProviderEvent, payment: Payment, truth: ProviderStatus) -> bool:
    """Tell whether the status call may yet catch up with what the webhook says."""
    if payment.status == Payment.Status.REVERSED or truth.state == event.state:
        return False
    gone = {State.FAILED, State.REVERSED}
    return not (truth.state in gone and event.state in gone)


def verdict(event: ProviderEvent, truth: ProviderStatus) -> tuple[str, str]:
    """Return how an event ends about which the truth had nothing to change, and its note."""
    note = f"provider says {truth.state}"
    unconfirmed = truth.state in {State.PENDING, State.UNKNOWN}
    if event.state in {State.SETTLED, State.PARTIAL} and unconfirmed:
        return Outcome.FOR_A_PERSON, note
    return Outcome.IGNORED, note


def payment_of(event: ProviderEvent) -> Payment | None:
    """Return the payment that an event is about, if the portal opened one at this provider."""
    known = Payment.everything.filter(order_id=event.order_id, gateway=event.gateway)
    return known.select_related("invoice__donor", "invoice__office").first()


def answer_of(truth: ProviderStatus, now: datetime) -> dict[str, Any]:
    """Write down what the provider said and when, for a person to read. Whole rupiah."""
    return {
        "state": str(truth.state),
        "amount": truth.amount,
        "refunded": truth.refunded,
        "asked_at": now.isoformat(),
    }


def _close(
    event: ProviderEvent,
    outcome: str,
    note: str,
    now: datetime,
    truth: ProviderStatus | None = None,
) -> str:
    waiting = ProviderEvent.objects.filter(pk=event.pk, outcome=Outcome.WAITING)
    answer = answer_of(truth, now) if truth else {}
    waiting.update(outcome=outcome, note=note, answer=answer, processed_at=now)
    return outcome
