"""Check files back: read, shown, confirmed, and then a check on each case (P21).

A file of answers is kept sealed until the person who sent it confirms its preview; a
faulty line is told by its number and never applied. The answers are written in one
transaction, and their cases are checked anew one by one by `follow_up_answers`.
"""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date
from notices import bells
from workers import batch_selectors
from workers.checkfile.answers import Answers, understand
from workers.checkfile.answers import Line as AnswerLine
from workers.checkfile.reading import read_table
from workers.models import CheckAnswer, CheckBatch, CheckBatchLine, Enrollment
from workers.services import sealed_files
from workers.services.check_files import ANSWERS_FOLDER, CannotCheck
from workers.services.checking import make_checks
from workers.services.thread import tell_thread

Status = CheckBatch.Status
#: States of a batch whose file has gone out, so that answers may come.
OUT = (Status.READY, Status.ANSWERED, Status.EXPIRED)
BATCH = 500


class NotOut(CannotCheck):
    """No file of this batch has gone out, so nothing can come back."""

    sentence = _("Berkas ini belum keluar, jadi belum bisa dijawab.")


class AnswerGone(CannotCheck):
    """The file of answers is no longer kept; nothing of it was saved."""

    sentence = _("Berkas jawaban ini sudah tidak ada. Unggah sekali lagi.")


class NotSender(CannotCheck):
    """Another person sent the file, or sent it anew meanwhile."""

    sentence = _("Hanya yang mengunggah jawaban ini yang dapat menyimpannya.")


class SandboxOutside(CannotCheck):
    """Made-up answers have no place outside the demo."""

    sentence = _("Ini jawaban kotak pasir. Di sini hanya jawaban asli yang diterima.")


class NothingToSave(CannotCheck):
    """No line of the file can be used."""

    sentence = _("Tidak ada baris yang dapat disimpan. Perbaiki, lalu unggah lagi.")


def receive(*, batch: CheckBatch, content: bytes, sender: User, now: datetime) -> CheckAnswer:
    """Keep a file that came back, sealed, until its preview is confirmed.

    Nothing is applied. The same file again is the same row, applied or not. Raises NotOut,
    SandboxOutside, Unreadable.
    """
    if batch.status not in OUT:
        raise NotOut
    is_sandbox = _understood(batch, content, now).is_sandbox
    if is_sandbox and not settings.DEMO:
        raise SandboxOutside
    sha256 = hashlib.sha256(content).hexdigest()
    path = sealed_files.keep(content, folder=ANSWERS_FOLDER)
    try:
        answer, made = _kept(batch, sha256, path, is_sandbox=is_sandbox, sender=sender, now=now)
    except BaseException:
        # Whatever went wrong, no row knows the file: nothing else would ever remove it.
        sealed_files.remove(path)
        raise
    if not made:
        sealed_files.remove(path)
    return answer


@transaction.atomic
def _kept(
    batch: CheckBatch, sha256: str, path: str, *, is_sandbox: bool, sender: User, now: datetime
) -> tuple[CheckAnswer, bool]:
    """Note a file that came back; False where the same one is there already."""
    answer, made = CheckAnswer.objects.get_or_create(
        batch=batch,
        sha256=sha256,
        defaults={
            "path": path,
            "is_sandbox": is_sandbox,
            "uploaded_by": sender,
            "uploaded_at": now,
        },
    )
    if not made:
        # Whoever sends it last may confirm it.
        waiting = CheckAnswer.objects.filter(pk=answer.pk, applied_at__isnull=True)
        waiting.update(uploaded_by=sender, uploaded_at=now)
        answer.refresh_from_db()
    return answer, made


def preview(*, answer: CheckAnswer, now: datetime) -> Answers:
    """Understand a kept file without applying it. Raises AnswerGone, Unreadable."""
    return _understood(answer.batch, _content(answer), now)


def apply(*, answer: CheckAnswer, sender: User, now: datetime) -> CheckAnswer:
    """Write the usable lines of a kept file as answers; the last answer to a line counts.

    Applying a file twice changes nothing. Rings `check_answers_applied`, after which
    `follow_up_answers` makes the checks of the cases. The file goes with the next run of
    `check_files.delete_expired`. Raises AnswerGone, NotSender,
    NothingToSave.
    """
    if answer.applied_at is not None:
        return answer
    found = preview(answer=answer, now=now)
    if not found.lines:
        raise NothingToSave
    with transaction.atomic():
        # Two files for one batch are written one after the other.
        batch = CheckBatch.everything.select_for_update().get(pk=answer.batch_id)
        if not _claim(answer, sender, found, now):
            return CheckAnswer.objects.select_related("batch").get(pk=answer.pk)
        _write(batch, found, now)
        _note(batch, answer, sender, found, now)
        bells.ring("check_answers_applied")
    return CheckAnswer.objects.select_related("batch").get(pk=answer.pk)


