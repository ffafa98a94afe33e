"""A list of cover that ends leaves the portal as a file: the export is a look, and logged."""

from datetime import date, datetime
from io import BytesIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from accounts.audit import record_view
from accounts.models import Role, User
from bricks.tables import safe_cell, write_table
from bricks.templatetags.house import nik_mask
from contributions.ending_words import said
from contributions.endings import Ending, endings
from contributions.models import Sponsorship

LOOK = "endings"
#: A spreadsheet of more rows is read by nobody; the list can be narrowed down.
MOST_ROWS = 10_000
TEXT = "@"


class TooManyRows(Exception):
    """More than MOST_ROWS rows were asked for; its sentence is fit for who asks."""

    def __str__(self) -> str:
        told = {"most": MOST_ROWS}
        return _("Lebih dari %(most)d baris. Saring daftarnya dulu.") % told


@transaction.atomic
def export_endings(
    *, rows: QuerySet[Sponsorship], kind: str, when: str, by: User, today: date, now: datetime
) -> bytes:
    """Write the listed rows as a CSV or, with `kind` xlsx, as a workbook of texts.

    `rows` are narrowed down to what the reader may see. NIKs are masked, no cell is a formula,
    and the view log says who took how many rows. Raises TooManyRows.
    """
    found = list(rows[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        raise TooManyRows
    lines = [_cells(row) for row in endings(found, today=today)]
    offices = by.offices(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)
    record_view(
        viewer=by,
        obj=by,
        what=LOOK,
        reason=f"{when}, {len(lines)} baris",
        now=now,
        office=offices[0] if offices else None,
    )
    return _workbook(lines) if kind == "xlsx" else write_table(columns(), lines).encode()


def columns() -> list[str]:
    """The headings, in the active language."""
    return [
        _("Pekerja"),
        _("NIK"),
        _("Desa atau kelurahan"),
        _("Kantor"),
        _("Program"),
        _("Donatur"),
        _("Dibayar sampai"),
        _("Sisa hari"),
        _("Tunggakan (bulan)"),
        _("Keadaan"),
        _("Langkah berikut"),
        _("Siapa bertindak"),
        _("JKM penuh lagi bila ada jeda"),
    ]


def _cells(row: Ending) -> list[str | int]:
    one, words = row.sponsorship, said(row)
    office = one.enrollment.office
    return [
        one.worker.name,
        nik_mask(one.worker.nik),
        one.worker.village.full_name if one.worker.village else "",
        office.name if office else "",
        one.programme.name,
        one.donor.name,
        f"{one.paid_until:%d-%m-%Y}",
        row.days_left if row.arrears is not None else "",
        row.arrears if row.arrears is not None else "",
        words.word,
        words.step,
        words.who,
        f"{row.jkm_again:%d-%m-%Y}" if row.jkm_again else "",
    ]


def _workbook(lines: list[list[str | int]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Akan berakhir"))
    heads: list[str | int] = [*columns()]
    for line in [heads, *lines]:
        cells = []
        for value in line:
            text = ILLEGAL_CHARACTERS_RE.sub("", safe_cell(value))
            cell = WriteOnlyCell(sheet, value=text or None)
            cell.number_format = TEXT
            if cell.value is not None:
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    file = BytesIO()
    book.save(file)
    return file.getvalue()
