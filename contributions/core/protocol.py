"""What the portal hands to BPJS's core system, and what comes back.

No public description of the real file exists (domain reference section 12); the
fields are the least that a contribution needs, so that the adapter of the real one
only renames columns.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Protocol
from uuid import UUID


class CoreUnavailable(Exception):
    """The core did not take the file or did not answer; the same may be tried again."""


@dataclass(frozen=True)
class Line:
    """One worker-month in a file: `line` is our number of it, amounts are rupiah."""

    line: int
    nik: str
    name: str
    birth_date: date
    month: date
    covered_from: date
    covered_until: date
    starts_at: str
    jkk: int
    jkm: int
    jht: int


@dataclass(frozen=True)
class Answer:
    """The core's word on one line. Of a refused one `reason` says why."""

    line: int
    accepted: bool
    kpj: str = ""
    receipt: str = ""
    reason: str = ""


class CoreSystem(Protocol):
    """A core system. `name` is kept with each remittance.

    `by_hand`: people carry the files, so that BPJS's answers come in as files too.
    """

    name: str
    by_hand: bool

    def send(self, *, remittance: UUID, content: str, now: datetime) -> str:
        """Hand over a file and return the core's reference; empty while a person has yet
        to carry it there.

        Idempotent by `remittance`: a file sent twice is one file. Raises CoreUnavailable.
        """
        ...

    def has(self, remittance: UUID) -> bool:
        """Tell whether the file of a remittance lies ready for a person to carry it."""
        ...

    def answers(self, *, reference: str, now: datetime) -> Sequence[Answer]:
        """Return every answer given so far to a file. Raises CoreUnavailable."""
        ...


def write_file(lines: Iterable[Line]) -> str:
    """Write lines as the CSV that the core takes: a head line, `;` between cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(field.name for field in fields(Line))
    writer.writerows(astuple(line) for line in lines)
    return out.getvalue()
