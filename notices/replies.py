"""What providers of messages tell of answers, read into one shape.

WhatsApp Cloud API: a POST is signed by `X-Hub-Signature-256`, `sha256=` and the
HMAC-SHA256 of the raw body under the app's secret. The answers stand in
`entry[].changes[].value.messages[]`; statuses of what we sent, and whatever else Meta
adds, are left alone.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bricks.phones import BadPhone, clean_phone

WHATSAPP = "whatsapp"
MAILBOX = "mailbox"
#: Of a provider's name of a message (`wamid.…`).
MOST_LETTERS = 200


class BadDelivery(Exception):
    """The body is none of the documented shape."""


@dataclass(frozen=True)
class Answer:
    """One message from a phone: the provider's name of it, who, what, and as it came."""

    provider_id: str
    phone: str
    text: str
    raw: str


def is_signed(body: bytes, *, signature: str, secret: str) -> bool:
    """Tell, in constant time, whether the app's secret signed this very body."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def read_whatsapp(body: bytes) -> list[Answer]:
    """Read the answers out of a delivery; [] where it bears none. Raises BadDelivery."""
    try:
        delivery = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadDelivery from error
    if not isinstance(delivery, dict):
        raise BadDelivery
    return [
        Answer(
            provider_id=str(message["id"]),
            phone=_phone(str(message.get("from", ""))),
            text=_text(message).encode(errors="replace").decode().strip(),
            raw=json.dumps(message),
        )
        for message in _messages(delivery)
        if _is_name(message.get("id"))
    ]


def _is_name(found: Any) -> bool:
    return (
        isinstance(found, str)
        and 0 < len(found) <= MOST_LETTERS
        and found.isascii()
        and found.isprintable()
    )


def _messages(delivery: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _rows(delivery, "entry"):
        for change in _rows(entry, "changes"):
            value = change.get("value")
            yield from _rows(value, "messages")


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
