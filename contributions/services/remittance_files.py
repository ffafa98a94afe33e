"""The file that a treasurer takes to BPJS: fetched, opened, handed over, gone after a while.

It bears full NIKs: locked with a password of its own, sealed on disk, and every look at
it stands in the view log with its purpose (P8, P21). Its months count as sent only once
a person has said that he handed it over.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record, record_view
from accounts.models import User
from bricks import sealed_files
from contributions.models import AnswerFile, Remittance, RemittanceFile
from contributions.services.remitting import mark_sent


class CannotHandOver(Exception):
    """A step on the file of a remittance is not possible; its sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Langkah ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class FileNotThere(CannotHandOver):
    """The file has expired, or this remittance needs none."""

    sentence = _("Berkas ini sudah dihapus, atau penyetoran ini tidak memakai berkas.")


class PurposeMissing(CannotHandOver):
    """A file with NIKs is fetched for a purpose."""

    sentence = _("Tulis keperluannya.")


class HandedOverBefore(CannotHandOver):
    """Somebody has marked it already."""

    sentence = _("Berkas ini sudah ditandai diserahkan.")


@transaction.atomic
def fetch(*, remittance: Remittance, viewer: User, purpose: str, now: datetime) -> bytes:
    """Return the locked workbook, and log who has it and what for.

    Raises PurposeMissing, FileNotThere.
    """
    if not purpose.strip():
        raise PurposeMissing
    file = _file_of(remittance, now)
    try:
        content = sealed_files.read(file.path)
    except FileNotFoundError as error:
        raise FileNotThere from error
    _log_look(remittance, viewer, f"remittance file of {remittance.lines} lines", purpose, now)
    return content


@transaction.atomic
def show_password(*, remittance: Remittance, viewer: User, now: datetime) -> str:
    """Return the password of the workbook, and log it. Raises FileNotThere."""
    file = _file_of(remittance, now)
    _log_look(remittance, viewer, "password of a remittance file", "", now)
    return file.password


def _file_of(remittance: Remittance, now: datetime) -> RemittanceFile:
    file = RemittanceFile.objects.filter(remittance=remittance).exclude(path="").first()
    if file is None or (file.expires_at is not None and file.expires_at <= now):
        raise FileNotThere
    return file


def _log_look(remittance: Remittance, viewer: User, what: str, purpose: str, now: datetime) -> None:
    record_view(
        viewer=viewer,
        obj=remittance,
        what=what,
        reason=f"berkas {remittance.number}: {purpose.strip()}"[:200],
        now=now,
        office=remittance.office,
    )


def hand_over(*, remittance: Remittance, by: User, now: datetime) -> int:
    """Note that the file was given to BPJS: its months are sent from now on.

    The file goes after REMITTANCE_FILE_DAYS. Returns how many months. Raises FileNotThere,
    HandedOverBefore.
    """
    if not RemittanceFile.objects.filter(remittance=remittance).exists():
        raise FileNotThere
    with transaction.atomic():
        sent = mark_sent(remittance=remittance, reference=remittance.number, now=now)
        mine = RemittanceFile.objects.filter(remittance=remittance, handed_over_at__isnull=True)
        until = now + timedelta(days=settings.REMITTANCE_FILE_DAYS)
        if mine.update(handed_over_at=now, handed_over_by=by, expires_at=until) != 1:
            raise HandedOverBefore
        record(
            action="remittance.handed_over",
            obj=remittance,
            now=now,
            actor=by,
            office=remittance.office,
            after={"number": remittance.number, "months": sent},
        )
    return sent


def delete_expired(*, now: datetime) -> dict[str, int]:
    """Delete the files whose days are over, and files of answers that are done with or that
    nobody confirmed. Idempotent: a file that is gone is no fault."""
    counts = {"files": 0, "answers": 0}
    for file in RemittanceFile.objects.filter(expires_at__lte=now).exclude(path=""):
        # The file first: a run that is cut off here finds the row once more.
        sealed_files.remove(file.path)
        gone = RemittanceFile.objects.filter(pk=file.pk, path=file.path)
        counts["files"] += gone.update(path="", password="")
    before = now - timedelta(days=settings.REMITTANCE_FILE_DAYS)
    for answer in AnswerFile.objects.filter(imported_at__lte=before).exclude(path=""):
        sealed_files.remove(answer.path)
        same = AnswerFile.objects.filter(pk=answer.pk, path=answer.path)
        counts["answers"] += same.update(path="")
    return counts
