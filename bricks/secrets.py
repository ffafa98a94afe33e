"""Sealing of personal data, and the keyed index by which it is found again.

A NIK, phone or address is stored as `<key id>.<nonce and ciphertext>` (AES-256-GCM;
the purpose is authenticated, so that a sealed phone cannot be moved into the place
of a NIK). The first key of SEAL_KEYS seals, every key opens. The blind index is an
HMAC-SHA256 under a key of its own: a plain hash of a NIK can be undone by trying
the 10^11 that are possible (UU 27/2022; domain reference section 7).
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class CannotOpen(Exception):
    """The sealed text was made with another key, for another purpose, or was altered."""


def _derive(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"sertakan:{purpose}".encode(), hashlib.sha256).digest()


def _key_id(key: str) -> str:
    return _derive(key, "key id").hex()[:8]


def current_key_id() -> str:
    """Return the id with which everything sealed under the first key begins, before a dot."""
    return _key_id(settings.SEAL_KEYS[0])


def seal(text: str, *, purpose: str) -> str:
    """Encrypt a text for one purpose under the first key. An empty text stays empty."""
    if not text:
        return ""
    return seal_bytes(text.encode(), purpose=purpose).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Decrypt what `seal` made. Raises CannotOpen for a wrong key, never returns rubbish."""
    if not sealed:
        return ""
    return unseal_bytes(sealed.encode(), purpose=purpose).decode()


def seal_bytes(content: bytes, *, purpose: str) -> bytes:
    """Encrypt a file's content for one purpose under the first key."""
    key = settings.SEAL_KEYS[0]
    nonce = os.urandom(12)
    box = AESGCM(_derive(key, "seal")).encrypt(nonce, content, purpose.encode())
    return f"{_key_id(key)}.".encode() + base64.urlsafe_b64encode(nonce + box)


def unseal_bytes(sealed: bytes, *, purpose: str) -> bytes:
    """Decrypt what `seal_bytes` made. Raises CannotOpen."""
    key_id, _, box = sealed.partition(b".")
    for key in settings.SEAL_KEYS:
        if _key_id(key).encode() == key_id:
            try:
                raw = base64.urlsafe_b64decode(box)
                return AESGCM(_derive(key, "seal")).decrypt(raw[:12], raw[12:], purpose.encode())
            except (InvalidTag, ValueError) as error:
                raise CannotOpen(purpose) from error
    raise CannotOpen(purpose)


def blind_index(text: str, *, purpose: str) -> str:
    """Return the keyed index of a text: equal for equal texts, telling nothing else.

    An empty text has an empty index.
    """
    if not text:
        return ""
    key = _derive(settings.INDEX_KEY, f"index:{purpose}")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
