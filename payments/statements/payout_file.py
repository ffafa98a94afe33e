"""Payout reports as CSV: which payments one net lump is made of, and what was kept of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from payments.statements.amounts import NotAnAmount, read_amount
from payments.statements.base import BadStatement, refuse
from payments.statements.csv_file import Row, rows_of

#: Headings by which providers call a column; compared in small letters without signs.
NAMES = {
    "order_id": ("order id", "merchant order id", "external id", "nomor pesanan"),
    "gross": ("gross amount", "gross", "transaction amount", "amount", "jumlah kotor"),
    "fee": ("total fee", "fee amount", "fee", "mdr", "biaya"),
    "net": ("net amount", "nett amount", "net", "settlement amount", "jumlah bersih"),
}
LONGEST_ORDER = 50


@dataclass(frozen=True)
class PaidOut:
    """One payment in a payout: rupiah received, and the fee kept of it.

    `gross` below zero is what the provider takes off the lump, as for a refund of that order.
    """

    number: int
    order_id: str
    gross: int
    fee: int

    @property
    def net(self) -> int:
        """What of it reaches the bank, in rupiah."""
        return self.gross - self.fee

    @property
    def is_deduction(self) -> bool:
        """Tell whether the line takes money off the lump."""
        return self.gross < 0


def read_payout(text: str) -> tuple[PaidOut, ...]:
    """Read the lines of a payout; net = gross - fee in each, and in the line of sums.

    Raises BadStatement, which names the line.
    """
    rows = rows_of(text)
    at, places = _heading(rows)
    found: list[PaidOut] = []
    sums: Row | None = None
    for row in rows[at + 1 :]:
        order_id = _cell(row, places["order_id"])
        if not order_id or order_id.lower() in {"total", "jumlah"}:
            sums = row
            continue
        found.append(_paid_out(row, order_id, places))
    _check(found, sums, places)
    return tuple(found)


def _heading(rows: Sequence[Row]) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(rows[:20]):
        heads = [" ".join(cell.lower().replace("_", " ").split()) for cell in row.cells]
        places = {
            name: next((heads.index(word) for word in words if word in heads), -1)
            for name, words in NAMES.items()
        }
        if min(places[name] for name in ("order_id", "gross", "fee")) >= 0:
            return at, places
    raise BadStatement(_("Kolom nomor pesanan, jumlah kotor dan biaya tidak ditemukan."))


def _paid_out(row: Row, order_id: str, places: dict[str, int]) -> PaidOut:
    gross, fee = _amount(row, places["gross"]), abs(_amount(row, places["fee"]))
    if gross == 0:
        raise refuse(row.number, _("jumlahnya nol."))
    if fee >= gross > 0:
        raise refuse(row.number, _("biayanya tidak kurang dari jumlahnya."))
    if places["net"] >= 0 and _amount(row, places["net"]) != gross - fee:
        raise refuse(row.number, _("jumlah bersih bukan jumlah kotor dikurangi biaya."))
    return PaidOut(row.number, order_id[:LONGEST_ORDER], gross, fee)


def _check(found: Sequence[PaidOut], sums: Row | None, places: dict[str, int]) -> None:
    if not found:
        raise BadStatement(_("Laporan ini tidak memuat pembayaran."))
    seen: set[str] = set()
    for one in found:
        if one.is_deduction:
            continue
        if one.order_id in seen:
            raise refuse(one.number, _("pesanan ini sudah ada di baris lain."))
        seen.add(one.order_id)
    if sums is not None and _cell(sums, places["gross"]):
        said = _amount(sums, places["gross"]), abs(_amount(sums, places["fee"]))
        if said != (sum(one.gross for one in found), sum(one.fee for one in found)):
            raise refuse(sums.number, _("jumlah di baris total bukan jumlah semua baris."))


def _amount(row: Row, place: int) -> int:
    try:
        return read_amount(_cell(row, place)).rupiah
    except NotAnAmount as error:
        raise refuse(row.number, str(error)) from None


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if 0 <= place < len(row.cells) else ""
