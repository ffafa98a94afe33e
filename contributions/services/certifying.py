"""Certificates of many workers in one file: asked by a donor, drawn by a job, fetched for
some days (P16).

They are drawn in parts, each kept sealed as soon as it is there, so that a killed job loses
a part at most. A batch of one part is that PDF, a larger one a ZIP of its parts.
"""

import logging
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import ClassVar, NamedTuple

import typst
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_view
from accounts.models import User
from bricks.clock import jakarta_date
from contributions.models import CertificateBatch, CertificatePart, Sponsorship
from contributions.papers.certificates import certificates_paper
from contributions.papers.printing import pdf
from contributions.protection import donors_protections
from donors.models import Donor
from notices import bells
from workers.services import sealed_files

logger = logging.getLogger(__name__)

FOLDER = "certificates"
#: Certificates in one PDF: larger ones take memory out of proportion.
PER_PART = 250
#: So many parts a run; then another job may go on.
PARTS_A_RUN = 20
#: A run that is silent for longer was killed.
LEASE = timedelta(minutes=3)
#: Certificates that one may ask for at once.
MOST = 10_000


class CannotCertify(Exception):
    """No certificates; the sentence is fit for the donor."""

    sentence: ClassVar[str | Promise] = _("Sertifikat tidak dapat dibuat.")

    def __str__(self) -> str:
        return str(self.sentence)


class NobodyPaidFor(CannotCertify):
    """None of the workers asked for has a bought month."""

    sentence = _("Belum ada pekerja yang iurannya dibayar dalam pilihan ini.")


class TooManyWorkers(CannotCertify):
    """More than MOST workers."""

    sentence = _("Terlalu banyak pekerja sekaligus. Pilih satu program.")


class FileNotThere(CannotCertify):
    """The file is not made yet, or its days are over."""

    sentence = _("Berkas ini belum jadi atau sudah dihapus. Mintalah yang baru.")


class Fetched(NamedTuple):
    """A file as it is handed out."""

    content: bytes
    is_zip: bool


# --- asked -------------------------------------------------------------------------------
def ask(*, donor: Donor, by: User, rows: QuerySet[Sponsorship], now: datetime) -> CertificateBatch:
    """Ask for the certificates of these sponsorships of a donor, in the order in which they
    are given out: by village and name. Rings `certificates_asked`.

    Asked twice while the first is being made, it is one batch. Raises NobodyPaidFor,
    TooManyWorkers.
    """
    paid = rows.filter(donor=donor, paid_until__isnull=False)
    order = paid.order_by("worker__village__name", "worker__name", "pk")
    ids = list(order.values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise NobodyPaidFor
    if len(ids) > MOST:
        raise TooManyWorkers
    with transaction.atomic():
        list(Donor.everything.filter(pk=donor.pk).select_for_update(no_key=True).values_list("pk"))
        waiting = CertificateBatch.objects.filter(donor=donor, asked_by=by, finished_at=None)
        for batch in waiting.filter(total=len(ids), expires_at__gt=now):
            if batch.sponsorships == ids:
                return batch
        batch = CertificateBatch.objects.create(
            donor=donor,
            asked_by=by,
            asked_at=now,
            sponsorships=ids,
            total=len(ids),
            expires_at=now + timedelta(days=settings.CERTIFICATE_DAYS),
        )
        transaction.on_commit(lambda: bells.ring("certificates_asked"))
    return batch


# --- drawn -------------------------------------------------------------------------------
def make_certificates(*, now: datetime) -> dict[str, int]:
    """Draw what is asked for, and delete what is over. Idempotent. Returns counts.

    Two runs never spoil each other: a batch is claimed, and a part is kept once. One that
    fails is logged and tried again later.
    """
    counts = {"drawn": 0, "finished": 0, "failed": 0, "deleted": _delete_expired(now)}
    for pk in _waiting(now).order_by("asked_at").values_list("pk", flat=True):
        if not _waiting(now).filter(pk=pk).update(claimed_at=now):
            continue
        batch = CertificateBatch.objects.select_related("asked_by", "donor").get(pk=pk)
        try:
            counts["drawn"] += _draw(batch, now)
            counts["finished"] += _finish(batch, now)
        except (typst.TypstError, DatabaseError, OSError):
            logger.exception("certificates %s could not be made", pk)
            counts["failed"] += 1
            continue
        CertificateBatch.objects.filter(pk=pk, finished_at=None).update(claimed_at=None)
    if _waiting(now).exists():
        bells.ring("certificates_asked")
    return counts


def _waiting(now: datetime) -> QuerySet[CertificateBatch]:
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE)
    return CertificateBatch.objects.filter(free, finished_at__isnull=True, expires_at__gt=now)


