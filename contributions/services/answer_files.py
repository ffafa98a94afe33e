"""BPJS's acceptance file, brought in by a treasurer: read, shown line by line, applied.

What a file says is kept sealed until its preview is confirmed. Applying goes in chunks,
so that a run that was cut off leaves whole months behind; the same file again, known by
its content, finishes it. The first word on a line counts: a contradiction is shown and
changes nothing. A partial answer is normal, the rest waits.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks import sealed_files
from contributions.core import Answer, core_system
from contributions.core.answers import BOUNDS, Row, understand
from contributions.models import AnswerFile, Contribution, Remittance
from contributions.services.accepting import apply_answers
from workers.checkfile.reading import read_table

FOLDER = "remittanceanswers"
CHUNK = 500
Status = Contribution.Status

#: What a line of the file does, in the order in which the preview shows them.
ACCEPTED, REJECTED, DISPUTED, FAULTY = "accepted", "rejected", "disputed", "faulty"
UNKNOWN, OTHER, BACK, KNOWN = "unknown", "other", "back", "known"
KINDS = (ACCEPTED, REJECTED, DISPUTED, FAULTY, UNKNOWN, OTHER, BACK, KNOWN)
#: Those that change something.
TELLING = (ACCEPTED, REJECTED, BACK)


class CannotImport(Exception):
    """A file of answers cannot be taken; its sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Berkas ini tidak dapat diterima.")

    def __str__(self) -> str:
        return str(self.sentence)


class NotHandedOver(CannotImport):
    """The file has not gone to BPJS, so nothing can come back."""

    sentence = _("Berkas penyetoran ini belum diserahkan, jadi belum bisa dijawab.")


class AnswersByThemselves(CannotImport):
    """This core system answers by itself."""

    sentence = _("Jawaban penyetoran ini datang sendiri. Tidak perlu diunggah.")


class AnswerGone(CannotImport):
    """The file is no longer kept."""

    sentence = _("Berkas jawaban ini sudah tidak ada. Unggah sekali lagi.")


class NothingToApply(CannotImport):
    """No line of the file tells anything new."""

    sentence = _("Tidak ada baris baru yang dapat disimpan.")


@dataclass(frozen=True)
class Told:
    """One line of the file and what it does (`KINDS`)."""

    row: int
    kind: str
    answer: Answer | None = None
    fault: str = ""
    other: str = ""


@dataclass
class Preview:
    """What a file would do now, line by line."""

    lines: list[Told] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """Count the lines by kind."""
        return Counter(line.kind for line in self.lines)

    @property
    def answers(self) -> list[Answer]:
        """The answers to lines of this remittance that tell something new."""
        return [line.answer for line in self.lines if line.answer and line.kind in TELLING]


def receive(*, remittance: Remittance, content: bytes, sender: User, now: datetime) -> AnswerFile:
    """Keep a file that came back, sealed, until its preview is confirmed. Applies nothing.

    The same content again is the same row. Raises AnswersByThemselves, NotHandedOver,
    Unreadable.
    """
    if not core_system(remittance.core).by_hand:
        raise AnswersByThemselves
    if not remittance.core_reference:
        raise NotHandedOver
    rows = understand(read_table(content, bounds=BOUNDS), number=remittance.number).rows
    digest = hashlib.sha256(content).hexdigest()
    path = sealed_files.keep(_packed(rows), purpose=FOLDER)
    kept = False
    try:
        found = _classified(remittance, rows)
        columns = {"path": path, "imported_by": sender, "imported_at": now}
        file, kept = _kept(remittance, digest, found, columns)
    finally:
        if not kept:
            # The same file is here already, or no row knows this one.
            sealed_files.remove(path)
    return file


