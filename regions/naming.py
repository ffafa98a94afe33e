"""How names of places are compared: letters and digits only, numbers in one spelling.

The same village is written "Lorok Pakjo" and "Lorokpakjo", "30 Ilir" and
"Tiga-puluh Ilir", "Ilir Barat I" and "Ilir Barat Satu". A name and a question are
both brought into two forms: `plain` as written, and `numbered` with number words and
Roman numerals as digits. Keys leave the spaces out.
"""

import re
import unicodedata
from collections.abc import Iterator

_APOSTROPHES = re.compile("['\"`\u2018\u2019\u02bb\u02bc]")
_NOT_PLAIN = re.compile("[^a-z0-9]+")

# fmt: off
_WORDS = [
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
]
_NUMERALS = [
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x",
    "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx",
]
# fmt: on
_DIGITS = {word: number for number, word in enumerate(_WORDS)}
_ROMAN = {word: number for number, word in enumerate(_NUMERALS, start=1)}
_NUMBERS = _DIGITS.keys() | _ROMAN.keys()

# Words that say what kind of place follows; a question is the same without them.
VILLAGE_KINDS = {"desa", "ds", "kel", "kelurahan"}
# The same in some regions; they are parts of many names too, so they go second.
OTHER_VILLAGE_KINDS = {"gampong", "kampung", "kampong", "nagari", "pekon", "lembang", "dusun"}
AREA_KINDS = {"kec", "kecamatan", "kab", "kabupaten", "prov", "provinsi", "propinsi"}

# What people call a province, by its code.
SHORT_FORMS = {
    "11": "nad",
    "12": "sumut",
    "13": "sumbar",
    "16": "sumsel",
    "19": "babel",
    "21": "kepri",
    "31": "dki",
    "32": "jabar",
    "33": "jateng",
    "34": "diy jogja jogjakarta",
    "35": "jatim",
    "52": "ntb",
    "53": "ntt",
    "61": "kalbar",
    "62": "kalteng",
    "63": "kalsel",
    "64": "kaltim",
    "65": "kaltara",
    "71": "sulut",
    "72": "sulteng",
    "73": "sulsel",
    "74": "sultra",
    "76": "sulbar",
    "82": "malut",
}


def plain(text: str) -> str:
    """Return a name in lower-case a-z, 0-9 and single spaces: "O'o'u" is "oou"."""
    text = _APOSTROPHES.sub("", text)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_PLAIN.sub(" ", text.lower()).strip()


def numbered(plain_text: str) -> str:
    """Return a plain name with its number words and Roman numerals as digits.

    "dua puluh enam ilir satu" is "26 ilir 1"; "tiga empat ulu" is "3 4 ulu".
    """
    words = plain_text.split()
    if not any(word in _NUMBERS for word in words):
        return plain_text
    result = []
    while words:
        number, used = _leading_number(words)
        result.append(str(number) if used else words[0])
        words = words[used or 1 :]
    return " ".join(result)


def _leading_number(words: list[str]) -> tuple[int, int]:
    """Read a number from the first words: its value and how many words it took."""
    first = _DIGITS.get(words[0])
    if first is None:
        roman = _ROMAN.get(words[0])
        return (roman, 1) if roman else (0, 0)
    following = words[1] if len(words) > 1 else ""
    if 2 <= first <= 9 and following == "belas":
        return 10 + first, 2
    if 2 <= first <= 9 and following == "puluh":
        unit = _DIGITS.get(words[2], 0) if len(words) > 2 else 0
        return (first * 10 + unit, 3) if 1 <= unit <= 9 else (first * 10, 2)
    return first, 1


def forms(text: str) -> list[str]:
    """Return the one or two forms of a name or question, as written first."""
    as_written = plain(text)
    return list(dict.fromkeys([as_written, numbered(as_written)]))


def joined(text: str) -> str:
    """Return a plain text without its spaces."""
    return text.replace(" ", "")


def village_keys(name: str) -> Iterator[tuple[str, int]]:
    """Yield each key of a village once: (key, 0) from the name's beginning, else (key, 1)."""
    spelled = [form.split() for form in forms(name)]
    keys = {"".join(words): 0 for words in spelled}
    for words in spelled:
        for start in range(1, len(words)):
            keys.setdefault("".join(words[start:]), 1)
    yield from keys.items()


def place_words(code: str, names: list[str]) -> str:
    """Return the words that narrow a search to an area, each with a space before it.

    `names` are those of the area and of the areas above it. Names of several words
    also stand joined, so that "pangkalpinang" finds Kota Pangkal Pinang.
    """
    words: dict[str, None] = {}
    for name in names:
        for form in forms(name):
            own = form.split()
            words.update(dict.fromkeys(own))
            words.update(dict.fromkeys([joined(form)]))
            if own[0] in {"kota", "kabupaten"}:
                words.update(dict.fromkeys(["".join(own[1:])]))
    words.update(dict.fromkeys(SHORT_FORMS.get(code[:2], "").split()))
    return "".join(f" {word}" for word in words)
