"""What the worker agrees to: the information of UU 27/2022 art. 21, in plain words.

The text is versioned: a consent keeps the version that was read. A changed text gets
a new version, and the old one stays here for as long as a consent rests on it.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: The one in force: it names the address, which the first did not.
VERSION = "2026-11-2"

Text = str | Promise


@dataclass(frozen=True)
class Point:
    """One question that the law asks, and its answer."""

    question: Text
    answer: Text


_AGREED = _(
    "Saya setuju didaftarkan sebagai peserta BPJS Ketenagakerjaan dan iurannya "
    "dibayar donatur. Saya setuju data saya dipakai untuk itu."
)


def _points(data: Text) -> tuple[Point, ...]:
    """The information with the data that are asked for."""
    return (
        Point(
            _("Untuk apa?"),
            _(
                "Agar Anda terdaftar di BPJS Ketenagakerjaan: jaminan kecelakaan kerja "
                "(JKK) dan kematian (JKM). Tidak untuk hal lain."
            ),
        ),
        Point(
            _("Data apa?"),
            data,
        ),
        Point(
            _("Siapa yang melihat?"),
            _(
                "Cabang BPJS Ketenagakerjaan yang memeriksa. Donatur melihat nama dan "
                "status Anda. Ia tidak melihat data yang Anda isi sendiri."
            ),
        ),
        Point(
            _("Berapa lama disimpan?"),
            _(
                "Selama Anda dilindungi, lalu 10 tahun sebagai bukti pembayaran. "
                "Pendaftaran yang batal dihapus setelah 90 hari."
            ),
        ),
        Point(
            _("Apa hak Anda?"),
            _(
                "Melihat, memperbaiki, dan menghapus data. Menarik persetujuan kapan saja, "
                "tanpa biaya. Kami jawab dalam 3 x 24 jam. Telepon 175."
            ),
        ),
        Point(
            _("Apa dasarnya?"),
            _("Persetujuan Anda (UU 27/2022 pasal 20 sampai 22). Anda boleh menolak."),
        ),
    )


#: Version: the sentence that is agreed to, and the information before it.
TEXTS: dict[str, tuple[Text, tuple[Point, ...]]] = {
    "2026-11": (
        _AGREED,
        _points(
            _(
                "NIK, nama, tanggal lahir, jenis kelamin, nomor HP, desa, pekerjaan, "
                "dan tanda setuju Anda."
            )
        ),
    ),
    VERSION: (
        _AGREED,
        _points(
            _(
                "NIK, nama, tanggal lahir, jenis kelamin, nomor HP, desa, alamat bila diisi, "
                "pekerjaan, dan tanda setuju Anda."
            )
        ),
    ),
}


def current() -> tuple[str, Text, tuple[Point, ...]]:
    """Return the version in force, its sentence and its information."""
    sentence, points = TEXTS[VERSION]
    return VERSION, sentence, points
