"""Opening a payment at the gateway, and taking its money back out of the books."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from payments import ledger, qris
from payments.channels import Way, ways_for
from payments.gateways.protocol import Charge, ChargeLost, GatewayUnavailable, ProviderStatus, State
from payments.gateways.registry import chosen_gateway, gateway_named, serving
from payments.models import Account, Invoice, Payment, Posting
from payments.refund_selectors import given_back
from payments.services.applying import OPEN, Change, apply_truth, next_poll, settlement_key
from payments.services.losses import borne
from payments.services.questions import raise_question

__all__ = [
    "AlreadyPaid",
    "GatewayUnavailable",
    "InvoiceNotPayable",
    "NotReversed",
    "TooManyAttempts",
    "WayNotOffered",
    "close_at_provider",
    "post_reversal",
    "start_payment",
]

logger = logging.getLogger(__name__)

#: How often a click begins anew after another one of the same moment.
ROUNDS = 3
#: So many payments of one invoice an hour: more are no payer's, and the provider's time.
ATTEMPTS_AN_HOUR = 30
HOUR = timedelta(hours=1)


class InvoiceNotPayable(Exception):
    """The invoice is closed or its time is over."""


class AlreadyPaid(InvoiceNotPayable):
    """Money for the invoice has come in and is about to be allocated."""


class TooManyAttempts(InvoiceNotPayable):
    """The invoice's ways were opened and changed too often in this hour."""


class WayNotOffered(Exception):
    """The invoice cannot be paid by that way, or by any."""


class NotReversed(Exception):
    """The provider has not taken this payment's money back."""


def start_payment(
    *, invoice: Invoice, now: datetime, way: str = "", by: User | None = None
) -> Payment:
    """Return the payment by which an open invoice can be paid now, opened at the gateway.

    `way` is a code of `channels.ways_for`; without one it is the way already opened, or
    the usual one. A double click, or a second tab, gets the same payment: the database
    allows an invoice one that is new or pending. Another way closes the open one at the
    provider first. The gateway is asked between short transactions; if it does not answer
    the payment stays as it is and the next call asks again under the same order id. `by`
    is who opened it, nobody for the holder of a pay link.

    Raises InvoiceNotPayable, TooManyAttempts (the open payment stands then), AlreadyPaid
    (also when the one to close proves paid), WayNotOffered, GatewayUnavailable. Not to be
    called inside a transaction (RuntimeError).
    """
    for _round in range(ROUNDS):
        payment = _open_payment(invoice, way, by, now)
        if not _serves(payment, way):
            _replace(payment, now)
            continue
        if payment.status == Payment.Status.NEW and not _charge(payment, now):
            continue
        return payment
    raise GatewayUnavailable("other clicks were faster")


def close_at_provider(*, payment: Payment, now: datetime) -> Change:
    """Close a payment's charge at its provider, and apply what is true then.

    Money that came in meanwhile is booked as such. A provider that no longer serves is not
    asked. Raises GatewayUnavailable, also where the provider would not close it; not to be
    called inside a transaction.
    """
    truth = ProviderStatus(order_id=payment.order_id, state=State.FAILED)
    if payment.gateway in serving():
        gateway = gateway_named(payment.gateway)
        state = gateway.cancel(payment.order_id, now=now)
        if state is State.PENDING:
            raise GatewayUnavailable("the provider does not close the order")
        if state not in {State.FAILED, State.UNKNOWN}:
            truth = gateway.status(payment.order_id, now=now)
    change = apply_truth(payment=payment, truth=truth, now=now)
    if change is Change.FOR_A_PERSON:
        raise_question(payment=payment, truth=truth, now=now)
    return change


def post_reversal(*, payment: Payment, now: datetime) -> Posting | None:
    """Take a reversed payment's money out of the donor's holding, back to clearing.

    Called when its months are undone and the money is in holding again. What was refunded
    before has left clearing already, as has what the operator bears: only the rest goes,
    and None is returned where there is none. Idempotent. Raises NotReversed,
    ledger.InsufficientBalance.
    """
    if payment.status != Payment.Status.REVERSED:
        raise NotReversed(payment.order_id)
    posting, key = Posting.objects.get(key=settlement_key(payment)), f"reversed:{payment.pk}"
    gone = given_back(payment) + borne(payment)
    if not gone:
        return ledger.reverse(posting, key=key, now=now)
    clearing = ledger.account(Account.Kind.CLEARING, gateway=payment.gateway)
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    lines = [
        (holding, clearing, payment.net - gone),
        (ledger.account(Account.Kind.FEES), clearing, payment.fee_taken),
    ]
    transfers = [line for line in lines if line[2]]
    if not transfers:
        return None
    return ledger.post(
        key=key,
        kind=ledger.REVERSAL,
        now=now,
        transfers=transfers,
        payment=payment,
        reverses=posting,
    )


