"""The adapter to the built-in sandbox provider.

It stands where a client of a real provider would: it translates, and knows nothing of
the provider's tables. Its status answers are read by the code that reads Midtrans's.
"""

from datetime import datetime

from django.http.request import HttpHeaders
from django.urls import reverse

from payments import paylinks
from payments.channels import channels_for
from payments.gateways import notification
from payments.gateways.protocol import Charge, ProviderStatus, State, VerifiedEvent
from payments.models import Payment
from payments.sandbox import provider


class SandboxGateway:
    """Plays a provider inside the portal; no real money moves."""

    name = "sandbox"

    def charge(self, payment: Payment, *, now: datetime) -> Charge:
        """Open the order at the sandbox; asked again, it returns the same charge."""
        ways = channels_for(payment.amount)
        opened = provider.open_charge(
            order_id=payment.order_id,
            amount=payment.amount,
            ways=ways,
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
            channels=ways,
        )

    def status(self, order_id: str, *, now: datetime) -> ProviderStatus:
        """Ask the sandbox's status call."""
        answer = provider.status_answer(order_id=order_id, now=now)
        if answer["status_code"] == "404":
            return ProviderStatus(order_id=order_id, state=State.UNKNOWN)
        return notification.status_of(answer)

    def verify(self, headers: HttpHeaders, body: bytes) -> VerifiedEvent:
        """Check the signature as Midtrans's documents say."""
        return notification.event_of(body, server_key=provider.server_key())
