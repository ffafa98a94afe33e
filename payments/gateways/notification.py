"""The words of a Midtrans notification and status answer (domain reference 6.2).

Both have the same fields, all texts, amounts as `"184800.00"`, times in WIB without a
zone. Fields that we do not know are ignored. The sandbox speaks the same language.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bricks.clock import JAKARTA
from payments.gateways.protocol import (
    BadAnswer,
    BadEvent,
    BadSignature,
    ProviderStatus,
    State,
    VerifiedEvent,
)

TIME = "%Y-%m-%d %H:%M:%S"
ORDER_ID = re.compile(r"[A-Za-z0-9._~-]{1,50}")
WORD = re.compile(r"[A-Za-z_]{1,30}")
NEEDED = ("order_id", "status_code", "gross_amount", "signature_key", "transaction_status")
#: Paid needs more than the word: status code 200 and no fraud (see `state_of`).
PAID_WORDS = ("settlement", "capture")
STATES = {
    "pending": State.PENDING,
    "authorize": State.PENDING,
    "deny": State.FAILED,
    "cancel": State.FAILED,
    "expire": State.FAILED,
    "failure": State.FAILED,
    "refund": State.REVERSED,
    "chargeback": State.REVERSED,
    "partial_refund": State.PARTIAL,
    "partial_chargeback": State.PARTIAL,
}


def signature(*, order_id: str, status_code: str, gross_amount: str, server_key: str) -> str:
    """Return the signature of a notification, over the texts as they were received."""
    signed = f"{order_id}{status_code}{gross_amount}{server_key}"
    return hashlib.sha512(signed.encode()).hexdigest()


def event_of(body: bytes, *, server_key: str) -> VerifiedEvent:
    """Read a notification and prove its signature in constant time.

    Raises BadEvent, BadSignature. The key is made of the status word and the whole
    body, since two refunds of one order bear the same signature.
    """
    fields = _object(body)
    order_id, status_code, gross_amount, given, word = (_text(fields, name) for name in NEEDED)
    if not ORDER_ID.fullmatch(order_id) or not WORD.fullmatch(word):
        raise BadEvent("the order or its status is not written as this provider writes it")
    wanted = signature(
        order_id=order_id,
        status_code=status_code,
        gross_amount=gross_amount,
        server_key=server_key,
    )
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise BadSignature(order_id)
    digest = hashlib.sha256(body).hexdigest()
    return VerifiedEvent(order_id=order_id, key=f"{word}:{digest}", state=state_of(fields))


def status_of(fields: Mapping[str, Any]) -> ProviderStatus:
    """Read a status answer. Raises BadAnswer."""
    state = state_of(fields)
    paid_at = fields.get("settlement_time") or fields.get("transaction_time")
    return ProviderStatus(
        order_id=str(fields.get("order_id", "")),
        state=state,
        amount=rupiah_of(fields.get("gross_amount")),
        settled_at=instant_of(paid_at) if state is State.SETTLED else None,
        channel=str(fields.get("payment_type", ""))[:20],
        reference=str(fields.get("transaction_id", ""))[:80],
        refunded=_refunded(fields, state),
    )


def state_of(fields: Mapping[str, Any]) -> State:
    """Translate the status. Settled only if the code is 200 and nobody suspects fraud."""
    word = str(fields.get("transaction_status", "")).lower()
    if word not in PAID_WORDS:
        return STATES.get(word, State.UNKNOWN)
    fraud = str(fields.get("fraud_status") or "accept").lower()
    if fraud == "deny":
        return State.FAILED
    if str(fields.get("status_code")) == "200" and fraud == "accept":
        return State.SETTLED
    return State.PENDING


def rupiah_of(text: Any) -> int:
    """Read `"184800.00"` as whole rupiah. Raises BadAnswer for anything else."""
    match = re.fullmatch(r"([0-9]{1,15})(\.0{1,2})?", text if isinstance(text, str) else "")
    if match is None:
        raise BadAnswer("the amount is not whole rupiah")
    return int(match[1])


def instant_of(text: Any) -> datetime:
    """Read a time in WIB, `"2026-11-20 10:00:00"`. Raises BadAnswer."""
    try:
        return datetime.strptime(str(text), TIME).replace(tzinfo=JAKARTA)
    except ValueError:
        raise BadAnswer("the time is not one") from None


def _refunded(fields: Mapping[str, Any], state: State) -> int:
    """Return what went back so far; a whole refund may come without its amount."""
    if fields.get("refund_amount") is not None:
        return rupiah_of(fields["refund_amount"])
    return rupiah_of(fields.get("gross_amount")) if state is State.REVERSED else 0


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise BadEvent(f"{name} is missing or no plain text")
    return value


def _object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode())
    # A body of a thousand brackets is no notification either.
    except (ValueError, RecursionError):
        raise BadEvent("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadEvent("the body is not an object")
    return fields
