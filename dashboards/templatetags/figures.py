"""How a figure from outside is written: as exactly as its source gives it, and no more."""

from django import template
from django.utils.translation import gettext as _

from bricks.templatetags.house import bulan, percent, tanggal_singkat
from dashboards.models import OfficialFigure
from dashboards.selectors import Official

register = template.Library()


@register.filter
def figure_day(figure: Official | None) -> str:
    """Write the day, the month or the year that a figure stands for."""
    if figure is None:
        return ""
    precision = OfficialFigure.Precision
    if figure.precision == precision.YEAR:
        return str(figure.as_of.year)
    if figure.precision == precision.MONTH:
        return bulan(figure.as_of)
    if figure.precision == precision.NOTED:
        return _("tanpa tanggal, dicatat %(day)s") % {"day": tanggal_singkat(figure.as_of)}
    return tanggal_singkat(figure.as_of)


@register.filter
def figure_percent(figure: Official | None) -> str:
    """Write a published 33 % as such; one that was computed, or has them, with two decimals."""
    if figure is None:
        return ""
    coverage = figure.coverage
    whole = coverage.hundredths == coverage.published and (coverage.published or 0) % 100 == 0
    return percent(coverage.percent, 0 if whole else 2)
