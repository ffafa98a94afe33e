"""The words by which a worker learns that his cover ends (P17, P19, P44, P45).

Complete without a link; no amount, donor or arrears in the first two lines; nobody is
named as guilty. In Indonesian, as all that a worker is sent.
"""

from collections import Counter
from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal
from contributions.own_page import SelfPay
from contributions.price_changes import PriceChange, sentences
from contributions.reminders.texts import wait_again_sentence, wait_sentence


def worker_text(
    pay: SelfPay | None, *, today: date, prices: Counter[PriceChange] | None = None
) -> str:
    """Write the message: still covered and nothing to pay, or how he may go on; and, to who
    pays for himself, what becomes dearer and why."""
    dearer = prices or Counter()
    with translation.override("id"):
        if pay is None:
            lines = [
                _("Iuran Anda akan berubah."),
                _("Tidak perlu apa-apa sekarang. Tagihan berikutnya memakai harga baru."),
            ]
        elif pay.kind == "not_yet":
            lines = _not_yet(pay)
        elif pay.kind == "stage":
            lines = _stage(pay)
        else:
            lines = _ways(pay, today)
        lines += [
            *sentences(dearer),
            _("Kecelakaan? Ke rumah sakit dulu, lalu telepon 175."),
            _("Gratis bertanya ke 175. Kami tidak pernah meminta PIN atau OTP."),
        ]
    return "\n".join(lines)


def _not_yet(pay: SelfPay) -> list[str]:
    day = {"day": tanggal(pay.until)}
    return [
        _("Perlindungan Anda s.d. %(day)s; Anda belum perlu membayar.") % day,
        _("Tidak perlu apa-apa sekarang. Tanya kapan saja: telepon 175."),
    ]


def _stage(pay: SelfPay) -> list[str]:
    return [
        _("Perlindungan Anda s.d. %(day)s; menunggu tahap berikutnya.")
        % {"day": tanggal(pay.until)},
        _("Anda belum perlu membayar. Tanyakan kelanjutannya ke desa atau cabang."),
    ]


def offers_list(pay: SelfPay | None) -> bool:
    """Tell whether the message offers another sponsor for the digit 1."""
    return pay is not None and pay.may_wait and pay.place is None and not pay.is_taken


def _ways(pay: SelfPay, today: date) -> list[str]:
    """Give last day, price, what is lost, and two ways (P17)."""
    address = settings.PUBLIC_URL.partition("://")[2] + "/pekerja"
    lines = [
        _("Perlindungan Anda dibayar s.d. %(day)s.") % {"day": tanggal(pay.until)},
        _("Ingin lanjut? Ada dua cara: bayar sendiri, atau minta sponsor lain."),
    ]
    if pay.until is not None and pay.until >= today:
        lines.append(wait_sentence(pay.until))
    elif pay.kind != "branch":
        lines.append(wait_again_sentence(today))
    lines.append(_pay_himself(pay))
    if offers_list(pay):
        lines.append(
            _("Minta sponsor lain: balas 1, buka %(address)s, atau datang ke cabang.")
            % {"address": address}
        )
    else:
        lines.append(_("Sponsor lain: lihat %(address)s atau tanya cabang.") % {"address": address})
    return lines


def _pay_himself(pay: SelfPay) -> str:
    if pay.kind == "link":
        told = {"total": format_rupiah(pay.total), "url": pay.url}
        return _("Bayar sendiri %(total)s: %(url)s") % told
    if pay.choices:
        prices = "; ".join(
            _("%(total)s untuk %(months)s bulan")
            % {"months": months, "total": format_rupiah(quote.total)}
            for months, quote in pay.choices
        )
        return _("Bayar sendiri: %(prices)s.") % {"prices": prices}
    return _("Bayar sendiri: tanya cabang atau 175.")
