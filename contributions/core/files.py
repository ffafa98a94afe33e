"""BPJS's core system where people carry the files: a locked workbook out, a table back.

BPJS Ketenagakerjaan publishes no layout of such a file (domain reference, section 12):
the columns are the portal's own, and what BPJS really takes is a matter of renaming
them here. The workbook asks for its answers in empty columns beside the lines.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from bricks import sealed_files
from bricks.tables import safe_cell
from contributions.core.columns import ANSWERED, EXPLAINED, TOLD
from contributions.core.protocol import Answer
from contributions.models import Remittance, RemittanceFile
from workers.checkfile.writing import lock, make_password

FOLDER = "remittances"
TEXT = "@"
NARROW, WIDE = 13, 30


class FilesCore:
    """Files that a treasurer fetches, hands over to BPJS, and whose answers he brings back."""

    name = "files"
    by_hand = True

    def send(self, *, remittance: UUID, content: str, now: datetime) -> str:
        """Keep the file ready to fetch, locked and sealed; the reference comes by hand."""
        if self.has(remittance):
            return ""
        row = Remittance.everything.get(uuid=remittance)
        password = make_password()
        locked = lock(write_workbook(row, content), password)
        path = sealed_files.keep(locked, purpose=FOLDER)
        kept = False
        try:
            _file, kept = RemittanceFile.objects.get_or_create(
                remittance=row,
                defaults={
                    "path": path,
                    "sha256": hashlib.sha256(locked).hexdigest(),
                    "password": password,
                    "made_at": now,
                },
            )
        finally:
            if not kept:
                # Another job was faster, or no row knows the file.
                sealed_files.remove(path)
        return ""

    def has(self, remittance: UUID) -> bool:
        """Tell whether the file was made."""
        return RemittanceFile.objects.filter(remittance__uuid=remittance).exists()

    def answers(self, *, reference: str, now: datetime) -> Sequence[Answer]:
        """Answers come only as files that a person brings in (`services.answer_files`)."""
        return []


def write_workbook(remittance: Remittance, content: str) -> bytes:
    """Write the lines of `protocol.write_file` as a workbook: every cell a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("penyetoran")
    sheet.freeze_panes = "C2"
    columns = [*TOLD, *ANSWERED]
    for position, name in enumerate(columns):
        letter = chr(ord("A") + position)
        sheet.column_dimensions[letter].width = WIDE if name in {"penyetoran", "nama"} else NARROW
    sheet.append([_bold(sheet, name) for name in columns])
    for line in csv.DictReader(io.StringIO(content), delimiter=";"):
        told = [remittance.number, *(_shown(line[field]) for field in TOLD.values() if field)]
        sheet.append([_text(sheet, cell) for cell in [*told, *[""] * len(ANSWERED)]])
    _explain(book.create_sheet(_("Petunjuk")), remittance)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _explain(sheet: WriteOnlyWorksheet, remittance: Remittance) -> None:
    sheet.column_dimensions["A"].width = NARROW
    sheet.column_dimensions["B"].width = 90
    rows = [
        (_("Penyetoran"), remittance.number),
        (_("Jawaban"), _("Isi kolom ini, lalu unggah kembali ke portal (XLSX atau CSV):")),
        *((name, str(text)) for name, text in EXPLAINED.items()),
        (_("Jangan ubah"), _("penyetoran, baris")),
        (
            _("Catatan"),
            _("Susunan kolom ini milik portal. BPJS belum menerbitkan susunan resminya."),
        ),
        (_("Perhatian"), _("Data pribadi (UU 27/2022). Jangan teruskan tanpa izin.")),
    ]
    for row in rows:
        sheet.append([_text(sheet, cell) for cell in row])


def _shown(cell: str) -> str:
    """Write dates as people here do; the rest stays."""
    try:
        return f"{date.fromisoformat(cell):%d-%m-%Y}" if len(cell) == len("2026-11-01") else cell
    except ValueError:
        return cell


def _text(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=safe_cell(ILLEGAL_CHARACTERS_RE.sub("", text)) or None)
    cell.number_format = TEXT
    if cell.value is not None:
        cell.data_type = "s"
    return cell


def _bold(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = _text(sheet, text)
    cell.font = Font(bold=True)
    return cell
