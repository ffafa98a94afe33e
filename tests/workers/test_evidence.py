"""Files of proof: what is taken, what is refused, and how they lie on disk."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.factories import NOW, EnrollmentFactory
from workers.models import Evidence
from workers.services import evidence


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **save)
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def read_back(stored: evidence.StoredFile) -> bytes:
    return evidence.open_evidence(evidence=Evidence(path=stored.path))


@pytest.mark.parametrize(
    ("content", "kind"),
    [(photo("JPEG"), "image/jpeg"), (photo("PNG"), "image/png"), (PDF, "application/pdf")],
    ids=["jpeg", "png", "pdf"],
)
def test_a_photo_or_pdf_is_kept_and_read_back(content: bytes, kind: str) -> None:
    stored = evidence.keep_file(content=content)
    assert stored.content_type == kind
    assert len(read_back(stored)) == stored.size


def test_the_file_on_disk_is_sealed_under_a_name_that_tells_nothing(tmp_path: Path) -> None:
    stored = evidence.keep_file(content=PDF)
    on_disk = (tmp_path / stored.path).read_bytes()
    assert b"PDF" not in on_disk
    assert not Path(stored.path).suffix
    assert evidence.keep_file(content=PDF).path != stored.path


def test_the_place_where_a_photo_was_taken_is_dropped() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Telepon Contoh"
    exif.get_ifd(0x8825)[1] = "S"
    assert b"Telepon Contoh" in photo(exif=exif)
    plain = read_back(evidence.keep_file(content=photo(exif=exif)))
    assert b"Telepon Contoh" not in plain
    assert not Image.open(io.BytesIO(plain)).getexif()


def test_a_large_photo_becomes_small() -> None:
    stored = evidence.keep_file(content=photo(size=(4000, 3000)))
    assert max(Image.open(io.BytesIO(read_back(stored))).size) == evidence.LONGEST_SIDE


def test_a_photo_that_lies_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = evidence.keep_file(content=photo(size=(60, 40), exif=exif))
    assert Image.open(io.BytesIO(read_back(stored))).size == (40, 60)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"MZ\x90\x00 a programme",
        b"GIF89a" + b"\x00" * 50,
        photo()[:200],
        b"%PDF-1.7 without an end",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
    ],
    ids=["html", "exe", "gif", "half-a-jpeg", "half-a-pdf", "broken-png"],
)
def test_what_is_no_photo_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(evidence.BadFile) as refused:
        evidence.keep_file(content=content)
    assert str(refused.value)


def test_a_file_over_five_megabytes_is_refused() -> None:
    with pytest.raises(evidence.FileTooBig):
        evidence.keep_file(content=b"%PDF-" + b"0" * evidence.MAX_BYTES + b"%%EOF")


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(evidence.FileTooBig):
        evidence.keep_file(content=photo("PNG", size=(9000, 9000)))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(evidence.FileEmpty):
        evidence.keep_file(content=b"")


@pytest.mark.django_db
def test_a_stored_file_becomes_evidence_once() -> None:
    stored = evidence.keep_file(content=PDF)
    case = EnrollmentFactory()
    first = evidence.attach(enrollment=case, stored=stored, user=None, now=NOW)
    assert evidence.attach(enrollment=case, stored=stored, user=None, now=NOW) == first


@pytest.mark.django_db
def test_only_a_file_without_a_case_is_dropped(tmp_path: Path) -> None:
    kept, loose = evidence.keep_file(content=PDF), evidence.keep_file(content=PDF)
    evidence.attach(enrollment=EnrollmentFactory(), stored=kept, user=None, now=NOW)
    evidence.drop_file(path=kept.path)
    evidence.drop_file(path=loose.path)
    assert (tmp_path / kept.path).exists()
    assert not (tmp_path / loose.path).exists()


def test_a_file_that_is_gone_says_so() -> None:
    with pytest.raises(evidence.FileGone):
        evidence.open_evidence(evidence=Evidence(path="evidence/aa/none"))
