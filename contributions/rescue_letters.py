"""What both donors and the worker read when a sponsorship passes from one to another.

The first line says what happened, the second what to do; no amount, NIK or donor (P45).
The new donor reads no name before the branch has approved (P17).
"""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bricks.templatetags.house import tanggal
from contributions.letters import Letter, footer
from contributions.models import Sponsorship, TakeOver
from contributions.not_renewed import CHECKED
from contributions.wishes import No
from workers.models import Worker


def accepted(worker: Worker) -> Letter:
    """Tell who hands over that somebody wants to go on."""
    lines = [
        _("Seorang donatur mau meneruskan sponsor Anda."),
        _("Pekerja dan cabang memeriksa dulu. Sampai itu selesai, sponsor Anda berjalan terus."),
        "",
        _("Pekerja: %(name)s.") % {"name": worker.short_name},
        "",
        *footer(),
    ]
    return _("Ada donatur yang meneruskan"), "\n".join(lines)


def handed_over(former: Sponsorship) -> Letter:
    """Tell who handed over that the branch has approved: nothing more is asked of him."""
    lines = [
        _("Cabang sudah menyetujui donatur yang meneruskan sponsor Anda."),
        _("Anda tidak ditagih lagi. Terima kasih atas bantuan Anda."),
        "",
        _("Pekerja: %(name)s.") % {"name": former.worker.short_name},
    ]
    if former.paid_until:
        told = {"day": tanggal(former.paid_until)}
        lines.append(_("Iuran dari Anda tetap melindunginya sampai %(day)s.") % told)
    return _("Sponsor Anda diteruskan"), "\n".join([*lines, "", *footer()])


def failed(row: TakeOver, *, former: str, waits: bool) -> Letter:
    """Tell who handed over that it came to nothing, and what becomes of the worker.

    `former` says how his own sponsorship stands: goes_on, stopped, over, or held, where the
    branch looks at the worker and nothing is asked of anybody (P4).
    """
    to_do = {
        "goes_on": _("Sponsor Anda berjalan terus. Anda bisa membuat tautan baru: %(url)s"),
        "stopped": _("Anda masih bisa melanjutkannya sendiri: %(url)s"),
        "over": str(No.OVER.label),
        "held": str(CHECKED),
    }[former]
    url = settings.PUBLIC_URL + reverse("sponsorship", args=[row.former.uuid])
    lines = [
        _("Penyerahan sponsor Anda tidak jadi."),
        to_do % {"url": url},
        "",
        _("Pekerja: %(name)s.") % {"name": row.former.worker.short_name},
    ]
    if waits:
        lines.append(_("Cabang mencarikan donatur lain untuknya."))
    return _("Penyerahan tidak jadi"), "\n".join([*lines, "", *footer()])


def not_taken() -> Letter:
    """Tell the new donor that the worker or the branch said no; no reason, and no name."""
    url = settings.PUBLIC_URL + reverse("choose_waiting")
    lines = [
        _("Pekerja yang Anda pilih tidak dapat Anda teruskan."),
        _("Anda tidak perlu membayar. Pekerja lain masih menunggu: %(url)s") % {"url": url},
        "",
        *footer(),
    ]
    return _("Pilihan Anda tidak dapat diteruskan"), "\n".join(lines)


def worker_chosen() -> str:
    """Tell a worker of the waiting list that a donor has chosen him, and how he says no."""
    with translation.override("id"):
        return "\n".join(
            [
                _("Donatur lain mau meneruskan iuran BPJS Ketenagakerjaan Anda."),
                _("Anda sudah setuju saat masuk daftar tunggu. Tidak mau lagi? Balas 2."),
                _("Gratis. Kami tidak meminta PIN atau OTP. Ragu? Telepon 175."),
            ]
        )


def worker_waits(*, joined: bool) -> str:
    """Answer a worker who has asked for another sponsor by one digit."""
    with translation.override("id"):
        first = (
            _("Sudah kami catat. Cabang mencarikan sponsor lain untuk Anda.")
            if joined
            else _("Anda belum bisa masuk daftar tunggu sekarang.")
        )
        return "\n".join([first, _("Anda tidak perlu membayar apa pun. Bertanya? Telepon 175.")])


def worker_asked() -> str:
    """Ask the worker whether another donor may go on; complete without a link (P44)."""
    with translation.override("id"):
        return "\n".join(
            [
                _("Donatur lain mau meneruskan iuran BPJS Ketenagakerjaan Anda."),
                _("Setuju? Balas 1. Tidak? Balas 2. Atau datang ke cabang."),
                _("Gratis. Kami tidak meminta PIN atau OTP. Ragu? Telepon 175."),
            ]
        )
