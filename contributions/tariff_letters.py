"""The letters by which a donor learns that a tariff has changed: why, how much, what follows.

As in `contributions.letters`, no amount stands in the first line (P15, P45).
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from contributions.letters import Letter, footer
from contributions.models import TariffChange
from payments.models import Invoice


@dataclass(frozen=True)
class GivenBack:
    """What so many bought months of a donor gave back, in rupiah: to his credit, and to the
    funds of his budget programmes."""

    months: int
    credit: int
    fund: int

    @property
    def amount(self) -> int:
        """Both together, in rupiah."""
        return self.credit + self.fund


def corrected_letter(change: TariffChange, back: GivenBack) -> Letter:
    """Say that bought months became cheaper, and where the difference is."""
    lines = [
        _("Tarif iuran diperbaiki. Anda membayar lebih untuk bulan yang sudah dibeli."),
        _("Anda tidak perlu berbuat apa-apa. Perlindungan tidak berubah."),
        "",
        _("Dasarnya: %(basis)s. %(months)s bulan iuran menjadi lebih murah.")
        % {"basis": change.legal_basis, "months": back.months},
    ]
    if back.credit:
        lines += [
            _("%(amount)s kembali ke saldo Anda.") % {"amount": format_rupiah(back.credit)},
            _("Saldo itu dipakai sendiri untuk bulan-bulan berikutnya."),
        ]
    if back.fund:
        lines.append(
            _("%(amount)s kembali ke dana program Anda, untuk dikembalikan ke kas.")
            % {"amount": format_rupiah(back.fund)}
        )
    return _("Tarif diperbaiki, kelebihan kembali"), "\n".join([*lines, "", *footer()])


def replaced_letter(change: TariffChange, invoice: Invoice) -> Letter:
    """Say that an unpaid invoice no longer counts, and that a new one comes."""
    lines = [
        _("Tarif iuran berubah, jadi tagihan Anda kami ganti."),
        _("Jangan bayar tagihan lama. Tagihan baru segera kami kirim."),
        "",
        _("Tagihan lama: %(number)s. Dasar perubahan: %(basis)s.")
        % {"number": invoice.number, "basis": change.legal_basis},
        "",
        *footer(),
    ]
    return _("Tagihan Anda diganti"), "\n".join(lines)
