"""What providers of messages tell of answers, read into one shape.

WhatsApp Cloud API: a POST is signed by `X-Hub-Signature-256`, `sha256=` and the
HMAC-SHA256 of the raw body under the app's secret. The answers stand in
`entry[].changes[].value.messages[]`, the states of what we sent in `statuses[]`; whatever
else Meta adds is left alone.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bricks.phones import BadPhone, clean_phone

WHATSAPP = "whatsapp"
MAILBOX = "mailbox"
#: Of a provider's name of a message (`wamid.…`).
MOST_LETTERS = 200
STATES = ("sent", "delivered", "read", "failed")


class BadDelivery(Exception):
    """The body is none of the documented shape."""


@dataclass(frozen=True)
class Answer:
    """One message from a phone: the provider's name of it, who, what, and as it came."""

    provider_id: str
    phone: str
    text: str
    raw: str


@dataclass(frozen=True)
class State:
    """What a provider tells of one message of ours: sent, delivered, read or failed."""

    provider_id: str
    # Our own name of the message, as the provider repeats it; empty where it does not.
    ours: str
    word: str
    at: datetime
    code: int | None = None


def is_signed(body: bytes, *, signature: str, secret: str) -> bool:
    """Tell, in constant time, whether the app's secret signed this very body."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def read_delivery(body: bytes) -> dict[str, Any]:
    """Read what Meta delivers. Raises BadDelivery."""
    try:
        delivery = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadDelivery from error
    if not isinstance(delivery, dict):
        raise BadDelivery
    return delivery


def answers_in(delivery: dict[str, Any]) -> list[Answer]:
    """Return the answers that a delivery bears."""
    return [
        Answer(
            provider_id=str(message["id"]),
            phone=_phone(str(message.get("from", ""))),
            text=_text(message).encode(errors="replace").decode().strip(),
            raw=json.dumps(message),
        )
        for message in _values(delivery, "messages")
        if _is_name(message.get("id"))
    ]


def states_in(delivery: dict[str, Any], *, now: datetime) -> list[State]:
    """Return the states of our messages that a delivery bears, in its order.

    Their time is the provider's, never later than `now`.
    """
    return [
        State(
            provider_id=str(told["id"]),
            ours=_own_name(told.get("biz_opaque_callback_data")),
            word=str(told.get("status")),
            at=_instant(told.get("timestamp"), now),
            code=_code(told),
        )
        for told in _values(delivery, "statuses")
        if _is_name(told.get("id")) and told.get("status") in STATES
    ]


def _is_name(found: Any) -> bool:
    return (
        isinstance(found, str)
        and 0 < len(found) <= MOST_LETTERS
        and found.isascii()
        and found.isprintable()
    )


def _values(delivery: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for entry in _rows(delivery, "entry"):
        for change in _rows(entry, "changes"):
            yield from _rows(change.get("value"), name)


def _own_name(found: Any) -> str:
    try:
        return str(UUID(found)) if isinstance(found, str) else ""
    except ValueError:
        return ""


def _instant(found: Any, now: datetime) -> datetime:
    text = str(found)
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        return now
    return min(datetime.fromtimestamp(int(text), UTC), now)


def _code(told: dict[str, Any]) -> int | None:
    errors = _rows(told, "errors")
    code = errors[0].get("code") if errors else None
    return code if isinstance(code, int) else None


def _rows(holder: Any, name: str) -> list[dict[str, Any]]:
    rows = holder.get(name) if isinstance(holder, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _phone(text: str) -> str:
    try:
        return clean_phone(text)
    except BadPhone:
        return ""


def _text(message: dict[str, Any]) -> str:
    """Return what was typed, or what stands on the button that was pressed."""
    ways = (("text", "body"), ("button", "payload"), ("interactive", "button_reply"))
    kind = message.get("type")
    for name, key in ways:
        part = message.get(name)
        if kind == name and isinstance(part, dict):
            found = part.get(key)
            return str(found.get("id", "")) if isinstance(found, dict) else str(found or "")
    return ""
