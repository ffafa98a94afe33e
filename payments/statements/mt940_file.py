"""Statements as MT940 (SWIFT), read by the library mt-940; amounts become whole rupiah."""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from mt940.models import Transactions
from mt940.options import Options

from payments.statements.base import (
    LONGEST_REFERENCE,
    MOST_LINES,
    MT940,
    BadStatement,
    Line,
    Statement,
    plain,
    prove,
    refuse,
)

CURRENCY = "IDR"
_BLOCK = re.compile(r"(?m)^(?=:20:)")
_LINE = re.compile(r"(?m)^:61:")
_ACCOUNT = re.compile(r"(?m)^:25:(.*)$")
_SUBFIELD = re.compile(r"\?\d\d")
_IS_ONE = re.compile(r"(?m)^:60[FM]:")
#: What the library raises for what it cannot read; it documents no class of its own.
_LIBRARY_ERRORS = (ValueError, RuntimeError, TypeError, KeyError, IndexError, InvalidOperation)


def is_mt940(text: str) -> bool:
    """Tell whether a text is meant to be MT940."""
    return bool(_BLOCK.search(text) and _IS_ONE.search(text))


def read_mt940(text: str, *, account_number: str) -> Statement:
    """Read the blocks of a file as one statement and prove that it is whole.

    They must be of the account and follow from each other. Raises BadStatement, which
    names the line.
    """
    blocks = _blocks(text, account_number)
    lines: list[Line] = []
    before: dict[str, Any] | None = None
    opening, first_day = 0, None
    for start, block in blocks:
        data, found = _read_block(start, block)
        if before is None:
            opening, first_day = data["opening"], data["opens_on"]
        elif data["opening"] != before["closing"]:
            raise refuse(start, _("saldo awal bagian ini bukan saldo akhir bagian sebelumnya."))
        lines += found
        before = data
    if before is None or first_day is None:
        raise BadStatement(_("Berkas MT940 ini tidak memuat mutasi."))
    if len(lines) > MOST_LINES:
        raise BadStatement(_("Terlalu panjang. Paling banyak %(n)d baris.") % {"n": MOST_LINES})
    lines.sort(key=lambda line: (line.booked_on, line.number))
    last_day = max([before["closes_on"], *[line.booked_on for line in lines[-1:]]])
    # The opening balance often bears the day before: it is that of its end.
    earliest = min([line.booked_on for line in lines[:1]] or [last_day])
    if first_day < earliest:
        first_day += timedelta(days=1)
    first_day = min(first_day, earliest, last_day)
    found_whole = Statement(MT940, first_day, last_day, opening, before["closing"], tuple(lines))
    return prove(found_whole)


def _blocks(text: str, account_number: str) -> list[tuple[int, str]]:
    """Cut the file at each `:20:`; each with the number of its first line."""
    found, at = [], 1
    for block in _BLOCK.split(text):
        if block.startswith(":20:"):
            account = _ACCOUNT.search(block)
            digits = re.sub(r"\D", "", account[1]) if account else ""
            if account_number not in digits:
                raise refuse(at, _("ini mutasi rekening lain. Pilih rekening yang benar."))
            found.append((at, block))
        at += block.count("\n")
    return found


def _read_block(start: int, block: str) -> tuple[dict[str, Any], list[Line]]:
    places = [start + block.count("\n", 0, match.start()) for match in _LINE.finditer(block)]
    try:
        read = Transactions(processors={"post_transaction_details": []}, options=Options.all())
        read.parse(block)
        transactions = [t.data for t in read.transactions if t.data.get("amount") is not None]
    except _LIBRARY_ERRORS:
        sentence = _("Bagian MT940 dari baris %(start)d tidak terbaca. Unduh lagi dari bank.")
        raise BadStatement(sentence % {"start": start}) from None
    if len(transactions) != len(places):
        raise refuse(start, _("jumlah mutasi di bagian ini tidak terbaca utuh."))
    data = {
        **_balance(read.data, "opening", start),
        **_balance(read.data, "closing", start),
    }
    lines = [_line(number, told) for number, told in zip(places, transactions, strict=True)]
    return data, [line for line in lines if line.amount]


def _balance(data: dict[str, Any], end: str, start: int) -> dict[str, Any]:
    """Return a balance with its day, final before intermediate. Raises BadStatement."""
    for kind in (f"final_{end}_balance", f"intermediate_{end}_balance", f"{end}_balance"):
        balance = data.get(kind)
        if balance is not None:
            rupiah = _rupiah(balance.amount, start)
            return {
                end: rupiah,
                "opens_on" if end == "opening" else "closes_on": _day(balance.date),
            }
    raise refuse(start, _("saldo awal atau saldo akhir tidak ada."))


def _line(number: int, told: dict[str, Any]) -> Line:
    texts = [told.get("transaction_details"), told.get("extra_details")]
    references = [told.get("bank_reference"), told.get("customer_reference")]
    said = [plain(text) for text in references if text and text.strip().upper() != "NONREF"]
    return Line(
        number=number,
        booked_on=_day(told.get("entry_date") or told["date"]),
        amount=_rupiah(told["amount"], number),
        description=plain(_SUBFIELD.sub(" ", " ".join(text for text in texts if text))),
        reference=said[0][:LONGEST_REFERENCE] if said else "",
    )


def _rupiah(amount: Any, number: int) -> int:
    value: Decimal = amount.amount
    if amount.currency not in {None, CURRENCY}:
        raise refuse(number, _("mata uangnya bukan rupiah (IDR)."))
    if value != value.to_integral_value():
        raise refuse(number, _("jumlahnya memuat sen. Hanya rupiah bulat yang diterima."))
    return int(value)


def _day(value: Any) -> date:
    return date(value.year, value.month, value.day)
