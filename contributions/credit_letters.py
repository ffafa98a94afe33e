"""The letters about a donor's credit: what it has bought, and what became of late money.

Written like those of `contributions.letters`: no amount in the subject or first line (P45).
"""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from contributions.bills import BillLine
from contributions.letters import Bought, Letter, bought_sentences, footer, shortened
from contributions.models import CreditUse, LateMoney
from contributions.price_changes import PriceChange, sentences

Reason = CreditUse.Reason


def spent_letter(
    use: CreditUse,
    lines: Sequence[BillLine | Bought],
    *,
    left: int,
    dearer: Counter[PriceChange],
    workers: int | None = None,
) -> Letter:
    """Tell which months credit has bought, why, what made them `dearer` than those before,
    and how many rupiah are `left`. Where `lines` are only the first ones, `workers` says of
    how many."""
    subject, happened = _happened(use.reason)
    body = [
        happened,
        _("Anda tidak perlu melakukan apa-apa."),
        "",
        _("Dipakai %(amount)s dari saldo Anda:") % {"amount": format_rupiah(use.amount)},
        *shortened(bought_sentences(lines), workers or len(lines)),
        *sentences(dearer),
        _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan."),
        _("Sisa saldo Anda: %(left)s. Rinciannya: %(url)s")
        % {"left": format_rupiah(left), "url": credit_url()},
        "",
        *footer(),
    ]
    return subject, "\n".join(body)


def late_money_letter(late: LateMoney) -> Letter:
    """Tell that late money stays the donor's credit, by the branch's decision."""
    body = [
        _("Cabang memutuskan: uang yang datang terlambat tetap menjadi saldo Anda."),
        _("Saldo dipakai pada perpanjangan berikutnya, atau Anda minta kembali."),
        "",
        _("%(name)s: %(amount)s.")
        % {
            "name": late.sponsorship.worker.short_name,
            "amount": format_rupiah(late.amount),
        },
        _("Rinciannya: %(url)s") % {"url": credit_url()},
        "",
        *footer(),
    ]
    return _("Uang terlambat menjadi saldo"), "\n".join(body)


def credit_url() -> str:
    """Return the address of the donor's page about his credit."""
    return settings.PUBLIC_URL + reverse("credit")


def _happened(reason: str) -> tuple[str, str]:
    """The subject and the first line, by why the credit was used."""
    if reason == Reason.OVERPAID:
        return (
            _("Kelebihan bayar menjadi bulan berikutnya"),
            _("Anda membayar lebih. Kelebihannya membeli bulan berikutnya."),
        )
    if reason == Reason.CORRECTED:
        return (
            _("Tarif diperbaiki: perlindungan lebih panjang"),
            _("Tarif diperbaiki. Kelebihannya membeli bulan berikutnya."),
        )
    if reason == Reason.RENEWAL:
        return (
            _("Saldo dipakai untuk perpanjangan"),
            _("Perlindungan diperpanjang dengan saldo Anda."),
        )
    if reason == Reason.REVIVED:
        return (
            _("Perlindungan berjalan lagi"),
            _("Cabang menghidupkan kembali perlindungan dengan uang Anda."),
        )
    raise KeyError(reason)
