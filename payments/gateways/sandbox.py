"""The adapter to the built-in sandbox provider.

It stands where a client of a real provider would: it translates, and knows nothing of
the provider's tables. Its status answers are read by the code that reads Midtrans's.
"""

from datetime import datetime

from django.http.request import HttpHeaders
from django.urls import reverse

from payments import paylinks
from payments.gateways import notification
from payments.gateways.protocol import (
    CannotRefund,
    Charge,
    GatewayUnavailable,
    ProviderStatus,
    State,
    VerifiedEvent,
)
from payments.models import Payment
from payments.sandbox import acquirer, provider


class SandboxGateway:
    """Plays a provider inside the portal; no real money moves."""

    name = "sandbox"
    #: What its bank shows for a virtual account.
    va_name = acquirer.MERCHANT_NAME

    def charge(self, payment: Payment, *, now: datetime) -> Charge:
        """Open the order at the sandbox; asked again, it returns the same charge."""
        opened = provider.open_charge(
            order_id=payment.order_id,
            amount=payment.amount,
            way=payment.way,
            expires_at=payment.invoice.expires_at,
            return_url=paylinks.path(payment.invoice),
            now=now,
        )
        return Charge(
            reference=str(opened.transaction_id),
            qris=opened.qris,
            va_bank=opened.va_bank,
            va_number=opened.va_number or "",
            pay_page_url=reverse("sandbox_pay", args=[opened.transaction_id]),
        )

    def status(self, order_id: str, *, now: datetime) -> ProviderStatus:
        """Ask the sandbox's status call."""
        answer = provider.status_answer(order_id=order_id, now=now)
        if answer["status_code"] == "404":
            return ProviderStatus(order_id=order_id, state=State.UNKNOWN)
        return notification.status_of(answer)

    def cancel(self, order_id: str, *, now: datetime) -> State:
        """Close the order at the sandbox if nobody has paid it."""
        provider.cancel(order_id=order_id, now=now)
        return self.status(order_id, now=now).state

    def refund(self, payment: Payment, *, amount: int, key: str, now: datetime) -> str:
        """Let the sandbox send money back; a virtual account takes none."""
        try:
            made = provider.refund(order_id=payment.order_id, amount=amount, key=key, now=now)
        except provider.NotRefundable as error:
            raise CannotRefund(str(error)) from error
        except provider.NotSettled as error:
            raise GatewayUnavailable(str(error)) from error
        return f"sandbox-refund-{made.pk}"

    def verify(self, headers: HttpHeaders, body: bytes) -> VerifiedEvent:
        """Check the signature as Midtrans's documents say."""
        return notification.event_of(body, server_key=provider.server_key())
