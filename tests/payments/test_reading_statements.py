"""Reading what banks write: amounts, days, CSV and MT940 (P37; domain reference, trap 19)."""

import codecs
import contextlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.statements.amounts import NotAnAmount, read_amount, read_mark
from payments.statements.base import MOST_BYTES, BadStatement
from payments.statements.csv_file import Columns, guess, heading_of, read_csv, rows_of
from payments.statements.days import NotADay, read_day
from payments.statements.decoding import text_of
from payments.statements.mt940_file import is_mt940, read_mt940

RUPIAH = st.integers(0, 10**14)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
NOV_20 = date(2026, 11, 20)


# --- amounts ---------------------------------------------------------------------------
@settings(deadline=None)
@given(RUPIAH, st.sampled_from([(",", "."), (".", ",")]), st.sampled_from(["", "00", "0"]))
def test_both_styles_of_one_amount_are_the_same_rupiah(rupiah, style, sen):
    group, point = style
    written = f"{rupiah:,}".replace(",", group) + (point + sen if sen else "")
    assert read_amount(written).rupiah == rupiah
    for minus in (f"-{written}", f"{written}-", f"({written})", f"Rp -{written}"):
        assert read_amount(minus).rupiah == -rupiah
    for mark, sign in [("CR", 1), ("K", 1), ("DB", -1), (" D", -1)]:
        assert read_amount(f"{written} {mark}").signed == sign * rupiah


@settings(deadline=None)
@given(st.integers(1, 99), RUPIAH)
def test_sen_are_refused_and_never_rounded(sen, rupiah):
    with pytest.raises(NotAnAmount, match="sen"):
        read_amount(f"{rupiah}.{sen:02}")


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_text_breaks_the_reading(text):
    with contextlib.suppress(NotAnAmount):
        assert isinstance(read_amount(text).signed, int)


@pytest.mark.parametrize("text", ["1.23.456", "1,234.567", "12,345", "=1+1", "1e5", "9" * 16, "DB"])
def test_what_is_no_amount_is_refused(text):
    if text == "12,345":
        assert read_amount(text).rupiah == 12_345
        return
    with pytest.raises(NotAnAmount):
        read_amount(text)


def test_marks_are_those_of_the_bank():
    assert [read_mark(mark) for mark in ("D", "K", "DB", "CR", "debet", "Kredit")] == [
        *(-1, 1, -1, 1, -1, 1)
    ]
    with pytest.raises(NotAnAmount):
        read_mark("X")


# --- days ------------------------------------------------------------------------------
@settings(deadline=None)
@given(DAYS)
def test_a_day_is_read_in_every_style(day):
    for style in ("%d/%m/%Y", "%d-%m-%y", "%Y-%m-%d", "%d %b %Y", "%Y%m%d", "'%d/%m/%Y 10:30:00"):
        assert read_day(day.strftime(style)) == day


@settings(deadline=None)
@given(DAYS, st.integers(0, 300), st.data())
def test_a_day_without_a_year_is_the_one_of_the_period(first, length, data):
    last = min(first + timedelta(days=length), date(2099, 12, 31))
    day = data.draw(st.dates(first, last))
    assert read_day(day.strftime("%d/%m"), first=first, last=last) == day


