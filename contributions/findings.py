"""What a finding of the books means to a reader, and on which page a person acts."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: By rule: what it means, and the name of the page where it is cleared up ("" for none:
#: then only those who keep the system can).
MEANINGS: dict[str, tuple[Promise, str]] = {
    "identity": (_("Bagian-bagian uang tidak berjumlah sama dengan uang yang diterima."), ""),
    "balance": (_("Saldo sebuah akun berbeda dari jumlah mutasinya."), "ledger_accounts"),
    "posting": (_("Uang sebuah pembukuan berbeda dari bulan yang dibelinya."), ""),
    "payable": (_("Uang untuk BPJS berbeda dari jumlah bulan yang dibeli."), "ledger_accounts"),
    "allocation": (_("Pembagian sebuah pembayaran tidak pas."), "invoices"),
    "holding": (_("Pembayaran sudah dibagi, tetapi sisanya tertinggal."), "ledger_accounts"),
    "invoice": (_("Jumlah bulan sebuah tagihan berbeda dari totalnya."), "invoices"),
    "empty": (_("Ada pembukuan tanpa uang."), ""),
    "settlement": (_("Uang yang diterima berbeda dari yang dibukukan."), "invoices"),
    "snapshot": (_("Saldo harian berbeda dari jumlah mutasinya."), "ledger_accounts"),
    "closed": (_("Jumlah bulan yang sudah ditutup berubah."), "closed_months"),
    "unnumbered": (_("Ada tagihan tanpa nomor."), "invoices"),
    "numbers": (_("Nomor tagihan atau kuitansi tidak berurutan."), "invoices"),
    "promise": (_("Bulan ditagihkan tanpa tagihan yang terbuka."), ""),
    "open": (_("Tagihan terbuka tidak menagih apa pun."), "invoices"),
    "month": (_("Satu bulan dibeli dua kali untuk pekerja yang sama."), ""),
    "days": (_("Dua bulan yang dibeli bertumpuk harinya."), ""),
    "coverage": (_("Perlindungan berbeda dari bulan yang disahkan."), ""),
    "approval": (_("Sponsor berjalan tanpa persetujuan cabang."), ""),
    "run": (_("Hari terbayar berbeda dari bulan yang dibeli."), ""),
    "expired_open": (_("Tagihan lewat waktu belum ditutup."), "jobs"),
    "unbilled": (_("Pekerja menunggu tagihan lebih dari satu jam."), "jobs"),
    "unrenewed": (_("Masanya segera habis, tetapi perpanjangannya tertinggal."), "jobs"),
    "unallocated": (_("Uang diterima, belum dibagi lebih dari satu jam."), "jobs"),
    "reversal": (_("Uang ditarik kembali, bulannya belum dibatalkan."), "jobs"),
    "reversal_waits": (_("Uang ditarik bank; seseorang harus memutuskan."), "parked"),
    "reversal_reported": (
        _("Uang ditarik bank; ada laporan kecelakaan atau kematian. Cabang memutuskan."),
        "",
    ),
    "accepted_after_reversal": (
        _("BPJS mengesahkan bulan yang uangnya sudah kembali."),
        "parked",
    ),
    "event": (_("Peristiwa pekerja belum ditindaklanjuti."), "jobs"),
    "parked": (_("Sponsor ditunda; seseorang harus memutuskan."), "parked"),
    "refund_waits": (_("Pengembalian menunggu seseorang."), "refunds"),
    "refunds": (_("Uang pengembalian berbeda dari permintaannya."), "refunds"),
    "refund": (_("Sebuah pengembalian tidak sama dengan pembukuannya."), "refunds"),
    "returned": (_("Uang yang kembali berbeda dari pengembaliannya."), "refunds"),
    "provider_gone": (
        _("Ada yang masih terbuka di penyedia pembayaran yang tidak melayani lagi."),
        "",
    ),
    "over_refunded": (_("Dikembalikan lebih dari yang dibayar."), "refunds"),
    "correction": (_("Koreksi harga berbeda dari pembukuannya."), "tariffs"),
    "overcorrected": (_("Koreksi melebihi harga bulannya."), "tariffs"),
    "tariff": (_("Bulan terjual dengan harga di luar tarif."), "tariffs"),
    "suspense": (_("Uang yang belum dikenali berbeda dari baris bank."), "bank_worklist"),
    "bank": (_("Pembukuan sebuah rekening berbeda dari rekening korannya."), "bank_worklist"),
    "bank_line": (_("Bagian sebuah baris bank tidak pas."), "bank_worklist"),
    "bank_days": (_("Hari atau saldo rekening koran tidak bersambung."), "bank_worklist"),
    "payout": (_("Sebuah pencairan tidak pas."), "payouts"),
    "payout_waits": (_("Pencairan seminggu lalu belum tampak di bank."), "payouts"),
    "credit_use": (_("Saldo yang dipakai berbeda dari pembukuannya."), "ledger_accounts"),
    "overpaid": (_("Kelebihan bayar belum dipakai."), "jobs"),
    "unspent": (_("Uang koreksi harga belum dipakai."), "jobs"),
    "late_money": (_("Uang terlambat menunggu putusan cabang."), ""),
}
#: Pages that head office alone may open.
OF_HEAD_OFFICE = {"jobs", "tariffs"}
UNKNOWN = (_("Pembukuan memuat hal yang harus diperiksa."), "")


@dataclass(frozen=True)
class Told:
    """A finding in words: what it means, how many rows, where to act, and the exact rule."""

    meaning: str
    count: int
    is_grave: bool
    page: str
    is_for_head_office: bool
    sentence: str


def told(finding: dict[str, Any]) -> Told:
    """Put a kept finding into words; a rule that is new here says so in its own."""
    meaning, page = MEANINGS.get(finding["kind"], UNKNOWN)
    return Told(
        meaning=str(meaning),
        count=finding["count"],
        is_grave=finding["is_grave"],
        page=page,
        is_for_head_office=page in OF_HEAD_OFFICE,
        sentence=finding["sentence"],
    )
