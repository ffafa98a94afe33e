"""Writing a check file: a workbook of texts, locked with a password of its own."""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msoffcrypto.format.ooxml
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from bricks.clock import JAKARTA
from bricks.tables import safe_cell
from workers.checkfile.columns import ASKED, CASE, EXPLAINED, LINE, TOLD

#: Letters and figures that nobody mistakes for another; 16 of them are 78 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4
TEXT = "@"
WIDTHS = {LINE: 7, CASE: 18, "nik": 20, "nama": 32}
USUAL_WIDTH = 17


@dataclass(frozen=True)
class Cover:
    """Whose file it is: stands on every sheet and on every printed page."""

    number: str
    target: str
    target_name: str
    office: str
    purpose: str
    made_by: str
    released_by: str
    at: datetime
    until: datetime

    @property
    def watermark(self) -> str:
        return _("RAHASIA %(number)s · diminta %(maker)s · dilepas %(checker)s, %(when)s WIB") % {
            "number": self.number,
            "maker": self.made_by,
            "checker": self.released_by,
            "when": f"{self.at.astimezone(JAKARTA):%d-%m-%Y %H.%M}",
        }


@dataclass(frozen=True)
class Row:
    """One case in the file."""

    number: int
    case_number: str
    nik: str
    name: str
    birth_date: date
    sex: str


def make_password() -> str:
    """Return a password that can be read out on the telephone."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _letter in range(GROUP_LENGTH))
        for _group in range(GROUPS)
    )
    return "-".join(groups)


def write_workbook(cover: Cover, rows: Sequence[Row]) -> bytes:
    """Write the cases as a workbook: every cell a text, none a formula."""
    book = Workbook()
    sheet: Worksheet = book.active
    sheet.title = cover.number
    columns = [*TOLD, *ASKED[cover.target]]
    _put(sheet, 1, [cover.watermark])
    _put(sheet, 2, columns)
    # Empty answers bear the format of a text too, or a typed KPJ would lose its zeros.
    unanswered = [""] * len(ASKED[cover.target])
    for at, row in enumerate(rows, start=3):
        birth_date = f"{row.birth_date:%d-%m-%Y}"
        told = [str(row.number), row.case_number, row.nik, row.name, birth_date, row.sex]
        _put(sheet, at, [*told, *unanswered])
    for position, name in enumerate(columns):
        letter = chr(ord("A") + position)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, USUAL_WIDTH)
    sheet.freeze_panes = "C3"
    _explain(book.create_sheet(_("Petunjuk")), cover)
    for each in book.worksheets:
        each["A1"].font = Font(bold=True)
        each.oddFooter.center.text = cover.watermark.replace("&", "&&")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lock(workbook: bytes, password: str) -> bytes:
    """Encrypt a workbook as Excel does (ECMA-376 agile: AES-256, SHA-512)."""
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(workbook)).encrypt(password, out)
    return out.getvalue()


def _explain(sheet: Worksheet, cover: Cover) -> None:
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 80
    lines = [
        [cover.watermark],
        [_("Untuk"), cover.target_name],
        [_("Kantor"), cover.office],
        [_("Keperluan"), cover.purpose],
        [_("Dihapus"), f"{cover.until.astimezone(JAKARTA):%d-%m-%Y}"],
        [_("Jawaban"), _("Isi kolom ini, lalu unggah kembali (XLSX atau CSV):")],
        *([name, str(EXPLAINED[name])] for name in ASKED[cover.target]),
        [_("Jangan ubah"), f"{LINE}, {CASE}"],
        [_("Perhatian"), _("Data pribadi (UU 27/2022). Jangan teruskan tanpa izin.")],
    ]
    for at, line in enumerate(lines, start=1):
        _put(sheet, at, line)


def _put(sheet: Worksheet, row: int, cells: Sequence[str]) -> None:
    for column, text in enumerate(cells, start=1):
        cell = sheet.cell(row=row, column=column)
        if text:
            cell.value = safe_cell(ILLEGAL_CHARACTERS_RE.sub("", text))
            cell.data_type = "s"
        cell.number_format = TEXT
