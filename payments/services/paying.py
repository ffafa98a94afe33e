"""Opening a payment at the gateway, and taking its money back out of the books."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from payments import ledger, qris
from payments.gateways.protocol import Charge, GatewayUnavailable
from payments.gateways.registry import chosen_gateway
from payments.models import Invoice, Payment, Posting
from payments.services.applying import OPEN, next_poll, settlement_key

__all__ = [
    "AlreadyPaid",
    "GatewayUnavailable",
    "InvoiceNotPayable",
    "NotReversed",
    "post_reversal",
    "start_payment",
]

logger = logging.getLogger(__name__)


class InvoiceNotPayable(Exception):
    """The invoice is closed or its time is over."""


class AlreadyPaid(InvoiceNotPayable):
    """Money for the invoice has come in and is about to be allocated."""


class NotReversed(Exception):
    """The provider has not taken this payment's money back."""


def start_payment(*, invoice: Invoice, now: datetime) -> Payment:
    """Return the payment by which an open invoice can be paid now, opened at the gateway.

    A double click, or a second tab, gets the same one: the database allows an invoice
    one payment that is new or pending. The gateway is asked between two short
    transactions; if it does not answer the payment stays new and the next call asks
    again under the same order id.

    Raises InvoiceNotPayable, AlreadyPaid, GatewayUnavailable. Not to be called inside
    a transaction (RuntimeError).
    """
    payment = _open_payment(invoice, now)
    if payment.status == Payment.Status.NEW:
        charge = chosen_gateway().charge(payment, now=now)
        _record_charge(payment, charge, now)
        payment.refresh_from_db()
    return payment


def post_reversal(*, payment: Payment, now: datetime) -> Posting:
    """Take a reversed payment's money out of the donor's holding, back to clearing.

    Called when its months are undone and the money is in holding again. Idempotent.
    Raises NotReversed, ledger.InsufficientBalance.
    """
    if payment.status != Payment.Status.REVERSED:
        raise NotReversed(payment.order_id)
    posting = Posting.objects.get(key=settlement_key(payment))
    return ledger.reverse(posting, key=f"reversed:{payment.pk}", now=now)


def _open_payment(invoice: Invoice, now: datetime) -> Payment:
    with transaction.atomic(durable=True):
        fresh = Invoice.everything.select_related("donor").get(pk=invoice.pk)
        if fresh.status != Invoice.Status.OPEN or fresh.expires_at <= now:
            raise InvoiceNotPayable(fresh.number)
        payments = Payment.everything.filter(invoice=fresh)
        if payments.filter(status=Payment.Status.SETTLED, followed_up_at__isnull=True).exists():
            raise AlreadyPaid(fresh.number)
        return _waiting_payment(fresh) or _new_payment(fresh, now)


def _waiting_payment(invoice: Invoice) -> Payment | None:
    waiting = Payment.everything.filter(invoice=invoice, status__in=OPEN)
    return waiting.select_related("invoice").first()


def _new_payment(invoice: Invoice, now: datetime) -> Payment:
    """Make the payment, or return the one that another tab has made in this moment."""
    attempt = Payment.everything.filter(invoice=invoice).count() + 1
    try:
        with transaction.atomic():
            return Payment.everything.create(
                invoice=invoice,
                gateway=chosen_gateway().name,
                order_id=f"SERTAKAN-{invoice.number}-{attempt}",
                amount=invoice.total,
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