@pytest.mark.parametrize("text", ["31/02/2026", "20/11", "PEND", "", "besok", "11/20/2026"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(NotADay):
        read_day(text)


# --- CSV ---------------------------------------------------------------------------------
MARKED = """Informasi Rekening
No. rekening : 1234567890
Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo
'20/11,"TRSF E-BANKING CR ST26-000123-7",0000,"1,234,000.00",CR,"2,234,000.00"
'20/11,=BIAYA ADM,0000,"10,000.00",DB,"2,224,000.00"
Saldo Akhir : 2,224,000.00
"""
TWO = """Tgl;Uraian;Debet;Kredit;Saldo
20-11-2026;TRSF ST26-000123-7;0,00;1.234.000,00;2.234.000,00
20-11-2026;=BIAYA ADM;10.000,00;;2.224.000,00
Total;;10.000,00;1.234.000,00;
"""


def columns(text, way, **more):
    rows = rows_of(text)
    at = heading_of(rows)
    found = guess(rows[at].cells, rows[at + 1 :])
    return replace(Columns(head=rows[at].cells, way=way, **found), **more)


def read(text, way, **more):
    told = {"first_day": NOV_20, "last_day": NOV_20, **more}
    return read_csv(text, columns=columns(text, way), **told)


@pytest.mark.parametrize(("text", "way"), [(MARKED, "mark"), (TWO, "two")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_banks_csv_is_read_whatever_its_letters_and_signs(text, way, encoding, end):
    found = read(text_of(text.replace("\n", end).encode(encoding)), way)
    assert [line.amount for line in found.lines] == [1_234_000, -10_000]
    assert (found.opening, found.closing) == (1_000_000, 2_224_000)
    assert found.lines[1].description == "=BIAYA ADM"
    assert len(found.skipped) == 1


def test_newest_first_is_turned_round():
    head, *rows, total = TWO.strip().splitlines()
    turned = "\n".join([head, *reversed(rows), total])
    assert [line.amount for line in read(turned, "two").lines] == [1_234_000, -10_000]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("2.234.000,00", "2.235.000,00", "Baris 3: saldo di berkas"),
        ("10.000,00;;", "10.000,50;;", "Baris 3: .*sen"),
        ("10.000,00;;", "10,000.00;;", "Baris 3: angkanya ditulis lain"),
        ("0,00;1.234", "5,00;1.234", "Baris 2: debit dan kredit"),
        ("20-11-2026;=B", "21-11-2026;=B", "Baris 3: tanggalnya di luar masa"),
        ("20-11-2026;=B", "PEND;=B", "Baris 3: bank belum membukukan"),
        ("20-11-2026;=B", "31-02-2026;=B", "Baris 3: .*bukan tanggal"),
    ],
)
def test_a_line_that_fails_names_itself(before, after, sentence):
    with pytest.raises(BadStatement, match=sentence):
        read(TWO.replace(before, after, 1), "two")


def test_without_balances_opening_and_closing_are_asked_and_must_fit():
    bare = "Tgl;Uraian;Debet;Kredit\n20-11-2026;a;;500\n"
    with pytest.raises(BadStatement, match="Isi saldo awal"):
        read(bare, "two")
    with pytest.raises(BadStatement, match="bukan saldo akhir"):
        read(bare, "two", opening=1, closing=500)
    assert read(bare, "two", opening=1, closing=501).incoming == 500


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"abc\x00\x01", "bukan teks"),
        (bytes(range(256)) * 9, "tidak terbaca"),
        (b" \r\n", "kosong"),
        (b"x" * (MOST_BYTES + 1), "terlalu besar"),
        (codecs.BOM_UTF16_LE + b"a", "tidak terbaca"),
    ],
)
def test_rubbish_is_told_in_a_sentence(content, sentence):
    with pytest.raises(BadStatement, match=sentence):
        text_of(content)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_table(text):
    try:
        rows = rows_of(text)
        read_csv(
            text,
            columns=Columns(head=rows[0].cells, date=0, description=1, way="sign", amount=2),
            first_day=NOV_20,
            last_day=NOV_20,
            opening=0,
            closing=0,
        )
    except BadStatement:
        pass


def test_twenty_thousand_lines_are_read_and_one_more_is_refused():
    many = "Tgl;Uraian;Debet;Kredit\n" + "20/11/2026;setoran;0,00;1,00\n" * 20_000
    assert len(read(many, "two", opening=0, closing=20_000).lines) == 20_000
    with pytest.raises(BadStatement, match="Terlalu panjang"):
        read(many + "20/11/2026;setoran;0;1\n", "two", opening=0, closing=20_001)


# --- MT940 -------------------------------------------------------------------------------
MT = """:20:STMT1
:25:CONTOHBANK/1234567890
:28C:1/1
:60F:C261119IDR1000000,00
:61:2611201120CR1234000,00NTRFNONREF//REF001
:86:TRSF ST26-000
123-7 PEMKAB CONTOH
:61:2611201120DR10000,NCHGNONREF
:86:BIAYA ADM
:62F:C261120IDR2224000,00
-
"""
NEXT = """:20:STMT2
:25:CONTOHBANK/1234567890
:60F:C261120IDR2224000,
:61:2611211121RC24000,NTRFNONREF
:62F:C261121IDR2200000,
-
"""


def test_mt940_is_read_with_its_days_texts_and_references():
    assert is_mt940(MT)
    found = read_mt940(text_of(MT.replace("\n", "\r\n").encode()), account_number="1234567890")
    assert (found.first_day, found.last_day) == (NOV_20, NOV_20)
    assert (found.opening, found.closing) == (1_000_000, 2_224_000)
    assert [(line.number, line.amount) for line in found.lines] == [(5, 1_234_000), (8, -10_000)]
    assert found.lines[0].reference == "REF001"


def test_statements_of_several_days_in_one_file_follow_from_each_other():
    found = read_mt940(MT + NEXT, account_number="1234567890")
    assert (found.last_day, found.closing, found.outgoing) == (
        date(2026, 11, 21),
        2_200_000,
        34_000,
    )
    with pytest.raises(BadStatement, match="Baris 12: saldo awal"):
        read_mt940(MT + NEXT.replace("IDR2224000", "IDR2224001"), account_number="1234567890")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("1234000,00N", "1234000,50N", "Baris 5: .*sen"),
        ("IDR2224000,00", "IDR2224001,00", "bukan saldo akhir"),
        ("IDR", "USD", "bukan rupiah"),
        ("/1234567890", "/999", "rekening lain"),
        (":61:2611201120D", ":61:26xx", "tidak terbaca"),
        (":62F:C261120IDR2224000,00", "", "saldo akhir tidak ada"),
    ],
)
def test_mt940_that_cannot_be_right_is_refused(before, after, sentence):
    with pytest.raises(BadStatement, match=sentence):
        read_mt940(MT.replace(before, after), account_number="1234567890")


@settings(deadline=None)
@given(st.text(alphabet=":2056CDIR1,6F\n-N/x", max_size=200))
def test_no_text_breaks_mt940(text):
    with contextlib.suppress(BadStatement):
        read_mt940(f"{text}\n:20:a\n:60F:{text}", account_number="1")
