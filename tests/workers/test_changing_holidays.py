"""Head office's holidays: days added, called otherwise, taken away, and read from a file."""

from datetime import date

import pytest

from accounts.models import AuditEvent
from bricks.tables import read_table
from regions.holiday_csv import (
    COLUMNS,
    current_days,
    fingerprint,
    plan_holidays,
    read_day,
    write_holidays,
)
from regions.models import Holiday
from regions.selectors import add_working_days, holiday_years
from regions.services import load_holidays
from tests.factories import NOW, TODAY, EnrollmentFactory, officer
from workers.models import Enrollment
from workers.services import holidays

pytestmark = pytest.mark.django_db

DAY = date(2027, 3, 10)


def act() -> dict[str, object]:
    return {"by": officer("head_office"), "now": NOW}


def add(day: date = DAY, name: str = "Idulfitri") -> None:
    holidays.add_holiday(day=day, name=name, **act())


def plan(text: str):
    lines = read_table(f"tanggal;nama\n{text}".encode(), COLUMNS)
    return plan_holidays(lines, current_days(), this_year=2026)


def bring(text: str, seen: str | None = None) -> int:
    content = f"tanggal;nama\n{text}".encode()
    return holidays.import_holidays(
        content=content, seen=seen or fingerprint(current_days()), **act()
    )


def test_a_day_is_entered_once():
    add()
    add()
    with pytest.raises(holidays.HolidayTaken):
        add(name="Lain")
    assert current_days() == {DAY: "Idulfitri"}
    event = AuditEvent.objects.get()
    assert (event.action, event.object_id, event.after) == (
        "holiday.added",
        "2027-03-10",
        {"name": "Idulfitri"},
    )


def test_a_day_is_called_otherwise_if_it_is_still_what_the_editor_saw():
    add()
    holidays.rename_holiday(day=DAY, former="Idulfitri", name="Hari Raya", **act())
    with pytest.raises(holidays.HolidaysChanged):
        holidays.rename_holiday(day=DAY, former="Idulfitri", name="Lain", **act())
    with pytest.raises(holidays.HolidaysChanged):
        holidays.remove_holiday(day=DAY, former="Idulfitri", **act())
    assert current_days() == {DAY: "Hari Raya"}


def test_a_day_that_goes_is_told():
    add()
    holidays.remove_holiday(day=DAY, former="Idulfitri", **act())
    assert not Holiday.objects.exists()
    assert AuditEvent.objects.get(action="holiday.removed").before == {"name": "Idulfitri"}


def test_a_new_holiday_moves_only_what_is_due_later():
    case = EnrollmentFactory()
    due = case.due_on
    add(day=date(2026, 11, 23), name="Cuti bersama")
    assert Enrollment.everything.get(pk=case.pk).due_on == due
    assert add_working_days(TODAY, 1) == date(2026, 11, 24)


# --- a file ------------------------------------------------------------------------
def test_a_file_says_everything_about_the_years_it_names():
    add()
    add(date(2027, 5, 1), "Buruh")
    add(date(2026, 12, 25), "Natal")
    found = plan("10-03-2027;Hari Raya\n1/6/2027;Pancasila")
    assert [(s.day, s.kind, s.before, s.after) for s in found.steps] == [
        (DAY, "changed", "Idulfitri", "Hari Raya"),
        (date(2027, 5, 1), "removed", "Buruh", ""),
        (date(2027, 6, 1), "new", "", "Pancasila"),
    ]
    assert bring("10-03-2027;Hari Raya\n1/6/2027;Pancasila") == 3
    assert current_days() == {
        date(2026, 12, 25): "Natal",
        DAY: "Hari Raya",
        date(2027, 6, 1): "Pancasila",
    }


def test_the_same_file_again_changes_nothing():
    load_holidays()
    text = write_holidays(current_days())
    lines = read_table(text.encode(), COLUMNS)
    found = plan_holidays(lines, current_days(), this_year=2026)
    assert (found.problems, found.steps, found.unchanged) == ([], [], 26)
    assert holidays.import_holidays(content=text.encode(), seen="", **act()) == 0


def test_a_file_that_was_previewed_before_a_change_is_refused():
    seen = fingerprint(current_days())
    add()
    with pytest.raises(holidays.HolidaysChanged):
        bring("1-6-2027;Pancasila", seen)
    assert current_days() == {DAY: "Idulfitri"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("32-01-2027;X", "tanggal"),
        ("besok;X", "tanggal"),
        ("1-1-1999;X", "tanggal"),
        ("1-1-2031;X", "tanggal"),
        ("1-1-2027;", "nama"),
        (f"1-1-2027;{'x' * 101}", "nama"),
        ("2027-06-01;Lagi", "tanggal"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place_and_nothing_is_written(row, column):
    text = f"1-6-2027;Pancasila\n{row}"
    assert [(p.number, p.column) for p in plan(text).problems] == [(3, column)]
    with pytest.raises(holidays.FileNotReady):
        bring(text)
    assert not Holiday.objects.exists()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1-12-2027", date(2027, 12, 1)),
        ("01/12/2027", date(2027, 12, 1)),
        ("1.2.2027", date(2027, 2, 1)),
        ("2027-12-01", date(2027, 12, 1)),
        ("٠١-١٢-٢٠٢٧", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_a_spreadsheet_writes_it(text, day):
    assert read_day(text) == day


def test_the_coming_year_is_counted_though_it_has_none():
    add(date(2026, 12, 25), "Natal")
    assert holiday_years(TODAY) == {2026: 1, 2027: 0}
