"""Amounts as banks write them: `1,234.00` and `1.234,00`, D/K, DB/CR, brackets, minus.

Read with integers alone. Whole rupiah only: sen other than 00 are refused, so that a
separator before three digits is always one of thousands.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

#: Marks from the bank's view: a credit is money that comes in.
MARKS = {
    **dict.fromkeys(("CR", "C", "K", "KR", "KREDIT", "CREDIT"), 1),
    **dict.fromkeys(("DB", "DR", "D", "DEBET", "DEBIT"), -1),
}
MOST_DIGITS = 15
_WRITTEN = re.compile(
    r"(?P<minus>[-+])?(?P<open>\()?(?P<inner>[-+])?"
    r"(?P<whole>\d{1,3}(?:(?P<group>[.,])\d{3})(?:(?P=group)\d{3})*|\d*)"
    r"(?:(?P<point>[.,])(?P<sen>\d{1,2}|-))?"
    r"(?P<close>\))?(?P<after>[-+])?",
    re.ASCII,
)
_MARKED = re.compile(r"([A-Z]+)?\s*(.*?)\s*([A-Z]+)?", re.DOTALL | re.ASCII)
_CURRENCY = re.compile(r"^(RP|IDR)\.?\s*|\s*(IDR)$")


class NotAnAmount(ValueError):
    """The text is no amount in whole rupiah; the sentence is fit for a treasurer."""


@dataclass(frozen=True)
class Amount:
    """Rupiah with the sign as written; `mark` is 1 for money in, -1 out, 0 unsaid.

    `point` is the decimal sign that the text must have meant, "" where it tells none.
    """

    rupiah: int
    mark: int
    point: str

    @property
    def signed(self) -> int:
        """Rupiah above 0 for money in, below 0 for money out."""
        return self.mark * abs(self.rupiah) if self.mark else self.rupiah


def read_amount(text: str) -> Amount:
    """Read one cell. An empty one, or a lonely hyphen, is 0. Raises NotAnAmount."""
    bare = " ".join(text.replace("'", " ").split()).upper()
    if bare in {"", "-"}:
        return Amount(0, 0, "")
    bare, mark = _without_mark(_CURRENCY.sub("", bare))
    found = _WRITTEN.fullmatch(bare.replace(" ", ""))
    if found is None or not re.search(r"\d", bare):
        raise NotAnAmount(_("“%(text)s” bukan jumlah uang.") % {"text": text.strip()[:40]})
    return Amount(_rupiah(found, text), mark, _point(found, text))


def read_mark(text: str) -> int:
    """Read a D/K mark: 1 for money in, -1 for money out. Raises NotAnAmount."""
    bare = text.strip().strip(".'").upper()
    if bare not in MARKS:
        told = {"text": text.strip()[:20]}
        raise NotAnAmount(_("“%(text)s” bukan tanda debit atau kredit.") % told)
    return MARKS[bare]


def _without_mark(text: str) -> tuple[str, int]:
    found = _MARKED.fullmatch(_CURRENCY.sub("", text))
    before, body, after = found.groups() if found else (None, text, None)
    marks = [MARKS[word] for word in (before, after) if word in MARKS]
    words = [word for word in (before, after) if word]
    if not words:
        return text, 0
    if len(marks) != len(words) or len(words) > 1:
        return text, 0
    return _CURRENCY.sub("", body or ""), marks[0]


def _rupiah(found: re.Match[str], text: str) -> int:
    sen = found["sen"]
    if sen and sen != "-" and sen.strip("0"):
        told = {"text": text.strip()[:40]}
        raise NotAnAmount(_("“%(text)s” memuat sen. Hanya rupiah bulat yang diterima.") % told)
    digits = re.sub(r"\D", "", found["whole"]) or "0"
    if len(digits) > MOST_DIGITS:
        raise NotAnAmount(_("“%(text)s” terlalu besar.") % {"text": text.strip()[:40]})
    signs = [found[name] for name in ("minus", "inner", "after") if found[name]]
    brackets = bool(found["open"])
    if brackets != bool(found["close"]) or len(signs) > 1:
        raise NotAnAmount(_("“%(text)s” bukan jumlah uang.") % {"text": text.strip()[:40]})
    is_out = brackets or "-" in signs
    return -int(digits) if is_out else int(digits)


def _point(found: re.Match[str], text: str) -> str:
    """Tell the decimal sign: the written one, or the other one of the thousands' sign."""
    point, group = found["point"] or "", found["group"] or ""
    if point and point == group:
        raise NotAnAmount(_("“%(text)s” bukan jumlah uang.") % {"text": text.strip()[:40]})
    if point:
        return point
    return {".": ",", ",": "."}.get(group, "")
