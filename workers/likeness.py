"""How like two people are, told by name, birth date, place and sex: 0 to 100.

A pure scorer. It accuses nobody: from LIKELY on an officer is asked to look at both.
"""

from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from workers.naming import join, plain_words

#: From here on the officer is asked. The same name and birth date is asked wherever the
#: two live (85 at least); one name spelt otherwise only where the place agrees as well;
#: one name in one village with another birth date (75) is a namesake, often a father.
LIKELY = 80
#: What each datum is worth. The name must carry more than half.
NAME, BIRTH, PLACE, SEX = 60, 25, 10, 5
#: Below this likeness two names are two names, whatever else agrees (twins share all
#: the rest); between it and equality a name counts from half to full.
SAME_NAME_FROM = 80
#: One name holds the other ("Sutrisno", "Sutrisno Hadi"): like, not equal.
NAME_WITHIN = 90
SHORTEST_NAME_WITHIN = 4
#: Slips of the pen in a birth date.
SWAPPED, ONE_DIGIT = 20, 18
#: Village, district, regency, province: digits of the code that agree, and their worth.
PLACES = ((10, PLACE), (6, 7), (4, 5), (2, 2))
UNKNOWN_SEX = 2


@dataclass(frozen=True, slots=True)
class Person:
    """What two rows are compared by; `words` are those of `naming.plain_words`."""

    words: tuple[str, ...]
    joined: str
    letters: str
    birth_date: date | None
    sex: str
    village: str

    @classmethod
    def of(cls, name: str, birth_date: date | None, sex: str, village: str | None) -> "Person":
        """Read a person from the columns of a worker or a case."""
        words = plain_words(name)
        joined = join(words)
        return cls(words, joined, "".join(sorted(joined)), birth_date, sex, village or "")


def likeness(one: Person, other: Person) -> int:
    """Say how like two people are, 0 to 100; 0 where the names are two names."""
    name = name_likeness(one, other)
    if name < SAME_NAME_FROM:
        return 0
    over = (name - SAME_NAME_FROM) / (100 - SAME_NAME_FROM)
    return (
        round(NAME / 2 * (1 + over))
        + birth_likeness(one.birth_date, other.birth_date)
        + place_likeness(one.village, other.village)
        + sex_likeness(one.sex, other.sex)
    )


def name_likeness(one: Person, other: Person) -> float:
    """Say how like two names are, 0 to 100, whatever the order and spacing of words."""
    if not one.joined or not other.joined:
        return 0
    if one.joined == other.joined:
        return 100
    if _is_within(one.words, other.words):
        return max(_ratio(one, other), NAME_WITHIN)
    return _ratio(one, other)


def _ratio(one: Person, other: Person) -> float:
    """The share of letters in common and in order, over the orders of one's words."""
    # No order of words has more in common than the letters without any order.
    if not fuzz.ratio(one.letters, other.letters, score_cutoff=SAME_NAME_FROM):
        return 0
    best = fuzz.ratio(one.joined, other.joined, score_cutoff=SAME_NAME_FROM)
    turns = [(one, text) for text in _turned(other)] + [(other, text) for text in _turned(one)]
    for fixed, text in turns:
        best = max(best, fuzz.ratio(fixed.joined, text, score_cutoff=SAME_NAME_FROM))
    return best


def _turned(person: Person) -> list[str]:
    """Write a name beginning with each of its further words."""
    words = person.words
    return [join(words[k:] + words[:k]) for k in range(1, len(words))]


def _is_within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether the shorter name's words are all in the longer, an initial for a word."""
    if len(one) == len(other) == 1:
        return False
    few, many = sorted((_told(one), _told(other)), key=len)
    left, longest = list(many), 0
    for word in few:
        found = next((w for w in left if w == word), None) or next(
            (w for w in left if _is_initial(w, word) or _is_initial(word, w)), None
        )
        if found is None:
            return False
        left.remove(found)
        longest = max(longest, len(word) if found == word else 0)
    return longest >= SHORTEST_NAME_WITHIN


def _is_initial(letter: str, word: str) -> bool:
    return len(letter) == 1 and word.startswith(letter)


def _told(words: tuple[str, ...]) -> tuple[str, ...]:
    """Muhammad is left out of many a list, and says little."""
    return tuple(word for word in words if word != "muhamad") or words


def birth_likeness(one: date | None, other: date | None) -> int:
    """Say what two birth dates are worth: the same, day and month swapped, one digit off."""
    if one is None or other is None:
        return 0
    if one == other:
        return BIRTH
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return SWAPPED
    slips = OSA.distance(f"{one:%d%m%Y}", f"{other:%d%m%Y}", score_cutoff=1)
    return ONE_DIGIT if slips == 1 else 0


def place_likeness(one: str, other: str) -> int:
    """Say what two villages are worth: the same one, or one district, regency, province."""
    if not one or not other:
        return 0
    return next((worth for digits, worth in PLACES if one[:digits] == other[:digits]), 0)


def sex_likeness(one: str, other: str) -> int:
    """Say what the sexes are worth; a different one may be a slip, so it forbids nothing."""
    if not one or not other:
        return UNKNOWN_SEX
    return SEX if one == other else 0
