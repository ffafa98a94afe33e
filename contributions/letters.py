"""The letters by which a donor learns what became of approvals, invoices and money.

The subject and the first line say what happened, the second what to do; no amount,
NIK or arrears stands in them (P45). Workers are named by first name and initial. Each
function writes in the language that is active and returns subject and body.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from bricks.templatetags.house import bulan, rentang, tanggal, tanggal_jam
from contributions.bills import Bill, BillLine
from contributions.links import pay_url
from contributions.models import Allocation, Sponsorship
from contributions.tariffs import Price
from payments.models import Invoice, Payment

Letter = tuple[str, str]
#: So many workers are named in a letter; the portal names them all.
SHOWN = 30


@dataclass(frozen=True)
class ReliefEnd:
    """Where within an invoice the price rises: the last month with relief, and the price of it."""

    month: date
    price: Price


class Bought(NamedTuple):
    """A line of a letter without the objects behind it, for a night of thousands of letters:
    a worker's short name, the days (both inclusive), whole rupiah."""

    short_name: str
    first_day: date
    last_day: date
    total: int


def invoice_letter(bill: Bill, *, relief_ends: ReliefEnd | None, again: bool) -> Letter:
    """Ask for money: the first invoice of an approval, or (`again`) one in place of an old one."""
    invoice = bill.invoice
    happened = (
        _("Tagihan lama sudah berakhir. Ini tagihan penggantinya.")
        if again
        else _("Pekerja Anda sudah disetujui cabang.")
    )
    lines = [
        happened,
        _("Bayar paling lambat %(day)s: %(url)s")
        % {"day": last_day(invoice), "url": pay_url(invoice)},
        "",
        _("Tagihan %(number)s: %(total)s untuk %(people)s pekerja.")
        % {
            "number": invoice.number,
            "total": format_rupiah(invoice.total),
            "people": len(bill.lines),
        },
        *(f"- {_line(line)}" for line in bill.lines),
        *_relief_sentence(relief_ends),
        _("Perlindungan mulai saat dibayar, setelah disahkan BPJS Ketenagakerjaan."),
        _right_of_worker(bill.last_day),
        "",
        *footer(),
    ]
    subject = _("Tagihan baru untuk pekerja Anda") if again else _("Disetujui: silakan bayar")
    return subject, "\n".join(lines)


def queued_letter(sponsorship: Sponsorship, *, paid_until: date | None) -> Letter:
    """Tell that the worker is covered already and this donor's turn comes later."""
    told = {"name": sponsorship.worker.short_name, "day": tanggal(paid_until)}
    lines = [
        _("Pekerja Anda disetujui cabang dan sudah terlindungi."),
        _("Anda belum perlu membayar. Kami kabari bila giliran Anda tiba."),
        "",
        _("Iuran %(name)s sudah dibayar sampai %(day)s.") % told
        if paid_until
        else _("Iuran %(name)s sedang ditagihkan.") % told,
        _("Persetujuan cabang berlaku sampai %(day)s.")
        % {"day": tanggal(sponsorship.enrollment.approved_until)},
        "",
        *footer(),
    ]
    return _("Pekerja Anda sudah terlindungi"), "\n".join(lines)


def approval_expired_letter(names: Sequence[str]) -> Letter:
    """Tell that approvals have expired unpaid (P6)."""
    lines = [
        _("Persetujuan cabang sudah kedaluwarsa karena belum dibayar."),
        _("Daftarkan lagi pekerja ini bila Anda masih ingin melindunginya."),
        "",
        *(f"- {name}" for name in names),
        _("Cabang akan memeriksa ulang. Tidak ada denda."),
        _("Daftar: %(url)s") % {"url": settings.PUBLIC_URL + reverse("order_new")},
        "",
        *footer(),
    ]
    return _("Persetujuan cabang kedaluwarsa"), "\n".join(lines)


def receipt_letter(
    payment: Payment,
    allocation: Allocation,
    bill: Bill,
    *,
    left_out: Collection[tuple[str, str]],
    is_budget: bool = False,
) -> Letter:
    """Tell what a payment has bought (P1: paid is not yet protected), and what it has not.

    `left_out` are pairs of a worker's name and the outcome of his line; `is_budget` says
    that the money is a public budget's.
    """
    lines = [
        _("Pembayaran Anda sudah kami terima."),
        _("Kuitansi: %(url)s") % {"url": receipt_url(payment)},
        "",
        _("Kuitansi %(number)s: %(received)s, %(when)s.")
        % {
            "number": payment.receipt_number,
            "received": format_rupiah(payment.received or 0),
            "when": tanggal_jam(payment.settled_at),
        },
        *shortened(bought_sentences(bill.lines[: SHOWN + 1]), len(bill.lines)),
        *_status_sentences(bill),
        *shortened([_left_out(*pair) for pair in list(left_out)[: SHOWN + 1]], len(left_out)),
        *_credit_sentences(allocation, is_budget=is_budget),
        "",
        *footer(),
    ]
    subject = _("Pembayaran diterima") if bill.lines else _("Pembayaran menjadi saldo Anda")
    return subject, "\n".join(lines)


