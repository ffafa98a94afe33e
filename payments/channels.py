"""The ways to pay, and which of them accept an amount (domain reference 6.1)."""

from django.conf import settings

QRIS = "qris"
VIRTUAL_ACCOUNT = "bank_transfer"


def channels_for(amount: int) -> tuple[str, ...]:
    """Return the ways that accept an amount in rupiah, the usual one first.

    QRIS takes at most QRIS_MAX in one payment; providers refuse a virtual account
    under VA_MIN.
    """
    ways = []
    if amount <= settings.QRIS_MAX:
        ways.append(QRIS)
    if amount >= settings.VA_MIN:
        ways.append(VIRTUAL_ACCOUNT)
    return tuple(ways)