def _parts(batch: CertificateBatch) -> range:
    return range(0, len(batch.sponsorships), PER_PART)


def _draw(batch: CertificateBatch, now: datetime) -> int:
    """Draw the parts that are not there yet, a run's worth of them."""
    there = set(batch.parts.values_list("number", flat=True))
    missing = [start for start in _parts(batch) if start not in there][:PARTS_A_RUN]
    return sum(_draw_part(batch, start, now) for start in missing)


def _draw_part(batch: CertificateBatch, start: int, now: datetime) -> int:
    ids = batch.sponsorships[start : start + PER_PART]
    rows = Sponsorship.everything.filter(pk__in=ids, donor=batch.donor).select_related(
        "worker__village", "donor", "enrollment__office"
    )
    by_id = {row.pk: row for row in rows}
    with translation.override(batch.asked_by.language):
        today = jakarta_date(now)
        found = donors_protections([by_id[pk] for pk in ids if pk in by_id], today=today)
        content = pdf("certificate", certificates_paper(found, now=now)) if found else b""
    path = sealed_files.keep(content, folder=FOLDER) if content else ""
    try:
        with transaction.atomic():
            CertificatePart.objects.create(
                batch=batch, number=start, certificates=len(found), file=path
            )
            CertificateBatch.objects.filter(pk=batch.pk).update(done=F("done") + len(ids))
    except IntegrityError:
        # Another run was faster with this part.
        sealed_files.remove(path)
        return 0
    except BaseException:
        sealed_files.remove(path)
        raise
    return len(found)


def _finish(batch: CertificateBatch, now: datetime) -> int:
    """Put the parts together once all are there; tell whether that was done."""
    parts = list(batch.parts.order_by("number"))
    if len(parts) < len(_parts(batch)):
        return 0
    drawn = [part for part in parts if part.file]
    path = drawn[0].file if len(drawn) == 1 else _packed(drawn)
    unfinished = CertificateBatch.objects.filter(pk=batch.pk, finished_at=None)
    with transaction.atomic():
        first = unfinished.update(
            file=path,
            finished_at=now,
            expires_at=now + timedelta(days=settings.CERTIFICATE_DAYS),
        )
        if first:
            batch.parts.all().delete()
    for part in drawn:
        if first and part.file != path:
            sealed_files.remove(part.file)
    if not first and len(drawn) > 1:
        sealed_files.remove(path)
    return first


def _packed(parts: Sequence[CertificatePart]) -> str:
    """Pack parts into one file, named by the numbers of their first and last certificate."""
    if not parts:
        return ""
    packed, first = BytesIO(), 1
    # A PDF is packed already.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for part in parts:
            last = first + part.certificates - 1
            content = sealed_files.read(part.file, folder=FOLDER)
            # A fixed time: the same certificates are the same file.
            name = zipfile.ZipInfo(f"sertifikat-{first:05}-{last:05}.pdf")
            file.writestr(name, content)
            first = last + 1
    return sealed_files.keep(packed.getvalue(), folder=FOLDER)


# --- fetched, and gone -------------------------------------------------------------------
@transaction.atomic
def fetch(*, batch: CertificateBatch, viewer: User, now: datetime) -> Fetched:
    """Return the file for a member of its donor, and log that he has it. Raises FileNotThere."""
    if not batch.file or batch.finished_at is None or batch.expires_at <= now:
        raise FileNotThere
    try:
        content = sealed_files.read(batch.file, folder=FOLDER)
    except sealed_files.SealedFileGone as error:
        raise FileNotThere from error
    record_view(
        viewer=viewer,
        obj=batch,
        what="certificates",
        reason=f"{batch.total} sertifikat",
        now=now,
        office=batch.donor.opened_by_office,
    )
    return Fetched(content, is_zip=content.startswith(b"PK"))


def _delete_expired(now: datetime) -> int:
    """Delete the files of batches whose days are over, the files first: a run that is cut off
    finds the rows once more."""
    over = CertificateBatch.objects.filter(expires_at__lte=now)
    deleted = 0
    for part in CertificatePart.objects.filter(batch__in=over):
        sealed_files.remove(part.file)
        part.delete()
    for batch in over.exclude(file=""):
        sealed_files.remove(batch.file)
        deleted += CertificateBatch.objects.filter(pk=batch.pk, file=batch.file).update(file="")
    return deleted
