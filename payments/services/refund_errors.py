"""Why money does not go back: each error is a sentence that a person can read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bricks.rupiah import format_rupiah


class RefundError(Exception):
    """The refund cannot be made so; `field` is what to change on the form, if it is one."""

    sentence: str | Promise = ""
    field = ""

    def __str__(self) -> str:
        return str(self.sentence)


class NotWaiting(RefundError):
    """Somebody has decided on it, or sent it, meanwhile."""

    sentence = _("Pengembalian ini sudah diproses orang lain. Muat ulang halaman.")


class Changed(NotWaiting):
    """It was prepared anew since the second person saw it."""

    sentence = _("Isinya berubah sejak Anda membukanya. Periksa lagi sebelum menyetujui.")


class NotPrepared(RefundError):
    """Nobody has said yet where it goes."""

    sentence = _("Tujuan uangnya belum disiapkan bendahara.")


class SamePerson(RefundError):
    """Who prepared it may not confirm it."""

    sentence = _("Yang menyiapkan tidak boleh menyetujui. Minta bendahara lain atau kantor pusat.")


class OwnDonor(RefundError):
    """Whoever acts for the donor, or did, neither prepares nor confirms his refund."""

    sentence = _("Anda ikut bertindak untuk donatur ini. Minta bendahara lain atau kantor pusat.")


class TooMuch(RefundError):
    """There is not so much that may go back; `left` is what may, in rupiah."""

    field = "amount"

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left

    def __str__(self) -> str:
        return _("Yang dapat dikembalikan sekarang paling banyak %(amount)s.") % {
            "amount": format_rupiah(self.left)
        }


class NotToAccount(TooMuch):
    """Money of a stranger never becomes cash in the donor's hands (P38)."""

    field = "target"

    def __str__(self) -> str:
        return _(
            "Ke rekening donatur paling banyak %(amount)s. Uang dari orang lain lewat tautan "
            "bayar hanya dapat kembali ke alat bayarnya."
        ) % {"amount": format_rupiah(self.left)}


class NotToInstrument(TooMuch):
    """The payment brought less than that, or what it brought stands in months."""

    field = "payment"

    def __str__(self) -> str:
        return _("Ke alat bayar itu paling banyak %(amount)s.") % {
            "amount": format_rupiah(self.left)
        }


class NothingToRefund(RefundError):
    """An amount is above 0."""

    sentence = _("Tulis jumlah di atas nol.")
    field = "amount"


class BudgetToTreasury(RefundError):
    """Money of a public budget goes to the treasury alone, any other never (P28)."""

    sentence = _("Dana anggaran hanya kembali ke kas daerah, dan hanya dana anggaran.")
    field = "target"


class PaymentMissing(RefundError):
    """A refund to the instrument says which payment; it belongs to the same donor."""

    sentence = _("Pilih pembayaran yang alat bayarnya menerima uang.")
    field = "payment"


class PaymentTakenBack(RefundError):
    """The bank has taken this payment back itself, or it never came in."""

    sentence = _("Bank sudah menarik pembayaran ini. Pilih tujuan lain.")
    field = "payment"


class AccountMissing(RefundError):
    """Bank, number and holder are needed."""

    sentence = _("Isi bank, nomor rekening dan nama pemiliknya.")
    field = "account_number"


class HolderUnchecked(RefundError):
    """Nobody has compared the holder's name with the donor's."""

    sentence = _("Cocokkan dulu nama pemilik rekening dengan nama donatur.")
    field = "holder_checked"


class SlipMissing(RefundError):
    """A deposit with the treasury bears a number."""

    sentence = _("Isi nomor STS dari pemerintah daerah.")
    field = "slip"


class ReasonMissing(RefundError):
    """A refusal says why."""

    sentence = _("Tulis alasannya, supaya donatur mengerti.")
    field = "reason"


class ReferenceMissing(RefundError):
    """Without a bank line it must say by which transfer it was sent."""

    sentence = _("Isi nomor transfer dan rekening asalnya.")
    field = "reference"


class OtherAccount(RefundError):
    """It was marked as sent from another account than the bank line is on, or over less."""

    sentence = _("Transfer ini tercatat dari rekening atau dengan jumlah lain.")
