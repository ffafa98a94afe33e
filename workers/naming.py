"""How a person's name is compared, however it was spelt.

Indonesian names lose a letter, gain an h, change oe for u or a space for none between
two papers. `plain_words` brings a name into one spelling. `name_key` is the key under
which people of like names meet: it proves nothing, it only brings candidates together,
which `workers.likeness` then weighs.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

KEY_LENGTH = 24
#: A name of fewer consonants is its own key: Eko and Ika, Ani and Ina must not meet.
FEW_CONSONANTS = 3


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Titles, degrees and forms of address are no part of a name, nor what only says whose
#: child or which sex somebody is: I and Ni (Bali), boru (Batak).
_NO_NAMES = _set(
    """h hj haji hajah hajjah kh ust ustad ustadz ustadzah kiai kyai bpk bapak ibu ny nyonya
    tn tuan sdr sdri alm almh drs dra dr ir prof raden roro rd rr rm ra i ni boru br
    st sh se skm spd spdi ssos skom msi mm mpd mh sag stp amd amdkeb skep ners apt"""
)
#: What follows names the father, or is another name.
_ENDS = _set("bin binti bt bte ibnu alias als aka")
_MUHAMMAD = _set(
    """m md mhd muh moh moch mokh mohd mohamad mohamed mohammad mohammed mochamad mochammad
    mokhamad mokhammad muhamad muhammad muhamed muhammed muchamad muchammad muhamat"""
)
_ACHMAD = _set("ahmad achmad akhmad ahmat achmat ahmed ach akh")
#: Short forms that people write on lists.
_SHORT = {
    "abd": "abdul",
    "abdl": "abdul",
    "wyn": "wayan",
    "nym": "nyoman",
    "nyn": "nyoman",
    "kt": "ketut",
    "gst": "gusti",
    "gd": "gede",
    "kdk": "kadek",
    "pt": "putu",
}
#: One sound, one letter; in this order. Spellings of 1901 (tj, dj, j), 1947 (oe) and 1972.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(old), new)
    for old, new in (
        ("oe", "u"),
        ("tj", "c"),
        ("y(?![aiueo])", "i"),
        # The old j is a y, the old dj a j: which j it is, a list does not tell.
        ("dj|j", "y"),
        ("sy", "s"),
        ("chr", "kr"),
        # Arabic kha: Choirul, Khairul, Hairul; elsewhere a leading ch is a c.
        ("^ch(?=[ao]i|us|ol)", ""),
        ("^ch", "c"),
        ("ch|kh", ""),
        ("h", ""),
        ("dz|z|ts", "s"),
        ("f|v|p", "p"),
        ("q", "k"),
        ("x", "ks"),
        # A glide between two vowels is heard, not always written: Suwarno, Setiyono.
        ("(?<=u)w(?=[aeio])", ""),
        ("(?<=i)y(?=[aeou])", ""),
        (r"(.)\1+", r"\1"),
    )
)
_DOUBLES = re.compile(r"(.)\1+")
_ABDUL = re.compile("abdul(?=.)")
_VOWELS = re.compile("[aiueo]")
#: Dwi (two) and Dewi (goddess), Tri (three) and Tari are kept apart by a vowel alone.
_NUMBERS = (("dwi", "2"), ("tri", "3"))


def name_key(name: str) -> str:
    """Return the blocking key of a name: the consonants of all its words by their sound,
    in the order of the alphabet, so that neither the order of words nor a lost space
    keeps two spellings apart. Empty for no letters.

    Muhammad counts only where nothing else does: it is written in twenty ways, or not
    at all.
    """
    words = plain_words(name)
    rest = [word for word in words if word != "muhamad" and len(word) > 1] or words
    joined = join(rest)
    for word, sign in _NUMBERS:
        joined = joined.replace(word, sign)
    consonants = _VOWELS.sub("", joined)
    if len(consonants) < FEW_CONSONANTS:
        return joined[:KEY_LENGTH]
    return "".join(sorted(consonants))[:KEY_LENGTH]


def plain_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in one spelling, without titles, patronym and alias.

    A name of nothing but such words keeps them.
    """
    spelt = [_SHORT.get(word, word) for word in _words(name)]
    own = _until_patronym(spelt)
    kept = [word for word in own if word not in _NO_NAMES] or own
    return tuple(filter(None, map(_sound, kept)))


def join(words: Iterable[str]) -> str:
    """Write plain words as one: Abdul Rahman and Abdurrahman, Nur Hayati and Nurhayati."""
    return _DOUBLES.sub(r"\1", _ABDUL.sub("abdu", "".join(words)))


def _words(name: str) -> list[str]:
    """Split a name into its words of a-z; letters between dots may be one degree (S.Pd)."""
    text = name.replace("’", "").replace("'", "").replace("`", "").replace("‘", "")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = []
    for part in re.split(r"[^a-z.]+", text):
        whole = part.replace(".", "")
        found += [whole] if whole in _NO_NAMES else [word for word in part.split(".") if word]
    return found


def _until_patronym(words: list[str]) -> list[str]:
    for place, word in enumerate(words):
        if place and word in _ENDS:
            return words[:place]
    return words


@lru_cache(maxsize=50_000)
def _sound(word: str) -> str:
    if word in _MUHAMMAD:
        return "muhamad"
    if word in _ACHMAD:
        return "amad"
    for old, new in _SOUNDS:
        word = old.sub(new, word)
    return word
