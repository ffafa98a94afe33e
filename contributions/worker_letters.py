"""The letters by which a donor learns that something happened to a worker he pays for.

The first line says what happened, the second what to do; no amount, NIK or arrears
stands in them (P45). Of one who does not go on, no cause is named.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal
from contributions.letters import Letter, footer
from workers.models import Worker, WorkerEvent

Kind = WorkerEvent.Kind


@dataclass(frozen=True)
class Ended:
    """What a donor is told of the end of a sponsorship: the kind of event, the last paid
    day that is left, and the rupiah that went back to his credit."""

    kind: str
    paid_until: date | None
    returned: int


def ended_letter(worker: Worker, told: Ended) -> Letter:
    """Tell that a sponsorship has ended because of an event of the worker's life."""
    subject, happened, to_do = _first_words(told.kind)
    lines = [
        happened,
        to_do,
        "",
        _("Pekerja: %(name)s.") % {"name": worker.short_name},
        *_what_stays(told),
        *_returned(told),
        "",
        *footer(),
    ]
    return subject, "\n".join(lines)


def resumed_letter(worker: Worker, *, goes_on: bool) -> Letter:
    """Tell that the event was taken back: the sponsorship goes on, or is to be approved anew."""
    to_do = (
        _("Sponsor Anda berjalan lagi. Anda tidak perlu melakukan apa pun sekarang.")
        if goes_on
        else _("Daftarkan lagi pekerja ini bila Anda ingin melanjutkannya: %(url)s")
        % {"url": settings.PUBLIC_URL + reverse("order_new")}
    )
    lines = [
        _("Catatan tentang pekerja Anda sudah dibatalkan cabang."),
        to_do,
        "",
        _("Pekerja: %(name)s.") % {"name": worker.short_name},
        _("Saldo yang sudah kembali kepada Anda tetap menjadi saldo Anda."),
        "",
        *footer(),
    ]
    return _("Kabar terbaru tentang pekerja Anda"), "\n".join(lines)


def _first_words(kind: str) -> tuple[str, str, str]:
    """Return the subject, what happened, and what to do."""
    if kind == Kind.DIED:
        return (
            _("Kami turut berduka cita"),
            _("Kami turut berduka cita atas meninggalnya pekerja Anda."),
            _("Tidak ada lagi yang perlu Anda bayar. Cabang mendampingi keluarganya."),
        )
    if kind == Kind.EMPLOYEE:
        return (
            _("Pekerja Anda kini dilindungi tempat kerjanya"),
            _("Pekerja Anda kini bekerja sebagai penerima upah."),
            _("Anda tidak perlu membayar lagi. Pemberi kerjanya yang mendaftarkannya."),
        )
    if kind == Kind.TURNED_65:
        return (
            _("Pendaftaran tidak diteruskan"),
            _("Pekerja Anda sudah berusia 65 tahun. Perlindungan baru tidak dapat dimulai."),
            _("Anda tidak perlu membayar. Cabang dapat menjelaskannya."),
        )
    return (
        _("Sponsor tidak diteruskan"),
        _("Sponsor untuk seorang pekerja tidak diteruskan."),
        _("Anda tidak perlu membayar lagi. Terima kasih atas bantuan Anda."),
    )


def _what_stays(told: Ended) -> list[str]:
    if told.paid_until is None:
        return []
    if told.kind == Kind.DIED:
        url = settings.PUBLIC_URL + reverse("help_accident")
        return [
            _("Iuran yang sudah berjalan tetap tercatat. Keluarga dapat mengurus santunan: %(url)s")
            % {"url": url}
        ]
    day = tanggal(told.paid_until)
    return [_("Iuran yang sudah berjalan tetap hak pekerja, sampai %(day)s.") % {"day": day}]


def _returned(told: Ended) -> list[str]:
    if not told.returned:
        return []
    return [
        _("Iuran bulan yang belum mulai kembali menjadi saldo Anda: %(amount)s.")
        % {"amount": format_rupiah(told.returned)}
    ]
