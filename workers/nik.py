"""The national identity number (NIK): its structure, and what it says (domain reference 4.1).

Sixteen digits `PPKKCC DDMMYY SSSS`: province, regency and district of the *first*
registration, birth date with the day plus 40 for women, a serial from 0001. There is
no check digit: a NIK that is built right proves nothing, only Dukcapil can.

A wrong structure is refused with a reason. What merely differs is a warning for the
branch, because it happens rightly: a birth date is corrected later and the NIK stays,
a region is split and the old code stays, a person moves.

Nothing here logs or quotes a NIK. Sex is "L" or "P", as on the KTP.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MALE = "L"
FEMALE = "P"
DIGITS = 16
FEMALE_DAYS = 40

# What people and programs put between the digits: white space, also of no width, dots,
# hyphens and dashes; a spreadsheet puts an apostrophe before.
_BETWEEN = re.compile("[\\s.\\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]|^\\s*['\u2019]")
_SCIENTIFIC = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+")

# Codes that no longer stand in the table of areas and are right on a NIK for ever:
# Papua and West Papua before the split of 2022, East Kalimantan before that of 2012.
FORMER_REGENCIES = frozenset(
    [f"91{number:02}" for number in (*range(1, 29), 71)]
    + [f"92{number:02}" for number in (*range(1, 13), 71)]
    + ["6404", "6405", "6406", "6410", "6473"]
)

_SENTENCES: dict[str, Promise] = {
    # Reasons of MalformedNik.
    "empty": _("Isi NIK, 16 angka."),
    "letters": _("NIK hanya berisi angka. Periksa huruf O dan angka 0."),
    "spreadsheet": _("Angka NIK ini terpotong oleh Excel. Ketik ulang dari KTP."),
    "short": _("NIK ini kurang dari 16 angka. Periksa lagi dengan KTP."),
    "long": _("NIK ini lebih dari 16 angka. Periksa lagi dengan KTP."),
    "birth_date_impossible": _("Angka ke-7 sampai ke-12 bukan tanggal lahir. Periksa lagi."),
    "serial": _("Empat angka terakhir NIK tidak mungkin 0000. Periksa lagi."),
    # Warnings.
    "birth_date": _("Tanggal lahir berbeda dengan yang ada di NIK."),
    "sex": _("Jenis kelamin berbeda dengan yang ada di NIK."),
    "region": _("Kode wilayah di awal NIK tidak ada dalam daftar sekarang."),
}


class MalformedNik(ValueError):
    """The text cannot be a NIK. `reason` is a code, `str()` the sentence that says why.

    Neither bears the NIK itself.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = _SENTENCES[reason]

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class Nik:
    """What the digits say. The region is that of the first registration, not where one lives."""

    province_code: str
    regency_code: str
    district_code: str
    birth_date: date
    sex: str
    serial: str


@dataclass(frozen=True)
class NikWarning:
    """A difference for the branch to look at: `birth_date`, `sex` or `region`."""

    code: str

    @property
    def sentence(self) -> Promise:
        """What differs, for people."""
        return _SENTENCES[self.code]


def clean(text: str) -> str:
    """Return the sixteen digits of a NIK typed or pasted with spaces, dots or hyphens.

    Raises MalformedNik: empty, letters, spreadsheet, short or long.
    """
    if _SCIENTIFIC.fullmatch(text.strip()):
        raise MalformedNik("spreadsheet")
    bare = _BETWEEN.sub("", text)
    if not bare:
        raise MalformedNik("empty")
    if not (bare.isascii() and bare.isdigit()):
        raise MalformedNik("letters")
    if len(bare) != DIGITS:
        raise MalformedNik("short" if len(bare) < DIGITS else "long")
    return bare


def parse(nik: str, *, registered_on: date) -> Nik:
    """Read a NIK. Its two-digit year is the last one that was not after `registered_on`.

    Raises MalformedNik, also for a birth date that never was and for the serial 0000.
    """
    digits = clean(nik)
    if digits[12:] == "0000":
        raise MalformedNik("serial")
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    sex = MALE
    if day > FEMALE_DAYS:
        sex, day = FEMALE, day - FEMALE_DAYS
    return Nik(
        province_code=digits[:2],
        regency_code=digits[:4],
        district_code=digits[:6],
        birth_date=_birth_date(year, month, day, registered_on),
        sex=sex,
        serial=digits[12:],
    )


def _birth_date(year: int, month: int, day: int, registered_on: date) -> date:
    century = registered_on.year // 100 * 100
    for begin in (century, century - 100):
        try:
            born = date(begin + year, month, day)
        except ValueError:
            continue
        if born <= registered_on:
            return born
    raise MalformedNik("birth_date_impossible")


def warnings(
    nik: str,
    *,
    birth_date: date | None,
    sex: str,
    registered_on: date,
    knows: Callable[[str], bool],
) -> list[NikWarning]:
    """Tell where a NIK differs from what was entered, and whether its region is unknown.

    `knows` says whether a code of a province, regency or district stands in the table
    of areas (`regions.selectors.known_codes`). What was not entered is not compared,
    and a century is not: the NIK has none. Raises MalformedNik.
    """
    said = parse(nik, registered_on=registered_on)
    found = []
    if birth_date is not None and f"{said.birth_date:%d%m%y}" != f"{birth_date:%d%m%y}":
        found.append(NikWarning("birth_date"))
    if sex and sex != said.sex:
        found.append(NikWarning("sex"))
    if not knows(said.district_code) and said.regency_code not in FORMER_REGENCIES:
        found.append(NikWarning("region"))
    return found


def explain(code: str) -> Promise:
    """Return the sentence of a stored reason or warning. Raises KeyError for another code."""
    return _SENTENCES[code]


def mask(nik: str) -> str:
    """Return `************0001`: the last four digits, never the birth date or the region."""
    return "*" * (DIGITS - 4) + nik[-4:] if len(nik) == DIGITS else "*" * DIGITS
