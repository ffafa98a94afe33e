"""Offices as a file: what is written, what is read, what each row would change."""

import csv
import io

import pytest

from bricks.tables import BYTE_ORDER_MARK, Line, UnreadableFile, read_table, write_table
from regions.models import Office, OfficeArea, OfficeException
from regions.office_csv import COLUMNS, Plan, plan_offices, tidy_phone, write_offices
from regions.office_table import current_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]


def exported() -> str:
    return write_offices(current_table())


def lines(text: str | None = None) -> list[Line]:
    return read_table((text or exported()).encode(), COLUMNS)


def of(*codes: str) -> list[dict[str, str]]:
    """The cells of these offices as they are exported, to be changed by a test."""
    return [dict(line.cells) for line in lines() if line.cells["kode_kantor"] in codes]


def plan(rows: list[dict[str, str]]) -> Plan:
    read = [Line(number, {**cells}) for number, cells in enumerate(rows, start=2)]
    return plan_offices(read, current_table())


def told(found: Plan) -> set[tuple[int, str]]:
    return {(problem.number, problem.column) for problem in found.problems}


def steps(found: Plan) -> set[tuple[str, str, str, str]]:
    return {(s.change.office, s.change.key, s.before, s.after) for s in found.steps}


def row(rows: list[dict[str, str]], area: str) -> dict[str, str]:
    return next(cells for cells in rows if cells["kode_wilayah"] == area)


# --- out ---------------------------------------------------------------------------
def test_the_file_has_a_row_per_office_and_area_that_excel_reads():
    text = exported()
    assert text.startswith(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)), delimiter=";"))
    assert {(r["kode_wilayah"], r["utama"], r["diatur"]) for r in rows} >= {
        ("1671", "ya", "ya"),
        ("1271", "tidak", "ya"),
        ("16", "", ""),
    }
    assert {r["kode_kantor"] for r in rows} == set(Office.objects.values_list("code", flat=True))
    assert next(r for r in rows if r["kode_wilayah"] == "1671")["nama_wilayah"].startswith("Kota")


def test_a_text_that_looks_like_a_formula_is_written_as_text_and_read_back():
    Office.objects.filter(code="KC-KISARAN").update(name="=HYPERLINK(1)", address="+62 jalan")
    text = exported()
    assert "'=HYPERLINK(1)" in text
    assert not plan_offices(lines(text), current_table()).steps


# --- in ----------------------------------------------------------------------------
def test_the_same_file_again_changes_nothing():
    OfficeException.objects.create(area_id="127101", office=Office.objects.get(code="KC-KISARAN"))
    found = plan_offices(lines(), current_table())
    assert (found.problems, found.steps) == ([], [])
    assert found.unchanged == found.rows > 100
    assert not found.is_ready


def test_a_changed_field_is_shown_from_and_to():
    rows = of("KC-KISARAN")
    for cells in rows:
        cells["alamat"] = "Jalan Baru 1"
    found = plan(rows)
    assert steps(found) == {("KC-KISARAN", "address", "", "Jalan Baru 1")}
    assert found.is_ready


def test_a_new_branch_comes_with_its_areas_and_takes_a_default():
    new = dict(of("KC-PALEMBANG")[0], kode_kantor="KC-BARU", nama="Baru", kode_wilayah="1604")
    found = plan([dict(new, utama="ya", diatur="ya")])
    assert ("KC-BARU", "name", "", "Baru") in steps(found)
    assert ("KC-BARU", "regency 1604", "", "kantor utama") in steps(found)
    former = (
        "KC-PALEMBANG",
        "regency 1604",
        "kantor utama, belum diatur",
        "melayani, belum diatur",
    )
    assert former in steps(found)
    assert found.is_ready


def test_a_province_moves_from_the_kanwil_that_had_it():
    found = plan([*of("KANWIL-SUMBAGUT"), dict(of("KANWIL-SUMBAGUT")[0], kode_wilayah="19")])
    assert steps(found) == {
        ("KANWIL-SUMBAGUT", "province 19", "", "ya"),
        ("KANWIL-SUMBAGSEL", "province 19", "ya", ""),
    }


