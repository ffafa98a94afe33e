"""The adapter to Midtrans's Core API (domain reference 6.2).

A charge, its status, its closing and its refund are four calls; a client of our own reads
them as they are. Its words are read by `notification`, where the sandbox's are read too.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import HttpHeaders

from bricks.clock import JAKARTA
from payments.channels import VIRTUAL_ACCOUNT
from payments.gateways import notification
from payments.gateways.protocol import (
    BadAnswer,
    CannotRefund,
    Charge,
    ChargeLost,
    GatewayUnavailable,
    ProviderStatus,
    State,
    VerifiedEvent,
)
from payments.models import Payment

logger = logging.getLogger(__name__)

#: A longer time to pay is refused.
LONGEST = timedelta(days=180)
MANDIRI = "mandiri"
DUPLICATE, TOO_MANY, TOO_LITTLE_BALANCE = 406, 429, 414
#: Our keys, not this request, are refused: nothing can be said about the order.
NOT_LET_IN = (401, 402, 403)

Fields = Mapping[str, Any]


class MidtransGateway:
    """Speaks to Midtrans. Every method talks to the network, except `verify`."""

    name = "midtrans"

    def charge(self, payment: Payment, *, now: datetime) -> Charge:
        """Open the order for its way; an order opened before is read by its status."""
        fields = _call("POST", "charge", _charge_request(payment, now))
        code = _code(fields)
        if code == DUPLICATE:
            return _opened_before(payment)
        if code not in {200, 201}:
            raise GatewayUnavailable(f"the charge was refused with {code}")
        return _charge_of(fields)

    def status(self, order_id: str, *, now: datetime) -> ProviderStatus:
        """Ask for an order; an unknown one, and one without a way yet, are unknown."""
        fields = _status(order_id)
        if _code(fields) == 404:
            return ProviderStatus(order_id=order_id, state=State.UNKNOWN)
        if str(fields.get("order_id")) != order_id:
            raise BadAnswer("the answer is about another order")
        return notification.status_of(fields)

    def cancel(self, order_id: str, *, now: datetime) -> State:
        """Ask Midtrans to close the order, and then what is true of it."""
        code = _code(_call("POST", f"{_name(order_id)}/cancel"))
        if code in NOT_LET_IN or code == TOO_MANY:
            raise GatewayUnavailable(f"the closing was refused with {code}")
        return self.status(order_id, now=now).state

    def refund(self, payment: Payment, *, amount: int, key: str, now: datetime) -> str:
        """Ask for a refund under our key, which Midtrans takes once."""
        if payment.way == VIRTUAL_ACCOUNT:
            raise CannotRefund("a virtual account takes no money back")
        asked = {"refund_key": key, "amount": amount, "reason": "refund by the portal"}
        fields = _call("POST", f"{_name(payment.order_id)}/refund", asked)
        code = _code(fields)
        if code == 200:
            return _refund_reference(fields, key)
        known = _refund_known(payment.order_id, key, amount)
        if known is not None:
            return known
        if code in {*NOT_LET_IN, 404, TOO_MANY, TOO_LITTLE_BALANCE}:
            raise GatewayUnavailable(f"the refund was refused with {code}")
        raise CannotRefund(f"Midtrans answers {code}")

    def verify(self, headers: HttpHeaders, body: bytes) -> VerifiedEvent:
        """Check the signature over the texts as received, by the notification key."""
        key = settings.MIDTRANS_NOTIFICATION_KEY or settings.MIDTRANS_SERVER_KEY
        if not key:
            raise ImproperlyConfigured("MIDTRANS_SERVER_KEY is empty: anyone could sign a webhook")
        return notification.event_of(body, server_key=key)


def _charge_request(payment: Payment, now: datetime) -> dict[str, Any]:
    """Ask for one way over whole rupiah until the invoice expires; names nobody."""
    minutes = int(min(payment.invoice.expires_at - now, LONGEST) / timedelta(minutes=1))
    request: dict[str, Any] = {
        "payment_type": "qris",
        "transaction_details": {"order_id": payment.order_id, "gross_amount": payment.amount},
        "custom_expiry": {
            "order_time": now.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S %z"),
            "expiry_duration": max(minutes, 1),
            "unit": "minute",
        },
    }
    bank = settings.MIDTRANS_VA_BANK
    if payment.way == VIRTUAL_ACCOUNT and bank == MANDIRI:
        bill = {"bill_info1": "Tagihan", "bill_info2": payment.invoice.number}
        request |= {"payment_type": "echannel", "echannel": bill}
    elif payment.way == VIRTUAL_ACCOUNT:
        request |= {"payment_type": "bank_transfer", "bank_transfer": {"bank": bank}}
    return request


def _opened_before(payment: Payment) -> Charge:
    """Read the charge of an order that stands already: a lost answer, or a second click."""
    fields = _status(payment.order_id)
    if notification.state_of(fields) is not State.PENDING:
        raise ChargeLost("the order is over already")
    charge = _charge_of(fields)
    if not (charge.qris or charge.va_number or charge.pay_page_url):
        raise ChargeLost("the status does not repeat how the order is paid")
    return charge


def _charge_of(fields: Fields) -> Charge:
    bank, number = _account(fields)
    payload = _text(fields, "qr_string")
    return Charge(
        reference=_text(fields, "transaction_id")[:80],
        qris=payload,
        va_bank=bank,
        va_number=number,
        # Who gets no payload to draw is led to the picture that Midtrans draws.
        pay_page_url="" if payload else _picture(fields),
    )


def _account(fields: Fields) -> tuple[str, str]:
    """Return bank and number of a virtual account, in whichever shape its bank has them."""
    accounts = fields.get("va_numbers")
    if isinstance(accounts, list) and accounts and isinstance(accounts[0], dict):
        bank, number = _text(accounts[0], "bank"), _text(accounts[0], "va_number")
        return f"Bank {bank.upper()}"[:20], number[:30]
    if permata := _text(fields, "permata_va_number"):
        return "Bank Permata", permata[:30]
    if key := _text(fields, "bill_key"):
        return "Mandiri Bill", f"{_text(fields, 'biller_code')} {key}".strip()[:30]
    return "", ""


def _picture(fields: Fields) -> str:
    actions = fields.get("actions")
    for action in actions if isinstance(actions, list) else []:
        if isinstance(action, dict) and "qr-code" in _text(action, "name"):
            url = _text(action, "url")
            return url if url.startswith("https://") and len(url) <= 300 else ""
    return ""


def _refund_known(order_id: str, key: str, amount: int) -> str | None:
    """Return the reference of a refund that Midtrans has made under our key before."""
    refunds = _status(order_id).get("refunds")
    for made in refunds if isinstance(refunds, list) else []:
        if isinstance(made, dict) and _text(made, "refund_key") == key:
            if notification.rupiah_of(made.get("refund_amount")) != amount:
                raise CannotRefund("the key stands for another refund")
            return _refund_reference(made, key)
    return None


def _refund_reference(fields: Fields, key: str) -> str:
    return str(fields.get("refund_chargeback_id") or fields.get("refund_key") or key)[:80]


def _status(order_id: str) -> Fields:
    fields = _call("GET", f"{_name(order_id)}/status")
    if _code(fields) in NOT_LET_IN or _code(fields) == TOO_MANY:
        raise GatewayUnavailable(f"the status was refused with {_code(fields)}")
    return fields


def _name(order_id: str) -> str:
    return quote(order_id, safe="")


def _call(method: str, path: str, body: Fields | None = None) -> Fields:
    """Make one call and return its fields, whose own `status_code` is the answer.

    Raises GatewayUnavailable for silence, an error of theirs, or what is no JSON.
    """
    if not settings.MIDTRANS_SERVER_KEY:
        raise ImproperlyConfigured("MIDTRANS_SERVER_KEY is empty")
    try:
        answer = requests.request(
            method,
            f"{settings.MIDTRANS_URL}/v2/{path}",
            json=body,
            auth=(settings.MIDTRANS_SERVER_KEY, ""),
            headers={"Accept": "application/json"},
            timeout=settings.PROVIDER_TIMEOUT,
            allow_redirects=False,
        )
        fields = answer.json()
    except requests.RequestException as error:
        raise GatewayUnavailable(type(error).__name__) from error
    if not isinstance(fields, dict):
        raise BadAnswer("the answer is no object")
    if answer.status_code >= 500 or _code(fields) >= 500:
        raise GatewayUnavailable(f"Midtrans answers {max(answer.status_code, _code(fields))}")
    return fields


def _code(fields: Fields) -> int:
    """Return the answer's own status code, which need not be that of HTTP."""
    code = str(fields.get("status_code", ""))
    if not (code.isascii() and code.isdigit() and len(code) == 3):
        raise BadAnswer("the answer has no status code")
    return int(code)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
