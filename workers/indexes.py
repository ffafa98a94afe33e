"""The keyed or hashed forms under which secrets are found again."""

import hashlib
import re
from datetime import date

from bricks.secrets import blind_index


def nik_index(nik: str) -> str:
    """Return the index by which a NIK is found, of cases and of the registry alike."""
    return blind_index(nik, purpose="nik")


def address_index(address: str, village_code: str) -> str:
    """Return the index by which people at one address are found: the same letters and
    figures in the same village. Empty for no address."""
    plain = re.sub(r"[^a-z0-9]", "", address.lower())
    return blind_index(f"{village_code}:{plain}" if plain else "", purpose="address")


def claim_index(*, nik: str, name: str, birth_date: date | None, sex: str) -> str:
    """Return the index of a whole identity: it changes with any datum that a registry compares."""
    told = "|".join([nik, " ".join(name.casefold().split()), str(birth_date), sex])
    return blind_index(told if nik else "", purpose="claim")


def token_hash(token: str) -> str:
    """Return what is kept of the token of a worker's link."""
    return hashlib.sha256(token.encode()).hexdigest()
