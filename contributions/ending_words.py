"""What a row of the lists of cover that ends says: what goes on, what is next, who acts (P42)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from bricks.clock import jakarta_date
from bricks.templatetags.house import tanggal
from contributions.endings import Ending
from contributions.not_renewed import REFUSED
from contributions.renewal_page import ADVICE
from contributions.wishes import No

#: The tone of each state; the word says the same (P42).
TONES = {
    "reported": "info",
    "followed": "success",
    "asked": "wait",
    "parked": "info",
    "withheld": "info",
    "stopped": "warning",
    "agreed": "neutral",
    "bridged": "warning",
    "second": "neutral",
    "over": "warning",
    "refused": "warning",
    "renews": "success",
}


@dataclass(frozen=True)
class Said:
    """The word of a state with its tone, the next step, and who acts."""

    tone: str
    word: str
    step: str
    who: str


def said(row: Ending) -> Said:
    """Say what goes on in a row, in the active language."""
    word, step, who = _SAYINGS[row.state](row)
    return Said(TONES[row.state], word, step, who)


def _reported(row: Ending) -> tuple[str, str, str]:
    return _("Cabang yang memutuskan"), _("Ada laporan. Siapkan surat untuk cabang."), _("cabang")


def _followed(row: Ending) -> tuple[str, str, str]:
    return _("Dilanjutkan sponsor lain"), _("Tidak ada yang perlu dilakukan."), "–"


def _asked(row: Ending) -> tuple[str, str, str]:
    day = tanggal(jakarta_date(row.invoice_until)) if row.invoice_until else "–"
    return _("Sedang ditagih"), _("Bayar tagihan sebelum %(day)s.") % {"day": day}, _("donatur")


def _parked(row: Ending) -> tuple[str, str, str]:
    return _("Sedang diperiksa"), _("Cabang memeriksa sponsor ini."), _("cabang")


def _withheld(row: Ending) -> tuple[str, str, str]:
    return _("Sedang diperiksa"), _("Cabang memeriksa keadaan pekerja."), _("cabang")


def _stopped(row: Ending) -> tuple[str, str, str]:
    step = _("Cari sponsor lain, atau pekerja membayar sendiri.")
    return _("Dihentikan"), step, _("cabang dan pekerja")


def _agreed(row: Ending) -> tuple[str, str, str]:
    step = _("Perpanjang perjanjian sebelum hari terakhir.")
    return _("Menurut perjanjian"), step, _("donatur dan cabang")


def _bridged(row: Ending) -> tuple[str, str, str]:
    step = _("Cari sponsor lain, atau pekerja membayar sendiri.")
    return _("Dana talangan"), step, _("cabang dan pekerja")


def _second(row: Ending) -> tuple[str, str, str]:
    return _("Dilanjutkan sponsor lain"), str(No.TAKEN.label), "–"


def _over(row: Ending) -> tuple[str, str, str]:
    if settings.LAPSED_RETURN == "pay" and row.sponsorship.status == "lapsed":
        return _("Sponsor berakhir"), _("Bayar lagi untuk mulai dari awal."), _("donatur")
    return _("Sponsor berakhir"), _("Mulai lagi lewat cabang."), _("cabang")


def _refused(row: Ending) -> tuple[str, str, str]:
    reason = row.sponsorship.refused  # type: ignore[attr-defined]
    _what, who = ADVICE[reason]
    return _("Tidak bisa diperpanjang"), str(REFUSED[reason]), str(who).lower()


def _renews(row: Ending) -> tuple[str, str, str]:
    if row.days_left < 0:
        return _("Belum dibayar"), _("Tagihan baru menyusul."), _("portal, lalu donatur")
    return _("Diperpanjang"), _("Tagihan datang sebelum hari terakhir."), _("portal")


_SAYINGS = {
    "reported": _reported,
    "followed": _followed,
    "asked": _asked,
    "parked": _parked,
    "withheld": _withheld,
    "stopped": _stopped,
    "agreed": _agreed,
    "bridged": _bridged,
    "second": _second,
    "over": _over,
    "refused": _refused,
    "renews": _renews,
}
