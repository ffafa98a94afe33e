"""A core system inside the portal: it accepts, refuses and delays as the real one would,
and every page that shows its word says that it is a sandbox.

Its rules, so that people can try each case:
* a NIK ending in 99 is refused: "NIK tidak cocok";
* a NIK ending in 98 is answered only after three days;
* every other line is accepted SANDBOX_CORE_DELAY_SECONDS after it came in.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from bricks.secrets import blind_index
from contributions.core.protocol import Answer
from contributions.models import SandboxCoreFile

SLOW = timedelta(days=3)


class SandboxCore:
    """The default core system. It keeps what it got in tables of its own, sealed."""

    name = "sandbox"
    by_hand = False

    def send(self, *, remittance: UUID, content: str, now: datetime) -> str:
        """Keep the file; the same remittance again is the same file."""
        reference = f"SBX-{remittance.hex[:16]}"
        SandboxCoreFile.objects.get_or_create(
            reference=reference, defaults={"content": content, "received_at": now}
        )
        return reference

    def has(self, remittance: UUID) -> bool:
        """Nobody carries a file to the sandbox."""
        return False

    def answers(self, *, reference: str, now: datetime) -> Sequence[Answer]:
        """Answer the lines whose time has come, always in the same way."""
        file = SandboxCoreFile.objects.get(reference=reference)
        age = now - file.received_at
        if age < timedelta(seconds=settings.SANDBOX_CORE_DELAY_SECONDS):
            return []
        rows = csv.DictReader(io.StringIO(file.content), delimiter=";")
        return [_answer(row, reference) for row in rows if not _is_slow(row["nik"]) or age >= SLOW]


def _is_slow(nik: str) -> bool:
    return nik.endswith("98")


def _answer(row: dict[str, str], reference: str) -> Answer:
    line = int(row["line"])
    if row["nik"].endswith("99"):
        return Answer(line=line, accepted=False, reason="NIK tidak cocok")
    number = int(blind_index(row["nik"], purpose="sandboxcore.kpj")[:12], 16)
    return Answer(
        line=line,
        accepted=True,
        kpj=f"{number % 10**11:011}",
        receipt=f"{reference[4:12].upper()}-{line}",
    )
