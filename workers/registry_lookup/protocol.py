"""What the portal asks a civil registry about one person, and what comes back.

Only Dukcapil can say that a NIK exists (domain reference 4.1). An adapter answers in
these words and in no others; how it reaches its registry is its own business.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


class RegistryUnavailable(Exception):
    """The registry is not connected or did not answer; the same may be asked again."""


@dataclass(frozen=True)
class Question:
    """Whether one person has this NIK, name and birth date."""

    nik: str
    name: str
    birth_date: date
    sex: str


@dataclass(frozen=True)
class Said:
    """The registry's word. `identity` is match, no_match or not_found; `dead` may be unknown."""

    identity: str
    dead: bool | None = None


class CivilRegistry(Protocol):
    """A way to the civil registry. `name` is kept with each answer."""

    name: str
    is_connected: bool

    def look_up(self, question: Question) -> Said:
        """Ask about one person. Never called inside a transaction. Raises RegistryUnavailable."""
        ...
