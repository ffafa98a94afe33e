"""QRIS payloads: reading and checking them (domain reference 6.5).

The portal never mints one: the string comes from the acquirer, and we only draw it.
It is checked first, because a wrong picture sends a donor's money elsewhere.
"""

import binascii
from dataclasses import dataclass

NATIONAL_TEMPLATE = "51"
NATIONAL_ID = "ID.CO.QRIS.WWW"
CRC_HEAD = "6304"
CHECKED = {"00": "01", "53": "360", "58": "ID"}
NEEDED = ("52", "59", "60", NATIONAL_TEMPLATE)


class BadQris(ValueError):
    """The payload is not one that an Indonesian bank's app would accept."""


@dataclass(frozen=True)
class Qris:
    """What a payload says. `amount` is whole rupiah, None where the payer types it."""

    merchant_name: str
    merchant_city: str
    amount: int | None
    dynamic: bool


def crc(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of a text as four upper-case hex digits."""
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def fields_of(text: str) -> dict[str, str]:
    """Split a text of two-digit id, two-digit length and value. Raises BadQris."""
    fields: dict[str, str] = {}
    rest = text
    while rest:
        tag, length, rest = rest[:2], rest[2:4], rest[4:]
        if not (tag.isdecimal() and length.isdecimal() and len(rest) >= int(length)):
            raise BadQris("a field is cut off")
        if tag in fields:
            raise BadQris(f"field {tag} stands twice")
        fields[tag], rest = rest[: int(length)], rest[int(length) :]
    return fields


def check(payload: str) -> Qris:
    """Read a payload and prove it whole: structure, checksum, country, currency, merchant.

    Raises BadQris, which says what is wrong.
    """
    if not payload.isascii() or not payload.startswith("000201"):
        raise BadQris("it does not begin as a QRIS payload does")
    body, given = payload[:-4], payload[-4:]
    if not body.endswith(CRC_HEAD) or crc(body) != given:
        raise BadQris("the checksum does not fit")
    fields = fields_of(payload)
    for tag, value in CHECKED.items():
        if fields.get(tag) != value:
            raise BadQris(f"field {tag} is not {value}")
    for tag in NEEDED:
        if not fields.get(tag):
            raise BadQris(f"field {tag} is missing")
    if fields_of(fields[NATIONAL_TEMPLATE]).get("00") != NATIONAL_ID:
        raise BadQris("it bears no national merchant id")
    return Qris(
        merchant_name=fields["59"],
        merchant_city=fields["60"],
        amount=_amount(fields.get("54")),
        dynamic=fields.get("01") == "12",
    )


def _amount(text: str | None) -> int | None:
    if text is None:
        return None
    whole, _, cents = text.partition(".")
    if not whole.isdecimal() or cents.strip("0"):
        raise BadQris("the amount is not whole rupiah")
    return int(whole)
