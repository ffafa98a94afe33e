"""Paying by bank transfer: the code that names an invoice, and where the money goes (P37).

The code stands in the transfer's message and never alters the amount. Its last digit checks
the others (Damm's quasigroup: any one wrong digit, any two neighbours swapped).
"""

import re
from dataclasses import dataclass

from donors.models import Donor
from payments.models import BankAccount, Invoice
from regions.models import Office

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_NUMBER = re.compile(r"20(\d\d)-(\d{6,7})")
#: Banks break lines anywhere, and people write spaces, dots or nothing between the groups.
_GAP = r"[\s./_-]{0,3}"
_DIGITS = 9, 10
_PATTERNS = tuple(
    re.compile(rf"S{_GAP}T{_GAP}(\d(?:{_GAP}\d){{{digits - 1}}})(?!-?\d)", re.IGNORECASE | re.ASCII)
    for digits in _DIGITS
)


@dataclass(frozen=True)
class TransferAdvice:
    """Where to transfer how many rupiah, and the code to write beside them."""

    bank: str
    number: str
    holder: str
    code: str
    amount: int
    by_government: bool


def transfer_code(number: str) -> str:
    """Return the code of an invoice number: 2026-000123 is `ST26-000123-` and a check digit.

    Raises ValueError for what is no number of an invoice.
    """
    parts = _NUMBER.fullmatch(number)
    if parts is None:
        raise ValueError(f"{number!r} is no invoice number")
    year, serial = parts.groups()
    return f"ST{year}-{serial}-{_check_digit(year + serial)}"


def numbers_in(text: str) -> tuple[str, ...]:
    """Return the invoice numbers whose codes stand in a text, each once, in order.

    Found in any case, with spaces, dots or nothing between the groups; one whose check
    digit is wrong is none.
    """
    found: dict[str, None] = {}
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match[1])
            if _check_digit(digits[:-1]) == digits[-1]:
                found[f"20{digits[:2]}-{digits[2:-1]}"] = None
    return tuple(found)


def advice_for(invoice: Invoice) -> TransferAdvice | None:
    """Tell how an organisation pays an invoice by transfer.

    The account is that of the invoice's office, or of the nearest office above. None for a
    person, and where there is no open account.
    """
    if invoice.office is None or not invoice.number or invoice.donor.kind == Donor.Kind.PERSON:
        return None
    account = account_for(invoice.office)
    if account is None:
        return None
    return TransferAdvice(
        bank=account.bank,
        number=account.number,
        holder=account.holder,
        code=transfer_code(invoice.number),
        amount=invoice.total,
        by_government=invoice.donor.kind in {Donor.Kind.GOVERNMENT, Donor.Kind.VILLAGE},
    )


def account_for(office: Office) -> BankAccount | None:
    """Return the open account of an office that two people know, or of the nearest one
    above; the newest of two."""
    above: list[Office] = [office]
    while above[-1].parent is not None:
        above.append(above[-1].parent)
    order = {one.pk: place for place, one in enumerate(above)}
    open_ones = BankAccount.everything.filter(
        office__in=order, closed_at__isnull=True, confirmed_at__isnull=False
    )
    nearest = sorted(open_ones, key=lambda row: (order[row.office_id], -row.pk))
    return nearest[0] if nearest else None


def _check_digit(digits: str) -> str:
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return str(state)
