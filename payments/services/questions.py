"""What no rule covers: raised for a person, asked of the provider again, and ruled on."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from payments.gateways.protocol import GatewayUnavailable, ProviderStatus, State
from payments.gateways.registry import gateway_named
from payments.models import Payment, ProviderEvent
from payments.refund_selectors import given_back
from payments.selectors import NEEDS_A_PERSON
from payments.services.applying import Change, apply_truth
from payments.services.events import answer_of, payment_of, verdict

Outcome = ProviderEvent.Outcome
LONGEST_NOTE = 300


class AlreadyRuled(Exception):
    """Somebody has ruled on the event, or it has settled itself."""


def raise_question(*, payment: Payment, truth: ProviderStatus, now: datetime) -> bool:
    """Keep a fact that no webhook told and no rule covers, for a person to look at.

    Once for each such fact of an order; False if it is kept already.
    """
    answer = answer_of(truth, now)
    fact = f"{truth.state}:{truth.amount}:{truth.refunded}"
    _event, made = ProviderEvent.objects.get_or_create(
        gateway=payment.gateway,
        key=f"asked:{payment.order_id}:{fact}"[:128],
        defaults={
            "order_id": payment.order_id,
            "state": truth.state,
            "body": "",
            "received_at": now,
            "next_try_at": now,
            "outcome": Outcome.FOR_A_PERSON,
            "note": f"provider says {truth.state}",
            "answer": answer,
            "processed_at": now,
        },
    )
    return made


def raise_returned_twice(*, payment: Payment, now: datetime) -> bool:
    """Ask a person about a payment that the bank took back though we had refunded it whole:
    only the provider knows whether the payer has his money twice. False if it is asked already.
    """
    back, received = given_back(payment), payment.received or 0
    truth = ProviderStatus(payment.order_id, State.REVERSED, amount=received, refunded=back)
    return raise_question(payment=payment, truth=truth, now=now)


def ask_again(*, event: ProviderEvent, by: User, now: datetime) -> ProviderEvent:
    """Ask the provider what is true of an event's order now, and apply it.

    Where the truth and the portal agree then, the event is closed by itself; else it waits
    with the fresh answer. Raises AlreadyRuled, registry.UnknownGateway where its provider
    no longer serves, GatewayUnavailable. Not to be called inside a transaction.
    """
    payment = payment_of(event)
    truth = gateway_named(event.gateway).status(event.order_id, now=now)
    with transaction.atomic():
        outcome, note = _apply(event, payment, truth, now)
        waiting = _waiting(event).update(
            outcome=outcome, note=note, answer=answer_of(truth, now), processed_at=now
        )
        if not waiting:
            raise AlreadyRuled(event.pk)
        audit.record(
            action="provider_event.asked",
            obj=event,
            now=now,
            actor=by,
            office=payment.invoice.office if payment else None,
            before={"outcome": event.outcome},
            after={"outcome": outcome, "state": truth.state},
        )
    event.refresh_from_db()
    return event


def rule(*, event: ProviderEvent, note: str, by: User, now: datetime) -> ProviderEvent:
    """Close an event with what a person found and did about it. Raises AlreadyRuled."""
    payment = payment_of(event)
    with transaction.atomic():
        ruled = _waiting(event).update(decided_by=by, decided_at=now, decision=note[:LONGEST_NOTE])
        if not ruled:
            raise AlreadyRuled(event.pk)
        audit.record(
            action="provider_event.ruled",
            obj=event,
            now=now,
            actor=by,
            office=payment.invoice.office if payment else None,
            after={"note": note[:LONGEST_NOTE]},
        )
    event.refresh_from_db()
    return event


def _apply(
    event: ProviderEvent, payment: Payment | None, truth: ProviderStatus, now: datetime
) -> tuple[str, str]:
    if payment is None:
        return Outcome.UNKNOWN_ORDER, ""
    change = apply_truth(payment=payment, truth=truth, now=now)
    if change is Change.LOST:
        raise GatewayUnavailable("another job was faster")
    if change is Change.FOR_A_PERSON:
        return Outcome.FOR_A_PERSON, f"provider says {truth.state}"
    if change is Change.NONE:
        return verdict(event, truth)
    return Outcome.APPLIED, change.name.lower()


def _waiting(event: ProviderEvent) -> QuerySet[ProviderEvent]:
    return ProviderEvent.objects.filter(
        pk=event.pk, outcome__in=NEEDS_A_PERSON, decided_at__isnull=True
    )
