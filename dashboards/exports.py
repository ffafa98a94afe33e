"""The figures of a board as a file: one figure a line, each with its day and source."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from bricks.clock import JAKARTA
from bricks.tables import write_table
from dashboards.charts import MEASURE_NAMES
from dashboards.rollup import CASES, MONEY
from dashboards.selectors import Board, Goal, Official

#: part, area, code, as of, what, value, source, certainty
Line = tuple[str, str, str, str, str, Any, str, str]


def as_csv(board: Board) -> str:
    """Write what the page shows, as an Indonesian spreadsheet reads it."""
    return write_table(_heads(), _lines(board))


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
