"""The public proof as files: each number with what it counts (P34). Whole rupiah."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from bricks.clock import JAKARTA, jakarta_date
from bricks.tables import write_table
from contributions.books_selectors import sums_of
from contributions.models import BooksCheck

#: What a few people stand behind is not told.
FEW = "<5"


def as_dict(check: BooksCheck | None) -> dict[str, Any]:
    """Return the proof for programs; without a check only that there was none."""
    if check is None:
        return {"checked_at": None}
    sums = sums_of(check)
    return {
        "checked_at": check.made_at.isoformat(),
        "books_agree": check.grave == 0,
        "currency": "IDR",
        "money_in": sums.received,
        "whose": {part.name: part.amount for part in sums.parts},
        "where": {part.name: part.amount for part in sums.places},
        "waiting_for_bpjs": sums.waiting,
        # The day alone: the moment is that of one person's payment.
        "oldest_waiting_since": jakarta_date(sums.oldest).isoformat() if sums.oldest else None,
        "figures": check.identity["figures"],
    }


def as_csv(check: BooksCheck | None) -> str:
    """Write the proof as a table; without a check only its heading."""
    heads = [_("Ukuran"), _("Nilai"), _("Satuan"), _("Yang dihitung")]
    return write_table(heads, _lines(check) if check else [])


def _lines(check: BooksCheck) -> Iterator[tuple[str, Any, str, str]]:
    sums, rupiah = sums_of(check), _("rupiah")
    when = f"{check.made_at.astimezone(JAKARTA):%Y-%m-%d %H:%M WIB}"
    agree = _("cocok") if check.grave == 0 else _("TIDAK COCOK")
    yield _("Diperiksa"), when, "", agree
    yield _("Uang masuk"), sums.received, rupiah, _("semua uang yang pernah diterima")
    for part in sums.parts:
        yield part.label, part.amount, rupiah, _("bagian dari uang masuk, milik siapa")
    for part in sums.places:
        yield part.label, part.amount, rupiah, _("bagian dari uang masuk, ada di mana")
    yield _("Menunggu BPJS"), sums.waiting, rupiah, _("iuran dibeli, belum disahkan")
    figures, months = sums.figures, _("bulan pekerja")
    yield _("Dibeli"), figures["bought"], months, _("satu pekerja selama satu bulan")
    yield _("Disahkan BPJS"), figures["accepted"], months, _("bagian dari yang dibeli")
    yield _("Menunggu pengesahan"), figures["waiting"], months, _("bagian dari yang dibeli")
    refused = _("ditolak BPJS, sedang diputuskan cabang")
    yield _("Ditolak BPJS"), figures["refused"], months, refused
    for name, label, counts in (
        ("private", _("Dari donatur pribadi dan CSR"), _("iuran dibeli")),
        ("budget", _("Dari anggaran pemerintah"), _("iuran dibeli")),
    ):
        yield label, _told(figures[name]), rupiah, counts
    for name, label, counts in (
        ("people_today", _("Pekerja terlindungi hari itu"), _("perlindungan yang disahkan")),
        ("people_ever", _("Pekerja yang pernah disahkan"), _("setiap orang sekali")),
    ):
        yield label, _told(figures[name]), _("orang"), counts


def _told(number: int | None) -> int | str:
    return FEW if number is None else number
