"""Check files out: proposed by an officer, let out by a supervisor, gone after some days (P21).

A file bears full NIKs, so it needs a purpose and a second person (P8); it is locked with
a password of its own, lies sealed on disk, and each time it is fetched is logged. What
comes back stands in `check_answers`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record, record_view
from accounts.models import User
from regions.models import Office
from workers import batch_selectors, desk_selectors
from workers.checkfile.writing import Cover, lock, make_password, write_workbook
from workers.models import CheckAnswer, CheckBatch, CheckBatchLine
from workers.official_selectors import identity_index
from workers.services import sealed_files

FOLDER = "checkfiles"
ANSWERS_FOLDER = "checkanswers"
Status = CheckBatch.Status


class CannotCheck(Exception):
    """A step on a check file is not possible; its sentence is fit for the officer."""

    sentence: ClassVar[str | Promise] = _("Langkah ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class NothingToAsk(CannotCheck):
    """No case waits that could stand in the file."""

    sentence = _("Tidak ada kasus menunggu yang dapat diperiksa.")


class PurposeMissing(CannotCheck):
    """A file with NIKs needs a purpose."""

    sentence = _("Tulis keperluannya.")


class WrongDesk(CannotCheck):
    """The office is not of the person's desk."""

    sentence = _("Kantor ini bukan meja Anda.")


class OwnFile(CannotCheck):
    """Maker and checker are one person."""

    sentence = _("Berkas sendiri dilepas penyelia lain.")


class NotSupervisor(CannotCheck):
    """Only a supervisor of the desk lets a file out or refuses it."""

    sentence = _("Hanya penyelia kantor ini yang dapat melepas berkas.")


class FileDecided(CannotCheck):
    """Somebody else was faster."""

    sentence = _("Berkas ini sudah dilepas atau ditolak. Muat ulang halamannya.")


class FileNotThere(CannotCheck):
    """The file has expired, or was never let out, or is another's to fetch."""

    sentence = _("Berkas ini sudah dihapus. Buat yang baru bila masih perlu.")


# --- out ---------------------------------------------------------------------------------
@transaction.atomic
def propose(
    *, office: Office, officer: User, target: str, purpose: str, unasked: bool, now: datetime
) -> CheckBatch:
    """List the waiting cases of an office for a file that a supervisor may let out.

    The oldest MOST_LINES cases of `batch_selectors.askable`. No file is made yet.
    Raises WrongDesk, PurposeMissing, NothingToAsk.
    """
    if not purpose.strip():
        raise PurposeMissing
    if office not in desk_selectors.desk_offices(officer):
        raise WrongDesk
    cases = batch_selectors.askable(officer, office=office, target=target, unasked=unasked)
    chosen = list(cases.values_list("pk", flat=True)[: batch_selectors.MOST_LINES])
    if not chosen:
        raise NothingToAsk
    batch = CheckBatch.everything.create(
        office=office, target=target, purpose=purpose.strip(), made_by=officer, made_at=now
    )
    CheckBatchLine.objects.bulk_create(
        CheckBatchLine(batch=batch, enrollment_id=pk, number=number)
        for number, pk in enumerate(chosen, start=1)
    )
    _tell(batch, "proposed", officer, now, {"target": target, "lines": len(chosen)})
    return batch


def release(*, batch: CheckBatch, supervisor: User, now: datetime) -> CheckBatch:
    """Let a proposed file out: it is made of the cases that still wait, locked and sealed.

    It can be fetched for CHECK_FILE_DAYS. The making takes seconds and stands outside
    the transaction; of two who release at once one wins, and the other's file goes.
    Raises OwnFile, NotSupervisor, NothingToAsk, FileDecided.
    """
    _refuse_unfit(batch, supervisor)
    lines = batch_selectors.asked_lines(batch)
    if not lines:
        raise NothingToAsk
    until = now + timedelta(days=settings.CHECK_FILE_DAYS)
    password = make_password()
    content = _made(batch, lines, supervisor=supervisor, now=now, until=until)
    path = sealed_files.keep(lock(content, password), folder=FOLDER)
    try:
        with transaction.atomic():
            _decide(
                batch,
                supervisor,
                now,
                status=Status.READY,
                expires_at=until,
                path=path,
                password=password,
            )
            _keep_asked(batch, lines)
            _tell(batch, "released", supervisor, now, {"lines": len(lines)})
    except BaseException:
        # Whatever went wrong, no row knows the file: nothing else would ever remove it.
        sealed_files.remove(path)
        raise
    return CheckBatch.everything.select_related("office").get(pk=batch.pk)


@transaction.atomic
def refuse(*, batch: CheckBatch, supervisor: User, now: datetime) -> None:
    """Refuse a proposed file; no file was made. Raises OwnFile, NotSupervisor, FileDecided."""
    _refuse_unfit(batch, supervisor)
    _decide(batch, supervisor, now, status=Status.REFUSED)
    _tell(batch, "refused", supervisor, now, {})


