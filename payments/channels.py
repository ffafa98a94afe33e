"""The ways to pay, which of them accept an amount, and who bears their fee (domain 6.1, P36)."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from donors.models import Donor
from payments.models import Invoice
from payments.transfers import advice_for

QRIS = "qris"
VIRTUAL_ACCOUNT = "bank_transfer"


class Bearer(StrEnum):
    """Who pays what the provider takes for a payment."""

    OPERATOR = "operator"
    PAYER = "payer"


@dataclass(frozen=True)
class Way:
    """One way to pay an invoice. `fee` is the rupiah that the payer pays on top of `total`."""

    code: str
    total: int
    fee: int
    bearer: Bearer

    @property
    def amount(self) -> int:
        """What the payer sends, in rupiah."""
        return self.total + self.fee


def ways_for(invoice: Invoice) -> tuple[Way, ...]:
    """Return the ways that accept an invoice's amount, the usual one first.

    QRIS takes at most QRIS_MAX in one payment, and its fee may not be charged to the payer;
    providers refuse a virtual account under VA_MIN, and VA_FEE comes on top of it. A
    government pays from its treasury (SP2D): by transfer alone, and by a virtual account
    where there is no account to transfer to.
    """
    ways = _that_accept(invoice)
    if invoice.donor.kind != Donor.Kind.GOVERNMENT:
        return ways
    if advice_for(invoice) is not None:
        return ()
    return tuple(way for way in ways if way.code == VIRTUAL_ACCOUNT)


def _that_accept(invoice: Invoice) -> tuple[Way, ...]:
    total, fee = invoice.total, settings.VA_FEE
    ways = []
    if total <= settings.QRIS_MAX:
        ways.append(Way(QRIS, total, 0, Bearer.OPERATOR))
    if total + fee >= settings.VA_MIN:
        ways.append(Way(VIRTUAL_ACCOUNT, total, fee, Bearer.PAYER if fee else Bearer.OPERATOR))
    return tuple(ways)
