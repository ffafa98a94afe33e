"""The letters by which a donor follows money that goes back to him.

The first line says what happened, the second what comes next; no amount stands in them
(P45). Each function writes in the active language and returns subject and body.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal
from payments.models import Refund
from payments.refund_selectors import due_on

Letter = tuple[str, str]


def asked_letter(refund: Refund) -> Letter:
    """Say that the wish is here, and by when somebody answers."""
    return _letter(
        refund,
        _("Permintaan pengembalian diterima"),
        _("Permintaan pengembalian uang sudah kami terima."),
        _("Bendahara memeriksanya paling lambat %(day)s.") % {"day": tanggal(due_on(refund))},
    )


def confirmed_letter(refund: Refund) -> Letter:
    """Say that two people agreed and where the money goes."""
    return _letter(
        refund,
        _("Pengembalian disetujui"),
        _("Pengembalian uang sudah disetujui."),
        _("Uangnya dikirim %(target)s. Kami kabari setelah dikirim.")
        % {"target": refund.get_target_display()},
    )


def sent_letter(refund: Refund) -> Letter:
    """Say that the money is on its way."""
    return _letter(
        refund,
        _("Uang sudah dikirim kembali"),
        _("Uang sudah dikirim %(target)s.") % {"target": refund.get_target_display()},
        _("Biasanya sampai dalam beberapa hari kerja. Periksa mutasi Anda."),
    )


def failed_letter(refund: Refund) -> Letter:
    """Say that it did not work, and that nothing is lost."""
    return _letter(
        refund,
        _("Pengembalian tertunda"),
        _("Alat bayar semula tidak dapat menerima uangnya."),
        _("Uang Anda aman. Bendahara memilih cara lain dan mengabari Anda."),
    )


def refused_letter(refund: Refund) -> Letter:
    """Say no, why, and where the money stays."""
    stays = (
        _("Uangnya tetap menjadi dana program.")
        if refund.programme_id
        else _("Uangnya tetap menjadi saldo Anda.")
    )
    return _letter(
        refund,
        _("Pengembalian tidak dilakukan"),
        _("Pengembalian uang tidak dapat dilakukan."),
        stays,
        _("Alasan: %(reason)s") % {"reason": refund.note},
    )


def _letter(refund: Refund, subject: str, *lines: str) -> Letter:
    happened, follows, *more = lines
    body = [
        happened,
        follows,
        "",
        _("Jumlah: %(amount)s.") % {"amount": format_rupiah(refund.amount)},
        *more,
        _("Lihat langkahnya: %(url)s") % {"url": settings.PUBLIC_URL + reverse("refund_ask")},
        "",
        _("Bertanya? Telepon 175. Kami tidak pernah meminta PIN atau OTP."),
    ]
    return subject, "\n".join(body)
