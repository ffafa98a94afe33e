"""Official figures and targets: each with its source, none invented, history kept."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from dashboards import figure_files
from dashboards.models import OfficialFigure, Target
from dashboards.services import load_figures
from tests.dashboards import world
from tests.factories import NOW

HEAD = "area;segment;as_of;precision;active;base;percent;source;certainty\n"


def load(now=NOW):
    return load_figures(
        figures=figure_files.read_official_figures(),
        targets=figure_files.read_targets(),
        now=now,
    )


def file_of(tmp_path, line):
    path = tmp_path / "official_figures.csv"
    path.write_text(HEAD + line + "\n", encoding="utf-8")
    return path


@pytest.mark.django_db
def test_the_command_loads_what_is_documented_and_nothing_more():
    world.areas()
    call_command("load_figures")

    south = OfficialFigure.objects.get(area="16")
    assert (south.active, south.base, south.percent_hundredths) == (2_970_000, 30_200_000, None)
    assert south.precision == "noted"
    history = OfficialFigure.objects.filter(area="19").order_by("as_of")
    assert [row.percent_hundredths for row in history] == [4290, 3193, 3300]
    assert {(row.active, row.base) for row in history} == {(None, None)}
    city = OfficialFigure.objects.get(area="1971", segment="bpu")
    assert (city.active, city.base, city.precision) == (4_754, 23_416, "month")
    assert Target.objects.get(area="16").people == 50_000
    goal = Target.objects.get(area="19")
    assert (goal.percent_hundredths, goal.people, goal.due_on) == (5500, None, date(2026, 12, 31))
    assert not OfficialFigure.objects.filter(source="").exists()


@pytest.mark.django_db
def test_loading_again_changes_nothing():
    world.areas()
    assert load() == {"figures_changed": 6, "targets_changed": 2}
    assert load(NOW + timedelta(days=1)) == {"figures_changed": 0, "targets_changed": 0}
    assert not OfficialFigure.objects.exclude(recorded_at=NOW).exists()


@pytest.mark.django_db
def test_a_corrected_file_changes_only_what_differs():
    world.areas()
    load()
    OfficialFigure.objects.filter(area="16").update(active=1)
    later = NOW + timedelta(days=1)
    assert load(later)["figures_changed"] == 1
    south = OfficialFigure.objects.get(area="16")
    assert (south.active, south.recorded_at) == (2_970_000, later)


@pytest.mark.django_db
def test_an_area_that_is_not_loaded_stops_the_load_with_a_sentence():
    with pytest.raises(CommandError, match=r"load_regions.*16"):
        call_command("load_figures")
    assert not OfficialFigure.objects.exists()


@pytest.mark.parametrize(
    "line",
    [
        "16;all;2026-11-20;day;2,970,000;;;Sumber;",  # English thousands
        "16;all;2026-11-20;day;1.5;;;Sumber;",
        "16;all;2026-11-20;day;;;31.93;Sumber;",  # English decimals
        "16;all;2026-11-20;day;;;31,935;Sumber;",
        "16;all;20-11-2026;day;1;;;Sumber;",
        "16;everyone;2026-11-20;day;1;;;Sumber;",
        "16;all;2026-11-20;day;1;;; ;",  # no source
        "16;all;2026-11-20;day;1;;;Sumber;X",
        "16;all",
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_its_line(tmp_path, line):
    with pytest.raises(figure_files.BadFigure, match="line 2"):
        figure_files.read_official_figures(file_of(tmp_path, line))


@pytest.mark.django_db
def test_the_database_refuses_a_figure_that_says_nothing():
    world.areas()
    row = {"segment": "all", "as_of": NOW.date(), "source": "Sumber", "recorded_at": NOW}
    with pytest.raises(IntegrityError):
        OfficialFigure.objects.create(area_id="16", **row)


@pytest.mark.django_db
def test_the_database_refuses_a_second_target_without_a_day_from_one_source():
    world.areas()
    row = {"segment": "bpu", "people": 1, "source": "Sumber", "recorded_at": NOW}
    Target.objects.create(area_id="16", **row)
    with pytest.raises(IntegrityError):
        Target.objects.create(area_id="16", **row)
