"""What may come back as a file of answers: read whatever it is called, bounded, or refused."""

import io
import time
import tracemalloc
import zipfile
from contextlib import suppress
from zlib import crc32

import msoffcrypto.format.ooxml
import pytest
from openpyxl import Workbook

from tests.factories import TODAY
from tests.workers.checkfiles import CORE, REGISTRY, saved
from workers.checkfile import reading
from workers.checkfile.answers import Line, NoHeading, understand
from workers.checkfile.reading import read_table
from workers.checkfile.writing import lock

HEAD = "baris;kasus;identitas;aktif_sampai;karyawan;meninggal;tanggal_meninggal;kpj\n"
CASES = {1: "D-26000001-1", 2: "D-26000002-1"}
QUICKLY = 60.0
LITTLE = 80 * 1024 * 1024


def read(content, target=CORE, **more):
    content = content.encode() if isinstance(content, str) else content
    return understand(read_table(content, **more), target=target, cases=CASES, today=TODAY)


def faults(rows):
    return [(fault.row, fault.reason) for fault in read(HEAD + rows).faults]


def book_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


# --- what is understood ----------------------------------------------------------------------
def test_every_answer_of_a_line_is_read():
    found = read(HEAD + "1;D-26000001-1;cocok;31-12-2026;tidak;ya;01-02-2026;01234567890\n")
    answer = {
        "identity": "match",
        "member_until": "2026-12-31",
        "employee": False,
        "dead": True,
        "dead_on": "2026-02-01",
    }
    assert found.lines == [Line(1, answer, "01234567890")]
    assert (found.faults, found.silent, found.is_sandbox) == ([], 0, False)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cocok", "match"),
        ("MATCH", "match"),
        ("Tidak  Cocok", "no_match"),
        ("no_match", "no_match"),
        ("Tidak ditemukan", "not_found"),
        ("not found", "not_found"),
    ],
)
def test_identity_comes_in_indonesian_or_english(word, meant):
    assert read(f"{HEAD}1;D-26000001-1;{word};;;;;\n").lines[0].answer == {"identity": meant}


@pytest.mark.parametrize("day", ["31-12-2026", "31/12/2026", "31.12.2026", "2026-12-31"])
def test_days_come_in_the_usual_spellings(day):
    found = read(f"{HEAD}1;D-26000001-1;;{day};;;;\n")
    assert found.lines[0].answer == {"member_until": "2026-12-31"}


def test_commas_windows_letters_and_english_headings_are_read():
    text = (
        "Line,Case,Identity,Employee active\r\n1,d-26000001-1,“x”,ya\r\n2,D-26000002-1,match,no\r\n"
    )
    found = read(text.encode("cp1252"))
    assert [fault.row for fault in found.faults] == [2]
    assert found.lines == [Line(2, {"identity": "match", "employee": False})]


def test_a_workbook_is_read_with_its_own_kinds_of_cells():
    content = book_of(
        ["RAHASIA", None],
        ["baris", "kasus", "identitas", "aktif_sampai", "karyawan", "meninggal", "kpj"],
        [1, "D-26000001-1", "cocok", TODAY, False, "tidak", "'01234567890"],
        [2.0, "D-26000002-1", "cocok", None, None, None, 1234567890],
    )
    found = read(content)
    answer = {
        "identity": "match",
        "member_until": TODAY.isoformat(),
        "employee": False,
        "dead": False,
    }
    assert found.lines == [Line(1, answer, "01234567890")]
    # A number has lost its zeros: nobody knows the KPJ any more.
    assert [(fault.row, "KPJ" in fault.reason) for fault in found.faults] == [(4, True)]


def test_our_own_locked_workbook_opens_with_its_password_and_no_other():
    plain = book_of(["baris", "kasus", "identitas"], [1, "D-26000001-1", "cocok"])
    content = lock(plain, "satu-dua")
    assert read(content, password="satu-dua").lines == [Line(1, {"identity": "match"})]
    for wrong in ("tiga", ""):
        with pytest.raises(reading.Locked):
            read(content, password=wrong)


def test_silent_lines_and_unread_columns_are_told():
    found = read("baris;kasus;identitas;kpj;warna\n1;D-26000001-1;;;biru\n", target=REGISTRY)
    # The registry is not asked for a KPJ.
    assert (found.lines, found.silent, found.unread) == ([], 1, ["kpj", "warna"])


# --- what is told line by line -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("9;D-26000001-1;cocok;;;;;", "tidak ada dalam berkas"),
        ("1;D-26000009-1;cocok;;;;;", "milik berkas lain"),
        ("satu;D-26000001-1;cocok;;;;;", "tidak terbaca"),
        ("²;D-26000001-1;cocok;;;;;", "tidak terbaca"),
        ("1;D-26000001-1;mungkin;;;;;", "tulis cocok"),
        ("1;D-26000001-1;=1+1;;;;;", "tulis cocok"),
        ("1;D-26000001-1;;31-02-2026;;;;", "kalender"),
        ("1;D-26000001-1;;besok;;;;", "HH-BB-TTTT"),
        ("1;D-26000001-1;;01-01-1900;;;;", "wajar"),
        ("1;D-26000001-1;;;barangkali;;;", "ya atau tidak"),
        ("1;D-26000001-1;;;;tidak;01-01-2026;", "bukan ya"),
        ("1;D-26000001-1;;;;ya;21-11-2026;", "belum tiba"),
        ("1;D-26000001-1;tidak ditemukan;;ya;;;", "kolom lain terisi"),
        ("1;D-26000001-1;cocok;;;;;1,23E+10", "KPJ"),
        ("1;D-26000001-1;cocok;;;;;=2+2", "KPJ"),
    ],
)
def test_a_faulty_line_is_told_by_its_row_and_used_for_nothing(row, told):
    found = read(f"{HEAD}{row}\n2;D-26000002-1;cocok;;;;;\n")
    assert [line.number for line in found.lines] == [2]
    [fault] = found.faults
    assert fault.row == 2
    assert told in fault.reason


