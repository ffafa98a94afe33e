"""Sending what was confirmed: by the provider, or as the bank's outgoing line shows."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from payments import ledger
from payments.gateways.protocol import CannotRefund, GatewayUnavailable, State
from payments.gateways.registry import gateway_named, serving
from payments.models import Account, BankAccount, BankLine, Payment, Posting, Refund
from payments.refund_selectors import given_back
from payments.services import refund_errors as errors
from payments.services.refund_base import hold, record, tell

logger = logging.getLogger(__name__)

Status = Refund.Status
Target = Refund.Target
SENT = "refund_sent"
BATCH = 100
#: How long until the provider is asked again; also the lease of whoever asks him.
PAUSES = tuple(timedelta(minutes=m) for m in (2, 5, 15, 60, 180, 360))
CONFIRMED_AFTER = timedelta(minutes=1)


# --- by the provider ------------------------------------------------------------------
def send_refunds(*, now: datetime) -> dict[str, int]:
    """Let the providers send what was confirmed for the instruments that paid. Returns counts.

    Each is taken by moving its next try on, so that two jobs never ask about one together;
    one whose job died is asked about again under the same key, by which the provider sends
    it once. What he will never send fails, and waits for a treasurer.
    """
    counts = {"sent": 0, "failed": 0, "unanswered": 0}
    for refund in list(_due(now).order_by("next_try_at", "pk")[:BATCH]):
        pause = PAUSES[min(refund.attempts, len(PAUSES) - 1)]
        if _claim(refund, now, now + pause):
            counts[_send(refund, now)] += 1
    return counts


def provider_key(refund: Refund) -> str:
    """Return the key under which the provider sends a refund once."""
    return f"refund-{refund.uuid}-{refund.round}"


def _due(now: datetime) -> QuerySet[Refund]:
    rows = Refund.everything.filter(
        status=Status.CONFIRMED,
        target=Target.INSTRUMENT,
        next_try_at__lte=now,
        payment__gateway__in=serving(),
    )
    return rows.select_related("payment__invoice")


def _claim(refund: Refund, now: datetime, until: datetime) -> bool:
    """Take a refund; the first time only while the bank has not taken its payment back."""
    mine = _due(now).filter(pk=refund.pk, attempts=refund.attempts)
    with transaction.atomic():
        if refund.attempts == 0:
            # The one who reverses it holds the payment too: he sees the try, or we his mark.
            payments = Payment.everything.filter(pk=refund.payment_id or 0)
            held = payments.select_for_update(no_key=True).values_list("status", flat=True)
            if list(held) != [Payment.Status.SETTLED]:
                return False
        # No joins in an UPDATE.
        rows = Refund.everything.filter(pk__in=mine.values("pk"))
        return rows.update(attempts=F("attempts") + 1, next_try_at=until) == 1


def _send(refund: Refund, now: datetime) -> str:
    payment = refund.payment
    if payment is None:
        raise TypeError("the database lets no refund to an instrument be without its payment")
    gateway = gateway_named(payment.gateway)
    try:
        reference = gateway.refund(payment, amount=refund.amount, key=provider_key(refund), now=now)
    except CannotRefund as error:
        return _fail(refund, str(error), now)
    except GatewayUnavailable as error:
        logger.warning("refund %s: the provider does not answer: %s", refund.pk, error)
        if payment.status == Payment.Status.REVERSED and _was_never_sent(refund, payment, now):
            return _fail(refund, "the bank took the payment back", now)
        return "unanswered"
    record_sent(refund=refund, reference=reference, now=now)
    return "sent"


def _was_never_sent(refund: Refund, payment: Payment, now: datetime) -> bool:
    """Ask the provider of a payment that is over whether this refund is in what went back."""
    try:
        truth = gateway_named(payment.gateway).status(payment.order_id, now=now)
    except GatewayUnavailable:
        return False
    over = truth.state in {State.FAILED, State.REVERSED}
    return over and truth.refunded < given_back(payment) + refund.amount


def record_sent(*, refund: Refund, reference: str, now: datetime) -> bool:
    """Book that the provider has sent a refund; False if that was booked before.

    The payment is asked about again soon, so that the provider's own word closes it.
    """
    with transaction.atomic():
        fresh = hold(refund)
        if fresh.status != Status.CONFIRMED or fresh.round != refund.round or not fresh.payment:
            return False
        clearing = ledger.account(Account.Kind.CLEARING, gateway=fresh.payment.gateway)
        _book(fresh, clearing, reference, now)
        settled = Payment.everything.filter(pk=fresh.payment.pk, status=Payment.Status.SETTLED)
        settled.update(polls=0, next_poll_at=now + CONFIRMED_AFTER)
        record(fresh, "sent", now, None, reference=fresh.reference)
        return True


def _fail(refund: Refund, why: str, now: datetime) -> str:
    with transaction.atomic():
        rows = Refund.everything.filter(pk=refund.pk, status=Status.CONFIRMED, round=refund.round)
        if rows.update(status=Status.FAILED, note=why[:300], next_try_at=None):
            record(refund, "failed", now, None, why=why)
            tell(refund, "failed", now)
    return "failed"


# --- by the bank ------------------------------------------------------------------------
def mark_sent(
    *,
    refund: Refund,
    reference: str,
    by: User | None,
    now: datetime,
    bank_account: BankAccount | None = None,
    bank_line: BankLine | None = None,
) -> Posting:
    """Note that the bank has sent a refund to an account or a treasury: it is booked as gone.

    With the `bank_line` that shows it, it is done; else a person names the transfer's
    `reference` and our `bank_account`, and the line that comes later closes it. Returns
    the posting `returned` <- `bank`, written once. Raises NotWaiting (also when it is done),
    ReferenceMissing, OtherAccount.
    """
    with transaction.atomic():
        fresh = hold(refund)
        place = bank_line.account if bank_line else bank_account
        if fresh.target == Target.INSTRUMENT or fresh.status not in (
            Status.CONFIRMED,
            Status.SENT,
        ):
            raise errors.NotWaiting
        if place is None or not (reference or bank_line):
            raise errors.ReferenceMissing
        if bank_line and (bank_line.amount != fresh.amount or bank_line.side != "out"):
            raise errors.OtherAccount
        if fresh.status == Status.SENT and fresh.bank_account_id != place.pk:
            raise errors.OtherAccount
        if fresh.status == Status.SENT and bank_line is None:
            raise errors.NotWaiting
        posting = _book(
            fresh, ledger.account(Account.Kind.BANK, bank_account=place), reference, now
        )
        fresh.bank_account = place
        if bank_line:
            fresh.status, fresh.closed_at = Status.DONE, now
        fresh.save(update_fields=["bank_account", "status", "closed_at"])
        record(fresh, "sent", now, by, reference=fresh.reference)
        return posting


def _book(refund: Refund, place: Account, reference: str, now: datetime) -> Posting:
    """Book a confirmed refund as gone from a place, in the caller's transaction, and tell.

    One that is sent already keeps its posting and reference.
    """
    if refund.sent_posting is not None:
        return refund.sent_posting
    refund.sent_posting = ledger.post(
        key=f"refund_sent:{refund.pk}:{refund.round}",
        kind=SENT,
        now=now,
        transfers=[(ledger.account(Account.Kind.RETURNED), place, refund.amount)],
        payment=refund.payment if refund.target == Target.INSTRUMENT else None,
    )
    refund.status, refund.sent_at, refund.next_try_at = Status.SENT, now, None
    refund.reference = reference[:80] or refund.transfer_code
    refund.save(update_fields=["sent_posting", "status", "sent_at", "next_try_at", "reference"])
    tell(refund, "sent", now)
    return refund.sent_posting