@transaction.atomic
def _kept(
    remittance: Remittance, digest: str, found: Preview, columns: dict[str, Any]
) -> tuple[AnswerFile, bool]:
    counts = found.counts
    file, made = AnswerFile.objects.get_or_create(
        remittance=remittance,
        digest=digest,
        defaults={
            **columns,
            "lines": len(found.lines),
            "accepted": 0,
            "rejected": 0,
            "known": counts[KNOWN] + counts[OTHER] + counts[UNKNOWN],
            "faulty": counts[FAULTY],
            "disputed": counts[DISPUTED],
        },
    )
    if not made:
        # One that was not finished and whose content went meanwhile is kept again.
        gone = AnswerFile.objects.filter(pk=file.pk, path="", applied_at__isnull=True)
        made = bool(gone.update(**columns))
        file.refresh_from_db()
    return file, made


def preview(*, file: AnswerFile) -> Preview:
    """Say what each line of a kept file would do now. Raises AnswerGone."""
    return _classified(file.remittance, _unpacked(file))


def apply(*, file: AnswerFile, by: User, now: datetime) -> AnswerFile:
    """Take up what a kept file says; the same file twice changes nothing more.

    Raises AnswerGone, NothingToApply.
    """
    if file.applied_at is not None:
        return file
    found = preview(file=file)
    if not found.answers and not (file.accepted or file.rejected):
        raise NothingToApply
    batch = f"{file.remittance_id}:file:{file.pk}"
    apply_answers(
        remittance=file.remittance, answers=found.answers, batch=batch, now=now, file=file
    )
    return _finish(file, by, now)


@transaction.atomic
def _finish(file: AnswerFile, by: User, now: datetime) -> AnswerFile:
    mine = AnswerFile.objects.filter(pk=file.pk, applied_at__isnull=True)
    won = mine.update(applied_at=now)
    done = AnswerFile.objects.select_related("remittance__office").get(pk=file.pk)
    if won:
        record(
            action="remittance.answered",
            obj=done.remittance,
            now=now,
            actor=by,
            office=done.remittance.office,
            after={
                "number": done.remittance.number,
                "accepted": done.accepted,
                "rejected": done.rejected,
                "disputed": done.disputed,
            },
        )
    return done


# --- what a line does --------------------------------------------------------------------
def _classified(remittance: Remittance, rows: Iterable[Row]) -> Preview:
    rows = list(rows)
    months = _months([row.answer.line for row in rows if row.answer])
    return Preview([_told(row, months, remittance.pk) for row in rows])


def _months(lines: list[int]) -> dict[int, dict[str, Any]]:
    """Return what the portal knows of these lines; one query per CHUNK of them."""
    found = {}
    columns = ("pk", "remittance", "status", "core_receipt", "core_reason")
    for start in range(0, len(lines), CHUNK):
        rows = Contribution.everything.filter(pk__in=lines[start : start + CHUNK])
        found.update({row["pk"]: row for row in rows.values(*columns)})
    return found


def _told(row: Row, months: dict[int, dict[str, Any]], remittance: int) -> Told:
    if row.answer is None:
        return Told(row.row, FAULTY, fault=row.fault)
    month = months.get(row.answer.line)
    if month is None:
        return Told(row.row, UNKNOWN, row.answer)
    if row.other or month["remittance"] != remittance:
        return Told(row.row, OTHER, row.answer, other=row.other)
    return Told(row.row, _kind(row.answer, month), row.answer)


def _kind(answer: Answer, month: dict[str, Any]) -> str:
    status, receipt, reason = month["status"], month["core_receipt"], month["core_reason"]
    if status == Status.SENT:
        return ACCEPTED if answer.accepted else REJECTED
    if status == Status.REVERSED and not receipt and not reason:
        return BACK
    if answer.accepted:
        return KNOWN if receipt and receipt == answer.receipt else DISPUTED
    return DISPUTED if status == Status.ACCEPTED or not reason else KNOWN


# --- how it is kept ----------------------------------------------------------------------
def _packed(rows: Iterable[Row]) -> bytes:
    return json.dumps([asdict(row) for row in rows]).encode()


def _unpacked(file: AnswerFile) -> list[Row]:
    try:
        kept = json.loads(sealed_files.read(file.path)) if file.path else None
    except FileNotFoundError:
        kept = None
    if kept is None:
        raise AnswerGone
    return [
        Row(**{**row, "answer": Answer(**row["answer"]) if row["answer"] else None}) for row in kept
    ]
