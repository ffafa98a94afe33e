"""The adapter to Xendit's invoices (domain reference 6.3).

Xendit's own page takes the money; we open its invoice for one way. The token of a webhook
is a shared secret that signs nothing, so that every word is asked for again. Our order id
is its `external_id`, which Xendit lets stand on several invoices: all of them are read.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import HttpHeaders

from payments.channels import QRIS
from payments.gateways.notification import ORDER_ID, WORD
from payments.gateways.protocol import (
    BadAnswer,
    BadEvent,
    BadSignature,
    CannotRefund,
    Charge,
    ChargeLost,
    GatewayUnavailable,
    ProviderStatus,
    State,
    VerifiedEvent,
)
from payments.models import Payment

#: The money came; SETTLED may follow PAID later.
PAID = {"PAID", "SETTLED"}
STATES = {"PENDING": State.PENDING, "EXPIRED": State.FAILED} | dict.fromkeys(PAID, State.SETTLED)
HAS_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

Fields = dict[str, Any]


class XenditGateway:
    """Speaks to Xendit. Every method talks to the network, except `verify` and `refund`."""

    name = "xendit"

    def charge(self, payment: Payment, *, now: datetime) -> Charge:
        """Open an invoice for the order, unless one stands already."""
        opened = _invoices(payment.order_id)
        if not opened:
            return _charge_of(_call("POST", "/v2/invoices", _request(payment, now)))
        waiting = [row for row in opened if _state(row) is State.PENDING]
        if not waiting:
            raise ChargeLost("the order is over already")
        return _charge_of(waiting[0])

    def status(self, order_id: str, *, now: datetime) -> ProviderStatus:
        """Read every invoice of the order; what was paid twice is told as its sum."""
        rows = [_invoice(_name(row)) for row in _invoices(order_id)]
        if any(row.get("external_id") != order_id for row in rows):
            raise BadAnswer("the answer is about another order")
        paid = [row for row in rows if _state(row) is State.SETTLED]
        if paid:
            return _settled(order_id, paid)
        states = {_state(row) for row in rows} or {State.UNKNOWN}
        state = State.PENDING if State.PENDING in states else states.pop()
        reference = _name(rows[0]) if rows else ""
        return ProviderStatus(order_id=order_id, state=state, reference=reference)

    def cancel(self, order_id: str, *, now: datetime) -> State:
        """Let every unpaid invoice of the order expire, and say what is true then."""
        for row in _invoices(order_id):
            if _state(row) is State.PENDING:
                _call("POST", f"/invoices/{_name(row)}/expire!", refused_is_fine=True)
        return self.status(order_id, now=now).state

    def refund(self, payment: Payment, *, amount: int, key: str, now: datetime) -> str:
        """Send nothing back: an invoice's status would not tell of it."""
        raise CannotRefund("refunds of Xendit's invoices go by bank transfer")

    def verify(self, headers: HttpHeaders, body: bytes) -> VerifiedEvent:
        """Compare the account's token; the body is read only to learn whom to ask about."""
        wanted = settings.XENDIT_CALLBACK_TOKEN
        if not wanted:
            raise ImproperlyConfigured("XENDIT_CALLBACK_TOKEN is empty: anyone could call")
        fields = _object(body)
        order_id, status = fields.get("external_id"), fields.get("status")
        if not (isinstance(order_id, str) and ORDER_ID.fullmatch(order_id)):
            raise BadEvent("external_id is missing or not written as ours are")
        if not (isinstance(status, str) and WORD.fullmatch(status)):
            raise BadEvent("status is missing or no word")
        given = headers.get("x-callback-token") or ""
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise BadSignature(order_id)
        digest = hashlib.sha256(body).hexdigest()
        return VerifiedEvent(
            order_id=order_id, key=f"{status.upper()}:{digest}", state=_state(fields)
        )


def _request(payment: Payment, now: datetime) -> Fields:
    """Ask for one way over whole rupiah until the invoice expires; names nobody."""
    seconds = int((payment.invoice.expires_at - now) / timedelta(seconds=1))
    ways = ["QRIS"] if payment.way == QRIS else settings.XENDIT_VA_BANKS
    return {
        "external_id": payment.order_id,
        "amount": payment.amount,
        "currency": "IDR",
        "description": f"Tagihan {payment.invoice.number}",
        "invoice_duration": max(seconds, 60),
        "payment_methods": ways,
        "should_send_email": False,
    }


def _charge_of(fields: Fields) -> Charge:
    url = fields.get("invoice_url")
    if not isinstance(url, str) or not url.startswith("https://") or len(url) > 300:
        raise BadAnswer("the invoice has no page")
    return Charge(reference=_name(fields), qris="", va_bank="", va_number="", pay_page_url=url)


def _settled(order_id: str, paid: list[Fields]) -> ProviderStatus:
    first = paid[0]
    channel = first.get("payment_channel") or first.get("payment_method") or ""
    return ProviderStatus(
        order_id=order_id,
        state=State.SETTLED,
        amount=sum(_rupiah(row.get("paid_amount", row.get("amount"))) for row in paid),
        settled_at=min(_instant(row.get("paid_at")) for row in paid),
        channel=str(channel)[:20],
        reference=_name(first),
    )


def _invoices(order_id: str) -> list[Fields]:
    rows = _call("GET", f"/v2/invoices?external_id={quote(order_id, safe='')}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer("the answer is no list of invoices")
    return rows


def _invoice(name: str) -> Fields:
    fields = _call("GET", f"/v2/invoices/{name}")
    if not isinstance(fields, dict):
        raise BadAnswer("the answer is no invoice")
    return fields


def _state(fields: Fields) -> State:
    return STATES.get(str(fields.get("status")).upper(), State.UNKNOWN)


def _name(fields: Any) -> str:
    name = fields.get("id") if isinstance(fields, dict) else None
    if not isinstance(name, str) or not HAS_NAME.fullmatch(name):
        raise BadAnswer("the invoice has no id")
    return name


def _rupiah(value: Any) -> int:
    """Read whole rupiah of a JSON number, which was kept as text. Raises BadAnswer."""
    match = re.fullmatch(r"([0-9]{1,15})(\.0{1,2})?", value if isinstance(value, str) else "")
    if match is None:
        raise BadAnswer("the amount is not whole rupiah")
    return int(match[1])


def _instant(text: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadAnswer("the time is not one") from None
    if instant.tzinfo is None:
        raise BadAnswer("the time has no zone")
    return instant


def _call(
    method: str, path: str, body: Fields | None = None, *, refused_is_fine: bool = False
) -> Any:
    """Make one call and return its JSON, with numbers as texts.

    Raises GatewayUnavailable for silence, any refusal, or what is no JSON; a refusal to
    do what is done already may be fine.
    """
    if not settings.XENDIT_SECRET_KEY:
        raise ImproperlyConfigured("XENDIT_SECRET_KEY is empty")
    try:
        answer = requests.request(
            method,
            f"{settings.XENDIT_URL}{path}",
            json=body,
            auth=(settings.XENDIT_SECRET_KEY, ""),
            timeout=settings.PROVIDER_TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise GatewayUnavailable(type(error).__name__) from error
    if refused_is_fine and answer.status_code in {400, 404, 409}:
        return {}
    if answer.status_code not in {200, 201}:
        raise GatewayUnavailable(f"Xendit answers {answer.status_code}")
    try:
        return json.loads(answer.content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise BadAnswer("the answer is no JSON") from None


def _object(body: bytes) -> Fields:
    try:
        fields = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise BadEvent("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadEvent("the body is not an object")
    return fields