def _open_payment(invoice: Invoice, way: str, by: User | None, now: datetime) -> Payment:
    with transaction.atomic(durable=True):
        fresh = Invoice.everything.select_related("donor").get(pk=invoice.pk)
        if fresh.status != Invoice.Status.OPEN or fresh.expires_at <= now:
            raise InvoiceNotPayable(fresh.number)
        payments = Payment.everything.filter(invoice=fresh)
        if payments.filter(status=Payment.Status.SETTLED, followed_up_at__isnull=True).exists():
            raise AlreadyPaid(fresh.number)
        chosen = _offered(fresh, way)
        waiting = _waiting_payment(fresh)
        if waiting is None or not _serves(waiting, way):
            _refuse_the_restless(fresh, now)
        if waiting is None:
            return _new_payment(fresh, chosen, by, now)
        if by is None and _serves(waiting, way):
            _leave_to_anybody(waiting)
        return waiting


def _refuse_the_restless(invoice: Invoice, now: datetime) -> None:
    """Raise TooManyAttempts before the open payment is given up for one too many."""
    made = Payment.everything.filter(invoice=invoice, created_at__gt=now - HOUR)
    if made.count() >= ATTEMPTS_AN_HOUR:
        raise TooManyAttempts(invoice.number)


def _leave_to_anybody(payment: Payment) -> None:
    """Forget who opened a charge that the holder of a pay link is about to pay: his money
    is not the donor's to cash (P38)."""
    mine = Payment.everything.filter(pk=payment.pk, status__in=OPEN, opened_by__isnull=False)
    if mine.update(opened_by=None):
        payment.opened_by = None


def _offered(invoice: Invoice, way: str) -> Way:
    offered = [offer for offer in ways_for(invoice) if way in {"", offer.code}]
    if not offered:
        raise WayNotOffered(way)
    return offered[0]


def _serves(payment: Payment, way: str) -> bool:
    """Tell whether a payment is what the payer asks for, at the provider of new ones."""
    return way in {"", payment.way} and payment.gateway == settings.PAYMENT_GATEWAY


def _replace(payment: Payment, now: datetime) -> None:
    """Close the open payment so that another can be opened. Raises AlreadyPaid."""
    close_at_provider(payment=payment, now=now)
    payment.refresh_from_db()
    if payment.status == Payment.Status.SETTLED:
        raise AlreadyPaid(payment.invoice.number)


def _charge(payment: Payment, now: datetime) -> bool:
    """Open a new payment's charge; False if it must be replaced by another payment."""
    try:
        charge = chosen_gateway().charge(payment, now=now)
    except ChargeLost:
        logger.warning("order %s: its charge is lost and is replaced", payment.order_id)
        _replace(payment, now)
        return False
    _record_charge(payment, charge, now)
    payment.refresh_from_db()
    if payment.status != Payment.Status.FAILED:
        return True
    # Another click gave it up meanwhile: nobody may pay by it.
    close_at_provider(payment=payment, now=now)
    return False


def _waiting_payment(invoice: Invoice) -> Payment | None:
    waiting = Payment.everything.filter(invoice=invoice, status__in=OPEN)
    return waiting.select_related("invoice__donor").first()


def _new_payment(invoice: Invoice, way: Way, by: User | None, now: datetime) -> Payment:
    """Make the payment, or return the one that another tab has made in this moment."""
    attempt = Payment.everything.filter(invoice=invoice).count() + 1
    try:
        with transaction.atomic():
            return Payment.everything.create(
                invoice=invoice,
                gateway=chosen_gateway().name,
                way=way.code,
                order_id=f"SERTAKAN-{invoice.number}-{attempt}",
                amount=way.amount,
                fee=way.fee,
                opened_by=by,
                created_at=now,
                next_poll_at=next_poll(Payment.Status.NEW, 0, now),
            )
    except IntegrityError:
        made = _waiting_payment(invoice)
        if made is None:
            raise
        return made


def _record_charge(payment: Payment, charge: Charge, now: datetime) -> None:
    with transaction.atomic(durable=True):
        # A webhook may have been faster: then the payment is past this.
        Payment.everything.filter(pk=payment.pk, status=Payment.Status.NEW).update(
            status=Payment.Status.PENDING,
            provider_reference=charge.reference,
            qris=_sound_qris(payment, charge),
            va_bank=charge.va_bank,
            va_number=charge.va_number,
            pay_page_url=charge.pay_page_url,
            next_poll_at=next_poll(Payment.Status.PENDING, 0, now),
        )


def _sound_qris(payment: Payment, charge: Charge) -> str:
    """Return the payload if it is sound and over the right amount, else nothing to scan."""
    if not charge.qris:
        return ""
    try:
        if qris.check(charge.qris).amount == payment.amount:
            return charge.qris
        why = "another amount"
    except qris.BadQris as error:
        why = str(error)
    logger.error("order %s: its QRIS payload is not shown: %s", payment.order_id, why)
    return ""
