"""What a provider's truth does to a payment: it goes forward or nowhere.

    new, pending --> settled --> reversed
    new, pending --> failed  --> settled   (paid late)

Every arrow is a conditional update from the status that was read *before* the provider
was asked, so that two jobs, or an old answer, never undo a newer one.
"""

import logging
from datetime import datetime, timedelta
from enum import Enum, auto

from django.db import transaction

from notices import bells
from payments import ledger
from payments.gateways.protocol import ProviderStatus, State
from payments.models import Account, Payment
from payments.refund_selectors import being_given_back, given_back
from payments.services.confirming_refunds import confirm_sent
from payments.services.numbers import RECEIPTS, next_number

logger = logging.getLogger(__name__)

Status = Payment.Status
OPEN = (Status.NEW, Status.PENDING)
SETTLEMENT = "settlement"

_PENDING_LADDER = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 30, 60, 180, 360))
#: Webhooks get lost too: a settled payment is asked about again in case the bank took it
#: back, a failed one in case somebody paid late.
_CLOSED_LADDER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24))


class Change(Enum):
    """What applying a truth has done."""

    NONE = auto()
    SETTLED = auto()
    FAILED = auto()
    REVERSED = auto()
    REFUNDED = auto()  # what went back are refunds of ours, and some of them are done now
    LOST = auto()  # another job was faster: read the payment and ask again
    FOR_A_PERSON = auto()  # a fact that no rule covers; nothing was changed


class _Lost(Exception):
    """The payment has left the status in which it was read."""


def next_poll(status: str, polls: int, now: datetime) -> datetime | None:
    """Return when to ask about a payment again after `polls` times; None for no more."""
    if status in OPEN:
        return now + _PENDING_LADDER[min(polls, len(_PENDING_LADDER) - 1)]
    if status in {Status.SETTLED, Status.FAILED} and polls < len(_CLOSED_LADDER):
        return now + _CLOSED_LADDER[polls]
    return None


def settlement_key(payment: Payment) -> str:
    """Return the idempotency key under which a payment's money enters the books."""
    return f"settled:{payment.pk}"


def apply_truth(*, payment: Payment, truth: ProviderStatus, now: datetime) -> Change:
    """Bring a payment to what its provider says; idempotent.

    `payment` is the row as read before the provider was asked. A settlement posts what
    was really received from clearing to the donor's holding, less a fee that the payer
    was shown, gives the receipt its
    number and takes the provider's time, all in one transaction, and rings
    `payment_settled`. A reversal only marks the payment and rings `payment_reversed`:
    its money goes back in the books when its months are undone (`post_reversal`). What
    went back because we refunded it is no reversal; only the rest, which nobody here has
    asked for, is one, or needs a person while it is a part.
    """
    if _is_our_refund(payment, truth):
        confirmed = confirm_sent(payment=payment, back=_gone(payment, truth), now=now)
        return Change.REFUNDED if confirmed else Change.NONE
    if truth.state is State.SETTLED:
        return _settled(payment, truth, now)
    if truth.state in {State.FAILED, State.REVERSED}:
        if payment.status == Status.SETTLED:
            return _reverse(payment, now)
        return _fail(payment, now) if payment.status in OPEN else Change.NONE
    if truth.state is State.PARTIAL:
        return _for_a_person(payment, "a part of the money went back")
    return Change.NONE


def _is_our_refund(payment: Payment, truth: ProviderStatus) -> bool:
    """Tell whether all that went back is what we sent back, or were about to."""
    if payment.status != Status.SETTLED or truth.state is State.FAILED:
        return False
    gone = _gone(payment, truth)
    return 0 < gone <= being_given_back(payment)


def _gone(payment: Payment, truth: ProviderStatus) -> int:
    """Return what went back to the payer; all of it may go back without an amount."""
    whole = payment.received or 0
    return truth.refunded or (whole if truth.state is State.REVERSED else 0)


def _settled(payment: Payment, truth: ProviderStatus, now: datetime) -> Change:
    if payment.status == Status.REVERSED:
        return _for_a_person(payment, "settled again after it was reversed")
    if truth.amount <= 0 or truth.settled_at is None:
        return _for_a_person(payment, "settled without an amount or a time")
    if payment.status == Status.SETTLED:
        same = truth.amount == payment.received
        return Change.NONE if same else _for_a_person(payment, "the settled amount changed")
    try:
        _settle(payment, truth, now)
    except _Lost:
        return Change.LOST
    return Change.SETTLED


def _settle(payment: Payment, truth: ProviderStatus, now: datetime) -> None:
    """Claim the payment and book its money in one transaction; raise _Lost to undo both."""
    with transaction.atomic():
        claimed = _move(
            payment,
            Status.SETTLED,
            now,
            closed_at=now,
            received=truth.amount,
            settled_at=truth.settled_at,
            channel=truth.channel,
            provider_reference=truth.reference or payment.provider_reference,
            receipt_number=f"KW-{next_number(RECEIPTS, now=now)}",
        )
        if not claimed:
            raise _Lost
        payment.received = truth.amount
        clearing = ledger.account(Account.Kind.CLEARING, gateway=payment.gateway)
        holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
        transfers = [(clearing, holding, payment.net)]
        if payment.fee_taken:
            transfers.append((clearing, ledger.account(Account.Kind.FEES), payment.fee_taken))
        ledger.post(
            key=settlement_key(payment),
            kind=SETTLEMENT,
            now=now,
            transfers=transfers,
            payment=payment,
        )
        bells.ring("payment_settled")


def _reverse(payment: Payment, now: datetime) -> Change:
    if given_back(payment) >= payment.net:
        return _for_a_person(payment, "taken back though all of it was refunded")
    with transaction.atomic():
        if not _move(payment, Status.REVERSED, now, reversed_at=now):
            return Change.LOST
        bells.ring("payment_reversed")
    return Change.REVERSED


def _fail(payment: Payment, now: datetime) -> Change:
    failed = _move(payment, Status.FAILED, now, closed_at=now)
    return Change.FAILED if failed else Change.LOST


def _move(payment: Payment, status: str, now: datetime, **fields: object) -> bool:
    """Move a payment on from the status in which it was read; False if it has left that."""
    as_read = Payment.everything.filter(pk=payment.pk, status=payment.status)
    moved = as_read.update(status=status, polls=0, next_poll_at=next_poll(status, 0, now), **fields)
    return moved == 1


def _for_a_person(payment: Payment, why: str) -> Change:
    logger.warning("payment %s needs a person: %s", payment.order_id, why)
    return Change.FOR_A_PERSON
