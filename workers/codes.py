"""Codes that people read from paper or a small screen: letters that nobody mistakes.

The letters of a printed code are drawn. Those of a check code are worked out from a case,
so that a message can be proved to be the portal's without keeping anything.
"""

import secrets

from bricks.secrets import blind_index

#: No I, L, O, Q, U, V: each is taken for another letter or figure.
LETTERS = "ABCDEFGHJKMNPRSTWXYZ"
PRINTED_LETTERS = 10
DIGITS = 6
#: Of a check code: the least letters that name the case, and those that sign it.
LEAST_NAME = 3
SIGNATURE = 5
#: No case has a longer name.
MOST_LETTERS = 20


def draw_digits() -> str:
    """Draw six digits, as a phone's notification shows them."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def draw_letters() -> str:
    """Draw the letters of a printed code: 20^10 are possible."""
    return "".join(secrets.choice(LETTERS) for _ in range(PRINTED_LETTERS))


def group(letters: str) -> str:
    """Write letters in groups, as they are read aloud: `ABCD-EFGH-JK`."""
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def clean(text: str) -> str:
    """Read letters as typed: without spaces and dashes, in capitals; empty for others."""
    bare = "".join(text.upper().split()).replace("-", "")[:MOST_LETTERS]
    return bare if all(letter in LETTERS for letter in bare) else ""


def code_hash(code: str, *, person: str) -> str:
    """Return what is kept of a code: keyed, since six digits are soon tried."""
    return blind_index(f"{person}:{code}", purpose="person code")


def check_code(case_id: int) -> str:
    """Return the code by which the portal's first message about a case proves itself."""
    return group(_name(case_id) + _signature(case_id))


def case_of_check_code(text: str) -> int | None:
    """Return the case that a check code names, or None for one that is not ours."""
    letters = clean(text)
    name, signature = letters[:-SIGNATURE], letters[-SIGNATURE:]
    if len(name) < LEAST_NAME:
        return None
    case_id = 0
    for letter in name:
        case_id = case_id * len(LETTERS) + LETTERS.index(letter)
    own = secrets.compare_digest(signature, _signature(case_id))
    return case_id if own and name == _name(case_id) else None


def _name(case_id: int) -> str:
    letters = ""
    while case_id or len(letters) < LEAST_NAME:
        case_id, rest = divmod(case_id, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters


def _signature(case_id: int) -> str:
    digest = int(blind_index(f"case {case_id}", purpose="check code"), 16)
    return "".join(LETTERS[digest // len(LETTERS) ** k % len(LETTERS)] for k in range(SIGNATURE))
