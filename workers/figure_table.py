"""The figures of a branch as a chart and as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bricks.charts import LineChart, line_chart
from bricks.tables import write_table
from workers.figure_selectors import BranchFigures, Figures, Period


def label_of(period: Period, by: str) -> str:
    """Name a month, or a week by its Monday."""
    return date_format(period.first, "M" if by == "bulan" else "j/n")


def work_chart(figures: BranchFigures) -> LineChart:
    """Draw what came in against what was decided."""
    labels = [label_of(period, figures.by) for period in figures.periods]
    received = [float(period.figures.received) for period in figures.periods]
    decided = [float(period.figures.decided) for period in figures.periods]
    return line_chart(labels, [(pgettext("angka", "Masuk"), received), (_("Diputuskan"), decided)])


def as_csv(figures: BranchFigures, *, today: date) -> str:
    """Write what the page shows, one figure a line, with the days it speaks of."""
    heads = [_("Bagian"), _("Kantor"), _("Dari"), _("Sampai"), _("Ukuran"), _("Nilai")]
    return write_table(heads, _lines(figures, today))


def _lines(figures: BranchFigures, today: date) -> Iterator[tuple[Any, ...]]:
    offices = ", ".join(row.office.name for row in figures.offices)
    every = _("Bulan") if figures.by == "bulan" else _("Minggu")
    for period in figures.periods:
        for what, value in _values(period.figures):
            yield every, offices, period.first, period.last, what, value
    first, last = figures.periods[0].first, figures.periods[-1].last
    for row in figures.offices:
        for what, value in _values(row.figures):
            yield _("Kantor"), row.office.name, first, last, what, value
        yield _("Kini"), row.office.name, today, today, _("Terbuka"), row.open
        yield _("Kini"), row.office.name, today, today, _("Lewat batas waktu"), row.overdue
    for group in figures.ages:
        name = f"{group.start}+" if group.to is None else f"{group.start}-{group.to}"
        what = _("Terbuka, umur %(days)s hari kerja") % {"days": name}
        yield _("Kini"), offices, today, today, what, group.count


def _values(figures: Figures) -> list[tuple[str, Any]]:
    return [
        (pgettext("angka", "Masuk"), figures.received),
        (_("Diputuskan"), figures.decided),
        (_("Dikembalikan"), figures.returned),
        (_("Dikembalikan (persen)"), _decimal(figures.return_rate)),
        (_("Waktu tengah (hari kerja)"), _decimal(figures.median)),
    ]


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".replace(".", ",")
