"""Days as banks write them: 20/11/2026, 20-Nov-26, 2026-11-20, and 20/11 without a year."""

import re
from datetime import date

from django.utils.translation import gettext as _

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb peb februari february",
            "mar maret march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu agt ags agustus aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov nop november",
            "des desember dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_PLAIN = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[A-Za-z]{3,9})(?:[-/. ](\d{4}|\d\d))?", re.ASCII)
_TIME = re.compile(r"[ T]\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d+)?)?(?:\s*(?:WIB|WITA|WIT|AM|PM))?$")


class NotADay(ValueError):
    """The text is no day of the period; the sentence is fit for a treasurer."""


def is_pending(text: str) -> bool:
    """Tell whether the bank has not booked the line yet: it may still change or go."""
    return text.strip().strip("'").upper() in {"PEND", "PENDING"}


def read_day(text: str, *, first: date | None = None, last: date | None = None) -> date:
    """Read one cell; a day without a year is the one within `first` to `last` (inclusive).

    Raises NotADay, also for a line that the bank calls pending.
    """
    bare = _TIME.sub("", text.strip().strip("'\"").strip())
    if is_pending(bare):
        raise NotADay(_("bank belum membukukan baris ini (PEND). Unduh lagi besok."))
    found = _YEAR_FIRST.fullmatch(bare) or _PLAIN.fullmatch(bare)
    if found:
        return _day(text, int(found[1]), int(found[2]), int(found[3]))
    found = _DAY_FIRST.fullmatch(bare)
    if found is None:
        raise NotADay(_("“%(text)s” bukan tanggal.") % {"text": text.strip()[:30]})
    month = int(found[2]) if found[2].isdigit() else _MONTHS.get(found[2].lower(), 0)
    if found[3]:
        year = int(found[3]) if len(found[3]) == 4 else 2000 + int(found[3])
        return _day(text, year, month, int(found[1]))
    return _in_period(text, month, int(found[1]), first, last)


def _in_period(text: str, month: int, day: int, first: date | None, last: date | None) -> date:
    if first is None or last is None:
        raise NotADay(_("“%(text)s” tidak menyebut tahun.") % {"text": text.strip()[:30]})
    for year in range(first.year, last.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if first <= found <= last:
            return found
    raise NotADay(_("“%(text)s” di luar masa mutasi.") % {"text": text.strip()[:30]})


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay(_("“%(text)s” bukan tanggal.") % {"text": text.strip()[:30]}) from None