def test_a_line_that_comes_twice_is_used_for_neither():
    rows = "1;D-26000001-1;cocok;;;;;\n1;D-26000001-1;tidak cocok;;;;;\n"
    assert [row for row, _reason in faults(rows)] == [2, 3]
    assert read(HEAD + rows).lines == []


# --- what is refused ---------------------------------------------------------------------------
def refused(content, **more):
    """Return the sentence of a refusal, which comes quickly and takes little memory."""
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(reading.Unreadable) as refusal:
            read(content, **more)
        assert time.perf_counter() - began < QUICKLY
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()
    return str(refusal.value)


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as box:
        for name, text in parts.items():
            box.writestr(name, text)
    return out.getvalue()


def with_sheet(sheet):
    """Our own kind of workbook with another sheet inside."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book_of(["baris", "kasus"]))) as box,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as other,
    ):
        for name in box.namelist():
            kept = sheet if name == "xl/worksheets/sheet1.xml" else box.read(name)
            other.writestr(name, kept)
    return out.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "%s</sheetData></worksheet>"
)


def test_a_bomb_is_refused_before_it_is_unfolded():
    bomb = zipped({"xl/workbook.xml": b" " * 500_000_000, "[Content_Types].xml": b"x"})
    assert len(bomb) < 1_000_000
    assert "terlalu besar" in refused(bomb)
    assert "terlalu besar" in refused(
        zipped({"xl/workbook.xml": b"", **{str(n): b"" for n in range(200)}})
    )


def test_a_bomb_that_lies_about_its_size_unfolds_no_further_than_it_says():
    head, size = b"<x/>", 500_000_000
    bomb = zipped({"xl/workbook.xml": head + b" " * (size - len(head))})
    true_size, true_check = (
        size.to_bytes(4, "little"),
        zipfile.ZipFile(io.BytesIO(bomb)).infolist()[0].CRC,
    )
    # The sum that would give the lie away is that of the part which is read.
    lies = {
        true_size: len(head).to_bytes(4, "little"),
        true_check.to_bytes(4, "little"): crc32(head).to_bytes(4, "little"),
    }
    for true, lie in lies.items():
        assert bomb.count(true) == 2
        bomb = bomb.replace(true, lie)
    assert refused(bomb)


def test_a_million_empty_rows_are_refused():
    rows = "".join(f'<row r="{n}"/>' for n in range(1, 200_001))
    assert "5.000 baris" in refused(with_sheet(SHEET % rows))
    assert refused(with_sheet(SHEET % "<row/>" * 1_000_000))
    # One cell at the very end makes the library fill the rows above it.
    far = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert refused(with_sheet(SHEET % far))
    assert "5.000 baris" in refused("baris;kasus\n" + "\n" * 1_000_000)


def test_a_row_of_endless_columns_is_read_no_further_than_a_table_is_wide():
    cells = "".join('<c t="inlineStr"><is><t>x</t></is></c>' for _n in range(100_000))
    assert "terlalu besar" in refused(with_sheet(SHEET % f'<row r="1">{cells}</row>'))
    few = cells[: len(cells) // 10]
    assert "Kolom baris dan kasus" in refused(with_sheet(SHEET % f'<row r="1">{few}</row>'))
    assert "Kolom baris dan kasus" in refused(";".join("x" * 100_000))


def test_entities_are_refused():
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert "rusak" in refused(with_sheet(laughs))
    assert "rusak" in refused(with_sheet(laughs.encode("utf-16")))


def test_a_lock_that_would_keep_us_busy_is_not_tried(monkeypatch):
    content = lock(book_of(["baris", "kasus"]), "sandi")
    real = msoffcrypto.format.ooxml._parseinfo

    def slow(stream):
        kind, info = real(stream)
        return kind, {**info, "spinValue": 10_000_000}

    monkeypatch.setattr(msoffcrypto.format.ooxml, "_parseinfo", slow)
    assert "Kata sandi" in refused(content, password="sandi")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "kosong"),
        (b";;;\n;;\n", "kosong"),
        (b"x" * (20 * 1024 * 1024), "5 MB"),
        (b"%PDF-1.7 jawaban.csv", "bukan tabel"),
        (b"\xff\xd8\xff\xe0 jawaban.xlsx", "bukan tabel"),
        (b"\x00\x01\x02", "bukan tabel"),
        ("baris;kasus\n".encode("utf-16"), "bukan tabel"),
        (b"PK\x03\x04 broken", "rusak"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", "bukan tabel"),
        (b"nama;umur\nSiti;30\n", "Kolom baris dan kasus"),
        (b'baris;kasus\n1;"' + b"x" * 200_000, "bukan tabel"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(content, told):
    assert told in refused(content)


def test_another_kind_of_zip_is_no_workbook():
    assert "bukan tabel" in refused(zipped({"word/document.xml": b"<x/>"}))


def test_a_broken_workbook_never_crashes():
    sound = book_of(["baris", "kasus", "identitas"], [1, "D-26000001-1", "cocok"])
    for content in (sound, lock(sound, "sandi")):
        for at in range(0, len(content), len(content) // 40):
            broken = bytearray(content)
            broken[at] ^= 0xFF
            broken[(at * 7) % len(content)] ^= 0x55
            # Anything but a reading or a refusal raises here.
            with suppress(reading.Unreadable):
                read(bytes(broken), password="sandi")


def test_no_heading_is_looked_for_beyond_the_first_rows():
    with pytest.raises(NoHeading):
        read("x\n" * 20 + HEAD)
