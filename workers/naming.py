"""The key under which people of the same name meet, however it was spelt.

Indonesian names lose a letter, gain an h or change oe for u between two papers. The key
is no proof of anything: it only brings candidates together, which are then scored.
"""

import re
import unicodedata

KEY_LENGTH = 24

#: Old and new spellings of one sound, longest first (Soewandi spelling of 1947, EYD of 1972).
_SOUNDS = (
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("sj", "s"),
    ("sy", "s"),
    ("nj", "n"),
    ("ny", "n"),
    ("ch", "k"),
    ("kh", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("th", "t"),
    ("ph", "p"),
    ("f", "p"),
    ("v", "p"),
    ("z", "s"),
    ("q", "k"),
    ("x", "s"),
    ("y", "i"),
    ("w", "u"),
)
#: Titles and forms of address are no part of a name.
_TITLES = frozenset({"h", "hj", "haji", "hajjah", "bpk", "bapak", "ibu", "sdr", "sdri", "alm"})
_MUHAMMAD = frozenset(
    ["m", "moh", "moch", "mohd", "muh", "muhamad", "mohamad", "mohammad", "muhammad", "mochamad"]
)


def name_key(name: str) -> str:
    """Return the blocking key of a name: its words' consonants by sound, in the order of
    the alphabet, so that "Siti Nurhayati" and "Nurhajati, Siti" meet. Empty for no letters.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.findall(r"[a-z]+", plain.replace("'", "")) if word not in _TITLES]
    skeletons = sorted({_skeleton(word) for word in words} - {""})
    return " ".join(skeletons)[:KEY_LENGTH].strip()


def _skeleton(word: str) -> str:
    if word in _MUHAMMAD:
        return "mmd"
    for old, new in _SOUNDS:
        word = word.replace(old, new)
    word = re.sub(r"h", "", word)
    first, rest = word[:1], re.sub(r"[aeiou]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)