def _refuse_unfit(batch: CheckBatch, supervisor: User) -> None:
    if batch.made_by_id == supervisor.pk:
        raise OwnFile
    if not batch_selectors.supervises_office(supervisor, batch.office):
        raise NotSupervisor


def _decide(batch: CheckBatch, supervisor: User, now: datetime, **columns: Any) -> None:
    """Take the one decision on a proposed file, or raise FileDecided."""
    proposed = CheckBatch.everything.filter(pk=batch.pk, status=Status.PROPOSED)
    if proposed.update(released_by=supervisor, released_at=now, **columns) != 1:
        raise FileDecided


def _made(
    batch: CheckBatch,
    lines: Sequence[CheckBatchLine],
    *,
    supervisor: User,
    now: datetime,
    until: datetime,
) -> bytes:
    cover = Cover(
        number=batch.number,
        target=batch.target,
        target_name=batch.get_target_display(),
        office=batch.office.name,
        purpose=batch.purpose,
        made_by=batch.made_by.get_full_name(),
        released_by=supervisor.get_full_name(),
        at=now,
        until=until,
    )
    return write_workbook(cover, batch_selectors.rows_of(lines))


def _keep_asked(batch: CheckBatch, lines: Sequence[CheckBatchLine]) -> None:
    """Keep the lines that stand in the file, with what was asked of each."""
    CheckBatchLine.objects.filter(batch=batch).exclude(pk__in=[line.pk for line in lines]).delete()
    for line in lines:
        line.nik_index = line.enrollment.nik_index
        line.claim_index = identity_index(line.enrollment)
    CheckBatchLine.objects.bulk_update(lines, ["nik_index", "claim_index"], batch_size=500)


# --- fetched -----------------------------------------------------------------------------
@transaction.atomic
def fetch(*, batch: CheckBatch, viewer: User, now: datetime) -> bytes:
    """Return the locked file for its maker or a supervisor, and log that he has it.

    One row of the view log names the batch and how many NIKs; its lines tell whose.
    Raises FileNotThere.
    """
    may = batch_selectors.rights_of(viewer, batch).may_download
    if not may or batch.expires_at is None or batch.expires_at <= now:
        raise FileNotThere
    try:
        content = sealed_files.read(batch.path, folder=FOLDER)
    except sealed_files.SealedFileGone as error:
        raise FileNotThere from error
    count = CheckBatchLine.objects.filter(batch=batch).count()
    _log_look(batch, viewer, f"check file of {count} NIK", now)
    return content


@transaction.atomic
def show_password(*, batch: CheckBatch, viewer: User, now: datetime) -> str:
    """Return the password of a file for its maker, and log it. Raises FileNotThere."""
    may = batch_selectors.rights_of(viewer, batch).may_see_password
    if not may or batch.expires_at is None or batch.expires_at <= now:
        raise FileNotThere
    _log_look(batch, viewer, "password of a check file", now)
    return batch.password


def _log_look(batch: CheckBatch, viewer: User, what: str, now: datetime) -> None:
    reason = f"berkas {batch.number}: {batch.purpose}"[:200]
    record_view(viewer=viewer, obj=batch, what=what, reason=reason, now=now, office=batch.office)


# --- gone --------------------------------------------------------------------------------
def delete_expired(*, now: datetime) -> dict[str, int]:
    """Delete the files whose days are over, and those of answers that are done with.

    Idempotent: a file that is gone is no fault, and a run that was cut off goes on.
    """
    files = 0
    over = CheckBatch.everything.filter(~Q(path=""), expires_at__lte=now)
    for batch in over.select_related("office").order_by("pk"):
        # The file first: a run that is cut off here finds the row once more.
        sealed_files.remove(batch.path)
        status = Status.EXPIRED if batch.status == Status.READY else batch.status
        with transaction.atomic():
            same = CheckBatch.everything.filter(pk=batch.pk, status=batch.status, path=batch.path)
            if same.update(path="", password="", status=status):
                _tell(batch, "expired", None, now, {})
                files += 1
    return {"files": files, "answers": _delete_answers(now)}


def _delete_answers(now: datetime) -> int:
    """Delete the files of answers that were applied, and those that nobody confirmed."""
    before, deleted = now - timedelta(days=settings.CHECK_FILE_DAYS), 0
    for answer in CheckAnswer.objects.filter(applied_at__isnull=False).exclude(path=""):
        sealed_files.remove(answer.path)
        deleted += CheckAnswer.objects.filter(pk=answer.pk).exclude(path="").update(path="")
    for answer in CheckAnswer.objects.filter(applied_at__isnull=True, uploaded_at__lte=before):
        if CheckAnswer.objects.filter(pk=answer.pk, applied_at__isnull=True).delete()[0]:
            sealed_files.remove(answer.path)
            deleted += 1
    return deleted


def _tell(
    batch: CheckBatch, what: str, actor: User | None, now: datetime, after: dict[str, Any]
) -> None:
    record(
        action=f"check_file.{what}",
        obj=batch,
        now=now,
        actor=actor,
        office=batch.office,
        after={"number": batch.number, **after},
    )
