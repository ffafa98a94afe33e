"""The roof's own verbs: rolling figures up, and loading those that come from outside."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from dashboards import rollup
from dashboards.figure_files import Line
from dashboards.models import AreaMonth, OfficialFigure, Target
from regions.models import Area


class AreaNotLoaded(LookupError):
    """A figure speaks of an area that `load_regions` has not loaded; says which."""


def rebuild_dashboards(*, today: date, now: datetime, months_back: int = 13) -> dict[str, int]:
    """Roll up the present month and the past ones that changed, for every area.

    The present month gets a row for each province and regency, so that its `computed_at`
    says when the figures were last looked at; a past month is written only where a figure
    differs, be it lower (a payment taken back lowers it). Repeating it changes nothing.
    The statements do not grow with the number of workers.
    """
    days = rollup.month_days(today, months_back)
    found = rollup.figures(days, arrears_months=settings.ARREARS_MONTHS)
    levels = [Area.Level.PROVINCE, Area.Level.REGENCY]
    areas = Area.objects.filter(level__in=levels).values_list("pk", flat=True)
    present = {(code, days[-1].month) for code in areas}
    nothing = dict.fromkeys(rollup.MEASURES, 0)
    with transaction.atomic():
        before = _kept(days[0].month, days[-1].month)
        changed = {
            key
            for key in {*before, *found, *present}
            if found.get(key, nothing) != before.get(key, nothing)
        }
        AreaMonth.objects.bulk_create(
            [
                AreaMonth(
                    area_id=code,
                    month=month,
                    computed_at=now,
                    **found.get((code, month), nothing),
                )
                for code, month in sorted(changed | present)
            ],
            update_conflicts=True,
            unique_fields=["area", "month"],
            update_fields=[*rollup.MEASURES, "computed_at"],
        )
    return {"figures_changed": len(changed)}


def _kept(first: date, last: date) -> rollup.Figures:
    rows = AreaMonth.objects.filter(month__gte=first, month__lte=last)
    return {
        (row["area"], row["month"]): {name: row[name] for name in rollup.MEASURES}
        for row in rows.values("area", "month", *rollup.MEASURES)
    }


def load_figures(
    *, figures: Sequence[Line], targets: Sequence[Line], now: datetime
) -> dict[str, int]:
    """Keep official figures and targets, each with its source and date; history stays.

    A figure is known by area, segment, day and source: loading it again changes only what
    differs. Raises AreaNotLoaded before anything is written.
    """
    codes = {line.area for line in (*figures, *targets)}
    missing = codes - set(Area.objects.filter(pk__in=codes).values_list("pk", flat=True))
    if missing:
        raise AreaNotLoaded(", ".join(sorted(missing)))
    with transaction.atomic():
        return {
            "figures_changed": _keep(OfficialFigure, figures, now),
            "targets_changed": _keep(Target, targets, now),
        }


def _keep(model: type[OfficialFigure | Target], lines: Iterable[Line], now: datetime) -> int:
    """Write the figures that are new or differ; return how many these are."""
    changed = 0
    for line in lines:
        rows = model.objects.filter(**line.key)
        kept = rows.values(*line.rest).first()
        if kept is None:
            model.objects.create(**line.key, **line.rest, recorded_at=now)
        elif kept != line.rest:
            rows.update(**line.rest, recorded_at=now)
        changed += kept != line.rest
    return changed
