"""Stories of money: an open invoice, a pending payment, one that the sandbox has settled."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.http.request import HttpHeaders

from payments.gateways.registry import gateway_named
from payments.models import Invoice, Payment, SandboxCharge
from payments.sandbox import provider
from payments.services.events import process_events, store_event
from payments.services.invoices import issue_invoice, number_invoice
from payments.services.paying import start_payment
from tests.factories import NOW, DonorFactory

TOTAL = 184_800


def open_invoice(*, total: int = TOTAL, now: datetime = NOW, **fields: Any) -> Invoice:
    """Issue an invoice that can be paid for ten days."""
    invoice = issue_invoice(
        donor=fields.pop("donor", None) or DonorFactory(),
        total=total,
        purpose=fields.pop("purpose", Invoice.Purpose.NEW),
        expires_at=fields.pop("expires_at", now + timedelta(days=10)),
        now=now,
    )
    return number_invoice(invoice=invoice, now=now)


def pending_payment(*, now: datetime = NOW, way: str = "", **fields: Any) -> Payment:
    """Open a payment of a fresh invoice at the sandbox."""
    return start_payment(invoice=open_invoice(now=now, **fields), now=now, way=way)


def charge_of(payment: Payment) -> SandboxCharge:
    """Return what the sandbox knows of a payment."""
    return SandboxCharge.objects.get(order_id=payment.order_id)


def pay_at_provider(payment: Payment, *, amount: int | None = None, now: datetime = NOW) -> None:
    """Let the payer pay; the portal does not know of it yet."""
    charge = charge_of(payment)
    assert provider.pay(
        charge=charge,
        way=payment.way,
        amount=charge.gross_amount if amount is None else amount,
        now=now,
    )


def settled_payment(*, amount: int | None = None, now: datetime = NOW, **fields: Any) -> Payment:
    """Pay an invoice and let the portal learn of it."""
    payment = pending_payment(now=now, **fields)
    pay_at_provider(payment, amount=amount, now=now)
    return told(payment, now=now)


def body_of(payment: Payment, *, status: str | None = None, **changed: Any) -> bytes:
    """Write the sandbox's webhook about a payment, as of now or of an earlier status."""
    fields = provider.notification(charge_of(payment), status=status)
    return json.dumps({**fields, **changed}).encode()


def tell(payment: Payment, *, status: str | None = None, now: datetime = NOW) -> bool:
    """Put the sandbox's webhook into the portal's store, past its door."""
    body = body_of(payment, status=status)
    event = gateway_named("sandbox").verify(HttpHeaders({}), body)
    return store_event(gateway="sandbox", event=event, body=body, now=now)


def told(payment: Payment, *, now: datetime = NOW) -> Payment:
    """Tell the portal how a payment stands, and let it act."""
    tell(payment, now=now)
    process_events(now=now)
    payment.refresh_from_db()
    return payment
