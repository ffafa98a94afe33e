"""The keyed or hashed forms under which secrets are found again."""

import hashlib
import re
from datetime import date

from bricks.secrets import blind_index

#: RT and RW, with their numbers: they name no house.
_NEIGHBOURHOOD = re.compile(r"\b(?:rt|rw)[ .:]*[0-9]*(?:[ ]?/[ ]?(?:rw)?[ .:]*[0-9]+)?")
_LETTERS_OR_FIGURES = re.compile("[a-z]+|[0-9]+")
_WHOLE = {
    "jl": "jalan",
    "jln": "jalan",
    "gg": "gang",
    "dsn": "dusun",
    "kp": "kampung",
    "kpg": "kampung",
    "blk": "blok",
    "no": "",
    "nomor": "",
    "nmr": "",
}


def nik_index(nik: str) -> str:
    """Return the index by which a NIK is found, of cases and of the registry alike."""
    return blind_index(nik, purpose="nik")


def address_index(address: str, village_code: str) -> str:
    """Return the index by which people at one address are found in a village, whichever
    short forms it is written with. Empty where no house is named: a hamlet or an RT is
    shared by hundreds."""
    words = _LETTERS_OR_FIGURES.findall(_NEIGHBOURHOOD.sub(" ", address.lower()))
    plain = [_WHOLE.get(word, word).lstrip("0") for word in words]
    names_a_house = any(word.isdecimal() for word in plain)
    told = f"{village_code}:{''.join(plain)}" if names_a_house else ""
    return blind_index(told, purpose="address")


def claim_index(*, nik: str, name: str, birth_date: date | None, sex: str) -> str:
    """Return the index of a whole identity: it changes with any datum that a registry compares."""
    told = "|".join([nik, " ".join(name.casefold().split()), str(birth_date), sex])
    return blind_index(told if nik else "", purpose="claim")


def token_hash(token: str) -> str:
    """Return what is kept of the token of a worker's link."""
    return hashlib.sha256(token.encode()).hexdigest()
