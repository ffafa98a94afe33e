"""Files that prove something: checked by content, made small, sealed on disk.

A photo of a signed form bears a NIK, a signature and perhaps the place where it was
taken; the last goes before it is kept, the rest is readable only through the portal.
"""

import hashlib
import io
import warnings
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.audit import record, record_view
from accounts.models import User
from bricks import sealed_files
from workers.models import Enrollment, Evidence

PURPOSE = "evidence"
MAX_BYTES = 5 * 1024 * 1024
#: A photo from a phone of today; more would be a bomb rather than a form.
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 2000
JPEG_QUALITY = 82
PDF_END_WITHIN = 2048


class BadFile(Exception):
    """The file cannot be kept; its sentence is fit for the donor."""

    sentence: ClassVar[str | Promise] = _(
        "Berkas ini tidak terbaca. Kirim foto JPG, PNG, atau PDF."
    )

    def __str__(self) -> str:
        return str(self.sentence)


class FileTooBig(BadFile):
    """More than MAX_BYTES, or a picture of more than MAX_PIXELS."""

    sentence = _("Berkas lebih dari 5 MB. Foto ulang dengan ukuran lebih kecil.")


class FileEmpty(BadFile):
    """Nothing arrived."""

    sentence = _("Berkasnya kosong. Pilih sekali lagi.")


class FileGone(Exception):
    """The sealed file is no longer on disk."""


@dataclass(frozen=True)
class StoredFile:
    """A sealed file on disk, not yet the evidence of a case."""

    path: str
    content_type: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        return asdict(self)


def keep_file(*, content: bytes) -> StoredFile:
    """Check a file, make a photo small and clean, and seal it under a random name.

    JPEG and PNG are drawn anew, which drops what the camera wrote into them (place,
    device) and whatever else was hidden inside. Raises BadFile.
    """
    plain, content_type = _cleaned(content)
    return StoredFile(
        path=sealed_files.keep(plain, purpose=PURPOSE),
        content_type=content_type,
        size=len(plain),
        sha256=hashlib.sha256(plain).hexdigest(),
    )


def attach(
    *, enrollment: Enrollment, stored: StoredFile, user: User | None, now: datetime
) -> Evidence:
    """Make a stored file the evidence of a case; the same file twice is kept once."""
    evidence, made = Evidence.objects.get_or_create(
        path=stored.path,
        defaults={
            "enrollment": enrollment,
            "content_type": stored.content_type,
            "size": stored.size,
            "sha256": stored.sha256,
            "uploaded_by": user,
            "uploaded_at": now,
        },
    )
    if made:
        record(
            action="evidence.attached",
            obj=evidence,
            now=now,
            actor=user,
            office=enrollment.office,
            after={
                "enrollment": enrollment.pk,
                "content_type": stored.content_type,
                "sha256": stored.sha256,
            },
        )
    return evidence


def open_evidence(*, evidence: Evidence) -> bytes:
    """Return the plain content of an evidence. Raises FileGone and CannotOpen."""
    try:
        return sealed_files.read(evidence.path)
    except FileNotFoundError as error:
        raise FileGone(str(evidence)) from error


@transaction.atomic
def view_evidence(*, evidence: Evidence, viewer: User, now: datetime) -> bytes:
    """Return the plain content for an officer, and log that he looked at it.

    Raises FileGone.
    """
    content = open_evidence(evidence=evidence)
    record_view(
        viewer=viewer,
        obj=evidence,
        what="evidence",
        reason="case",
        now=now,
        office=evidence.enrollment.office,
    )
    return content


def drop_file(*, path: str) -> None:
    """Remove a stored file that no case took; one that evidence rests on stays."""
    if path and not Evidence.objects.filter(path=path).exists():
        sealed_files.remove(path)


# --- checking by content -----------------------------------------------------------
def _cleaned(content: bytes) -> tuple[bytes, str]:
    if not content:
        raise FileEmpty
    if len(content) > MAX_BYTES:
        raise FileTooBig
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-PDF_END_WITHIN:]:
            raise BadFile
        return content, "application/pdf"
    return _redrawn(content)


def _redrawn(content: bytes) -> tuple[bytes, str]:
    """Draw a photo anew, upright, without metadata, at most LONGEST_SIDE wide or high."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
                kind = picture.format
                if picture.width * picture.height > MAX_PIXELS:
                    raise FileTooBig
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                return _encoded(upright, str(kind))
    except Image.DecompressionBombError as error:
        raise FileTooBig from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadFile from error


def _encoded(picture: Image.Image, kind: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    if kind == "PNG":
        # A PNG may hide texts in its chunks; a copy of the pixels has none.
        bare = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
        bare.info = {}
        bare.save(out, "PNG", optimize=True)
        return out.getvalue(), "image/png"
    bare = picture.convert("RGB")
    bare.info = {}
    bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue(), "image/jpeg"