def test_what_an_office_of_the_file_does_not_list_is_no_longer_its_own():
    rows = [cells for cells in of("KC-MEDAN-UTARA") if cells["kode_wilayah"] != "1271"]
    rows = rows or [dict(of("KC-MEDAN-UTARA")[0], kode_wilayah="", utama="", diatur="")]
    assert ("KC-MEDAN-UTARA", "regency 1271", "melayani", "") in steps(plan(rows))


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"kode_kantor": "kc kecil"}, "kode_kantor"),
        ({"nama": ""}, "nama"),
        ({"nama": "x" * 101}, "nama"),
        ({"jenis": "cabang"}, "jenis"),
        ({"jenis": "kcp"}, "kode_kantor"),
        ({"induk": "KC-TIDAK-ADA"}, "induk"),
        ({"induk": "KC-MEDAN-KOTA"}, "kode_kantor"),
        ({"telepon": "711123456"}, "telepon"),
        ({"telepon": "tanya satpam"}, "telepon"),
        ({"buka": "mungkin"}, "buka"),
        ({"buka": "tidak"}, "buka"),
        ({"kode_wilayah": "9999"}, "kode_wilayah"),
        ({"kode_wilayah": "16"}, "kode_wilayah"),
        ({"kode_wilayah": "٣٣٣٣"}, "kode_wilayah"),
        ({"utama": "x"}, "utama"),
        ({"diatur": ""}, "diatur"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row_and_column(change, column):
    rows = of("KC-KISARAN")[:1]
    found = plan([{**rows[0], **change}])
    assert (2, column) in told(found)
    assert not found.steps or not found.is_ready


def test_a_province_that_stands_twice_names_the_first_row():
    rows = of("KANWIL-SUMBAGSEL")
    found = plan([*rows, dict(of("KANWIL-SUMBAGUT")[0], kode_wilayah="16")])
    problem = found.problems[0]
    assert (problem.number, problem.column) == (len(rows) + 2, "kode_wilayah")
    assert "baris" in problem.sentence


def test_a_province_that_nobody_takes_is_refused():
    rows = [cells for cells in of("KANWIL-SUMBAGSEL") if cells["kode_wilayah"] != "19"]
    assert "Bangka Belitung" in plan(rows).problems[0].sentence


def test_a_regency_keeps_exactly_one_default():
    rows = of("KC-MEDAN-KOTA", "KC-MEDAN-UTARA")
    both = [dict(cells, utama="ya") if cells["kode_wilayah"] == "1271" else cells for cells in rows]
    none = [dict(cells, utama="tidak") for cells in rows]
    assert "Medan" in plan(both).problems[0].sentence
    assert any("Medan" in problem.sentence for problem in plan(none).problems)


def test_a_regency_is_not_left_without_an_office():
    rows = [cells for cells in of("KC-PALEMBANG") if cells["kode_wilayah"] != "1671"]
    found = plan(rows)
    assert any("Palembang" in problem.sentence for problem in found.problems)
    assert not found.is_ready


def test_rows_of_one_office_must_agree():
    rows = of("KC-PALEMBANG")[:2]
    rows[1]["nama"] = "Lain"
    assert (3, "nama") in told(plan(rows))


def test_what_was_wrong_before_does_not_stop_a_change_of_something_else():
    OfficeArea.objects.filter(regency="1271").update(is_default=False)
    rows = [dict(cells, kota="Asahan") for cells in of("KC-KISARAN")]
    assert plan(rows).is_ready


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("175", "175"), ("0711123456", "0711 123456"), ("0711 123 456", "0711 123 456"), ("", "")],
)
def test_a_number_that_begins_with_0_survives_a_spreadsheet(typed, kept):
    assert tidy_phone(typed) == kept
    assert tidy_phone(kept) == kept


# --- files that are none -------------------------------------------------------------
HEAD = ";".join(COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04rest of a workbook",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"a;b\n1;2\n",
        b"x" * 1_000_001,
        (HEAD + "\n" + "a;" * 3).encode(),
        (HEAD + "\n" + ";" * 10 + "x" * 600).encode(),
        (HEAD + '\n"' + "a;" * 11).encode(),
        (HEAD + "\n" + ("x" + ";" * (len(COLUMNS) - 1) + "\n") * 5_001).encode(),
        (HEAD + "\n" + "x;\n" * 100_000).encode(),
        (HEAD + ";nama\n").encode(),
    ],
    ids=lambda content: content[:12],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_sentence(content):
    with pytest.raises(UnreadableFile) as refusal:
        read_table(content, COLUMNS)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_cells_may_be_parted_as_the_spreadsheet_likes(delimiter):
    text = write_table(["a", "b"], [["satu", "=2"]]).replace(";", delimiter)
    assert read_table(text.encode(), ["b", "a"]) == [Line(2, {"a": "satu", "b": "=2"})]