def reversed_letter(payment: Payment, *, names: Sequence[str], waits: bool) -> Letter:
    """Tell that the bank took a payment back; `waits` if the branch must decide something."""
    lines = [
        _("Bank membatalkan pembayaran Anda."),
        _("Periksa rekening Anda. Tagihan baru kami kirim bila masih bisa dibayar."),
        "",
        _("Kuitansi %(number)s tidak berlaku lagi.") % {"number": payment.receipt_number},
        *(f"- {name}" for name in names),
    ]
    if waits:
        lines.append(_("Sebagian menunggu keputusan cabang. Anda akan dihubungi."))
    return _("Pembayaran dibatalkan bank"), "\n".join([*lines, "", *footer()])


def rejected_credit_letter(sponsorship: Sponsorship, *, amount: int) -> Letter:
    """Tell that refused months have become credit."""
    lines = [
        _("BPJS Ketenagakerjaan tidak dapat menerima iuran seorang pekerja."),
        _("Uangnya menjadi saldo Anda. Cabang dapat menjelaskan alasannya."),
        "",
        _("%(name)s: %(amount)s.")
        % {"name": sponsorship.worker.short_name, "amount": format_rupiah(amount)},
        "",
        *footer(),
    ]
    return _("Iuran dikembalikan menjadi saldo"), "\n".join(lines)


def shortened(sentences: Sequence[str], count: int) -> list[str]:
    """Write the first SHOWN of `count` sentences as a list, and how many more there are."""
    lines = [f"- {sentence}" for sentence in sentences[:SHOWN]]
    if count > SHOWN:
        lines.append(_("- dan %(more)s pekerja lagi, lihat di portal") % {"more": count - SHOWN})
    return lines


def footer() -> list[str]:
    """What stands below every letter: what to do after an accident (P5), and who answers."""
    url = settings.PUBLIC_URL + reverse("help_accident")
    return [
        _("Bila terjadi kecelakaan atau meninggal: %(url)s") % {"url": url},
        _("Bertanya? Telepon 175. Kami tidak pernah meminta PIN atau OTP."),
    ]


def receipt_url(payment: Payment) -> str:
    """Return the address of a receipt."""
    return settings.PUBLIC_URL + reverse("receipt", args=[payment.uuid])


def last_day(invoice: Invoice) -> str:
    """Write the last day on which an invoice can be paid."""
    return tanggal(invoice.expires_at - timedelta(seconds=1))


def _line(line: BillLine) -> str:
    parts = " + ".join(f"{p.months} x {format_rupiah(p.each)}" for p in line.prices)
    told = {
        "name": line.sponsorship.worker.short_name,
        "months": line.months,
        "total": format_rupiah(line.total),
        "parts": parts,
    }
    return _("%(name)s: %(months)s bulan, %(total)s (%(parts)s).") % told


def _relief_sentence(relief_ends: ReliefEnd | None) -> list[str]:
    if relief_ends is None:
        return []
    told = {
        "percent": 100 - relief_ends.price.percent_due,
        "law": relief_ends.price.relief_basis,
        "month": bulan(relief_ends.month),
    }
    return [
        _("Diskon pemerintah %(percent)s %% (%(law)s) sampai %(month)s, lalu harga penuh.") % told
    ]


def _right_of_worker(until: date) -> str:
    """P13, in its own words."""
    return _(
        "Iuran yang sudah dibayar menjadi hak pekerja sampai %(day)s, juga bila ia tidak "
        "lagi bekerja pada Anda; tidak dapat dipindahkan."
    ) % {"day": tanggal(until)}


def bought_sentences(lines: Iterable[BillLine | Bought]) -> list[str]:
    """Say of each line for whom and for which days it was bought."""
    # Asked for once: a night's letters have tens of thousands of lines.
    sentence = _("%(name)s: %(period)s, %(total)s.")
    language = get_language()
    return [
        sentence
        % {
            "name": line.short_name,
            "period": _period(language, line.first_day, line.last_day),
            "total": _rupiah(line.total),
        }
        for line in lines
    ]


@lru_cache
def _period(_language: str, first: date, last: date) -> str:
    """Write a period once in each language: a night's lines share a few."""
    return rentang(first, last)


@lru_cache
def _rupiah(amount: int) -> str:
    return format_rupiah(amount)


def _status_sentences(bill: Bill) -> list[str]:
    if not bill.lines:
        return []
    return [
        _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan."),
        _right_of_worker(bill.last_day),
    ]


def _left_out(name: str, outcome: str) -> str:
    """Say why a worker got no month, or fewer than asked for."""
    sentences = {
        "part": _("%(name)s: uangnya cukup untuk sebagian bulan saja."),
        "short": _("%(name)s: uangnya belum cukup untuk pekerja ini."),
        "taken": _("%(name)s: bulan ini sudah dibayar sumber lain."),
        "double": _("%(name)s: sudah Anda bayar dengan tagihan lain."),
        "refused": _("%(name)s: perlindungan baru harus diperiksa cabang dulu."),
        "held": _("%(name)s: cabang sedang memeriksa, jadi belum ada yang dibayarkan."),
    }
    return sentences[outcome] % {"name": name}


def _credit_sentences(allocation: Allocation, *, is_budget: bool) -> list[str]:
    if not allocation.credited:
        return []
    told = {
        "amount": format_rupiah(allocation.credited),
        "reason": allocation.get_reason_display(),
    }
    if is_budget:
        return [_("Tetap menjadi dana program: %(amount)s (%(reason)s).") % told]
    lines = [_("Menjadi saldo Anda: %(amount)s (%(reason)s).") % told]
    if allocation.reason == Allocation.Reason.TOO_MUCH:
        lines.append(_("Saldo ini membeli bulan berikutnya. Kabarnya segera menyusul."))
    return lines
