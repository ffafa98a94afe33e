"""The figures of a board as a file: one figure a line, each with its day and source."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from bricks.clock import JAKARTA
from dashboards.charts import MEASURE_NAMES
from dashboards.rollup import CASES, MONEY
from dashboards.selectors import Board, Goal, Official

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

#: part, area, code, as of, what, value, source, certainty
Line = tuple[str, str, str, str, str, Any, str, str]


def safe_cell(value: Any) -> str:
    """Write a cell so that no spreadsheet takes a text for a formula."""
    text = "" if value is None else str(value)
    is_text = not isinstance(value, int)
    return f"'{text}" if is_text and text.startswith(_STARTS_A_FORMULA) else text


def as_csv(board: Board) -> str:
    """Write what the page shows, with `;` between cells as an Indonesian spreadsheet reads."""
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, delimiter=";")
    writer.writerow(_heads())
    for line in _lines(board):
        writer.writerow([safe_cell(cell) for cell in line])
    return file.getvalue()


def _heads() -> list[str]:
    return [
        _("Bagian"),
        _("Wilayah"),
        _("Kode"),
        _("Per"),
        _("Ukuran"),
        _("Nilai"),
        _("Sumber"),
        _("Kepastian"),
    ]


def _lines(board: Board) -> Iterator[Line]:
    yield from _portal(board)
    for official in board.officials:
        yield from _official(official)
    for goal in board.goals:
        yield from _goal(goal)


def _portal(board: Board) -> Iterator[Line]:
    source = _("SERTAKAN, dihitung %(when)s") % {
        "when": board.computed_at.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M WIB")
    }
    name, code = (board.area.name, board.area.pk) if board.area else (_("Semua provinsi"), "")
    trend = _("Melalui portal, per bulan")
    for month, row in board.months:
        what = str(MEASURE_NAMES["covered"])
        yield trend, name, code, f"{month:%Y-%m}", what, row["covered"], source, ""
    year = _("Melalui portal, 12 bulan")
    for measure in (*CASES, *MONEY):
        what = str(MEASURE_NAMES[measure])
        yield year, name, code, str(board.day), what, board.year[measure], source, ""
    today = _("Melalui portal, kini")
    places = [
        (name, code, board.total),
        *((p.area.name, p.area.pk, p.figures) for p in board.places),
    ]
    for name, code, figures in places:
        for measure, value in figures.items():
            yield today, name, code, str(board.day), str(MEASURE_NAMES[measure]), value, source, ""


def _official(official: Official) -> Iterator[Line]:
    part = _("Angka BPJS Ketenagakerjaan")
    segments = " + ".join(official.segment_names)
    coverage = official.coverage
    values = [
        (_("Peserta"), coverage.active),
        (_("Dasar hitung"), coverage.base),
        (_("Cakupan (persen)"), _decimal(coverage.percent)),
    ]
    for what, value in values:
        if value not in (None, ""):
            yield (
                part,
                official.area.name,
                official.area.pk,
                str(official.as_of),
                f"{what}: {segments}",
                value,
                official.source,
                official.certainty,
            )


def _goal(goal: Goal) -> Iterator[Line]:
    target = goal.target
    due = str(target.due_on) if target.due_on else ""
    values = [
        (_("Sasaran (persen)"), _decimal(goal.percent)),
        (_("Sasaran (orang)"), target.people),
    ]
    for what, value in values:
        if value not in (None, ""):
            certainty = str(target.get_certainty_display())
            name, code = goal.area.name, goal.area.pk
            yield _("Sasaran"), name, code, due, what, value, target.source, certainty


def _decimal(percent: Any) -> str:
    return "" if percent is None else f"{percent:.2f}".replace(".", ",")