def _claim(answer: CheckAnswer, sender: User, found: Answers, now: datetime) -> bool:
    """Be the one who applies the file; False where it is applied. Raises NotSender."""
    mine = CheckAnswer.objects.filter(pk=answer.pk, applied_at__isnull=True, uploaded_by=sender)
    if mine.update(applied_at=now, saved=len(found.lines), faulty=len(found.faults)):
        return True
    if CheckAnswer.objects.filter(pk=answer.pk, applied_at__isnull=False).exists():
        return False
    raise NotSender


def _write(batch: CheckBatch, found: Answers, now: datetime) -> None:
    said = {line.number: line for line in found.lines}
    lines = list(CheckBatchLine.objects.filter(batch=batch, number__in=said))
    for line in lines:
        line.answer = _as_json(said[line.number], found)
        line.kpj = said[line.number].kpj
        line.answered_at, line.followed_up_at = now, None
    columns = ["answer", "kpj", "answered_at", "followed_up_at"]
    CheckBatchLine.objects.bulk_update(lines, columns, batch_size=BATCH)


def _as_json(line: AnswerLine, found: Answers) -> dict[str, object]:
    return {**line.answer, "sandbox": True} if found.is_sandbox else dict(line.answer)


def _note(
    batch: CheckBatch, answer: CheckAnswer, sender: User, found: Answers, now: datetime
) -> None:
    CheckBatch.everything.filter(pk=batch.pk).update(
        status=Status.ANSWERED,
        answered_by=sender,
        answered_at=now,
        answer_sha256=answer.sha256,
    )
    record(
        action="check_file.answered",
        obj=batch,
        now=now,
        actor=sender,
        office=batch.office,
        before={"status": batch.status},
        after={
            "number": batch.number,
            "saved": len(found.lines),
            "faulty": len(found.faults),
            "sandbox": found.is_sandbox,
        },
    )


# --- what follows ------------------------------------------------------------------------
def follow_up_answers(*, now: datetime) -> dict[str, int]:
    """Make the checks of cases anew whose answers came in, each in a transaction of its own.

    Idempotent: a line is claimed by a conditional update. A decided case keeps the checks
    it was decided on; its thread tells that an answer came.
    """
    done = 0
    waiting = CheckBatchLine.objects.filter(answered_at__isnull=False, followed_up_at__isnull=True)
    for line in waiting.select_related("batch__office", "batch__answered_by").order_by(
        "answered_at", "pk"
    )[:BATCH]:
        with transaction.atomic():
            same = CheckBatchLine.objects.filter(
                pk=line.pk, answered_at=line.answered_at, followed_up_at__isnull=True
            )
            # Never before the answer: a hand-run job may stand on another day.
            if same.update(followed_up_at=max(now, line.answered_at or now)):
                _follow_up(line, now)
                done += 1
    return {"lines": done}


def _follow_up(line: CheckBatchLine, now: datetime) -> None:
    case = Enrollment.everything.select_related(
        "order", "donor", "programme", "office", "village", "occupation"
    ).get(pk=line.enrollment_id)
    tell_thread(
        enrollment=case,
        kind="officially_answered",
        now=now,
        actor=line.batch.answered_by,
        note=line.batch.number,
        after={"batch": line.batch.number, "target": line.batch.target},
    )
    if case.status in Enrollment.OPEN:
        make_checks(enrollment=case, now=now)


# --- reading -----------------------------------------------------------------------------
def _content(answer: CheckAnswer) -> bytes:
    try:
        return sealed_files.read(answer.path, folder=ANSWERS_FOLDER)
    except sealed_files.SealedFileGone as error:
        raise AnswerGone from error


def _understood(batch: CheckBatch, content: bytes, now: datetime) -> Answers:
    return understand(
        read_table(content, password=batch.password),
        target=batch.target,
        cases=batch_selectors.case_numbers(batch),
        today=jakarta_date(now),
    )
