"""The keyed or hashed forms under which secrets are found again."""

import hashlib

from bricks.secrets import blind_index


def nik_index(nik: str) -> str:
    """Return the index by which a NIK is found, of cases and of the registry alike."""
    return blind_index(nik, purpose="nik")


def token_hash(token: str) -> str:
    """Return what is kept of the token of a worker's link."""
    return hashlib.sha256(token.encode()).hexdigest()
