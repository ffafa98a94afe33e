"""Questions about invoices and payments."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, IntegerField, QuerySet, Value, When

from payments import qris
from payments.gateways.sandbox import SandboxGateway
from payments.models import Invoice, Payment, ProviderEvent
from payments.models.invoices import InvoiceQuerySet

NEEDS_A_PERSON = (ProviderEvent.Outcome.UNKNOWN_ORDER, ProviderEvent.Outcome.FOR_A_PERSON)


@dataclass(frozen=True)
class WaysToPay:
    """What a payer is shown. The way that he has not chosen is empty.

    `amount` is what he sends, in rupiah, with the `fee` that he bears; `merchant_name` is
    what the bank's app will show (P14).
    """

    way: str
    amount: int
    fee: int
    qris: str
    merchant_name: str
    va_bank: str
    va_number: str
    pay_page_url: str


def own_invoices(user: Any) -> QuerySet[Invoice]:
    """Return the invoices that the user may see, open ones first, then the newest."""
    rank = Case(
        When(status=Invoice.Status.OPEN, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    rows: InvoiceQuerySet = Invoice.objects.visible_to(user)
    return rows.select_related("donor").order_by(rank, "-issued_at", "-pk")


def latest_payment(invoice: Invoice) -> Payment | None:
    """Return the payment that tells how an invoice stands: one that came in before one
    that waits, and that before the newest that failed."""
    rank = Case(
        When(status=Payment.Status.SETTLED, then=Value(0)),
        When(status__in=[Payment.Status.PENDING, Payment.Status.NEW], then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return Payment.everything.filter(invoice=invoice).order_by(rank, "-pk").first()


def pending_payment(invoice: Invoice) -> Payment | None:
    """Return the payment by which an invoice can be paid now, if it was opened."""
    return Payment.everything.filter(invoice=invoice, status=Payment.Status.PENDING).first()


def ways_to_pay(payment: Payment) -> WaysToPay:
    """Return what a payer needs to pay a pending payment; makes no query."""
    name = qris.check(payment.qris).merchant_name if payment.qris else ""
    if payment.va_number:
        is_sandbox = payment.gateway == SandboxGateway.name
        name = SandboxGateway.va_name if is_sandbox else settings.VA_NAME
    return WaysToPay(
        way=payment.way,
        amount=payment.amount,
        fee=payment.fee,
        qris=payment.qris,
        merchant_name=name,
        va_bank=payment.va_bank,
        va_number=payment.va_number,
        pay_page_url=payment.pay_page_url,
    )


def events_for_a_person() -> QuerySet[ProviderEvent]:
    """Return the webhooks that no rule covers and nobody has ruled on, oldest first."""
    waiting = ProviderEvent.objects.filter(outcome__in=NEEDS_A_PERSON, decided_at__isnull=True)
    return waiting.order_by("received_at", "pk")
