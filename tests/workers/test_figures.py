"""The figures of a branch: counted by hand here, and never about a person."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from tests.factories import NOW, TODAY, EnrollmentFactory, OfficeFactory, officer
from workers import figure_selectors
from workers.figure_selectors import median_of
from workers.models import EnrollmentEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def days_ago(days):
    return NOW - timedelta(days=days)


def decided(kind="approved", *, came=4, after=1, office=None, again=None):
    """A case that came in `came` days ago and was decided `after` days later."""
    case = EnrollmentFactory(
        office=office or OfficeFactory(), submitted_at=days_ago(came), status="rejected"
    )
    step(case, "submitted", days_ago(came))
    if again is not None:
        step(case, "repaired", days_ago(again))
    step(case, kind, days_ago(came - after))
    return case


def step(case, kind, at):
    EnrollmentEvent.objects.create(enrollment=case, kind=kind, at=at)


def figures(by="minggu", offices=None):
    offices = offices or [OfficeFactory()]
    return figure_selectors.branch_figures(offices, today=TODAY, by=by)


# --- the median ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "median"),
    [([], None), ([3], 3), ([1, 2], 1.5), ([1, 1, 9], 1), ([0, 0, 5, 7], 2.5), ([2] * 6, 2)],
)
def test_the_median_of_counted_days(days, median):
    assert median_of(Counter(days)) == median


# --- weeks and months ------------------------------------------------------------------------
def test_twelve_weeks_from_monday_and_the_present_one_until_today():
    periods = figures().periods
    assert len(periods) == 12
    assert (periods[-1].first, periods[-1].last) == (date(2026, 11, 16), TODAY)
    assert periods[0].first == date(2026, 8, 31)
    assert all(p.last + timedelta(days=1) == q.first for p, q in pairwise(periods))


def test_twelve_months_and_the_present_one_until_today():
    periods = figures("bulan").periods
    assert (periods[0].first, periods[0].last) == (date(2025, 12, 1), date(2025, 12, 31))
    assert (periods[-1].first, periods[-1].last) == (date(2026, 11, 1), TODAY)


def test_what_came_in_and_was_decided_falls_into_its_week():
    # Friday, 20 November: four days ago is Monday of this week, five Sunday of the last.
    decided(came=4, after=1)
    decided("returned", came=4, after=4)
    decided(came=5, after=0)
    this, last = figures().periods[-1].figures, figures().periods[-2].figures
    assert (this.received, this.decided, this.returned) == (2, 2, 1)
    assert (last.received, last.decided) == (1, 1)
    # One working day (Monday to Tuesday) and four (Monday to Friday).
    assert (this.median, this.return_rate) == (2.5, 50)


def test_the_days_of_a_repaired_case_run_from_the_repair():
    decided(came=10, after=9, again=2)
    # Repaired on Wednesday, decided on Thursday.
    assert figures().whole.median == 1


def test_a_case_that_came_back_counts_as_two_decisions():
    case = decided("returned", came=4, after=1)
    step(case, "repaired", days_ago(2))
    step(case, "approved", days_ago(1))
    whole = figures().whole
    assert (whole.received, whole.decided, whole.returned, whole.return_rate) == (1, 2, 1, 50)


def test_before_midnight_in_jakarta_is_that_day():
    case = EnrollmentFactory(submitted_at=days_ago(30), status="rejected")
    # Sunday, 15 November, 23.30 in Jakarta: the week before.
    step(case, "approved", NOW.replace(day=15, hour=23, minute=30))
    assert figures().periods[-2].figures.decided == 1


def test_nothing_decided_has_no_median_and_no_rate():
    whole = figures().whole
    assert (whole.decided, whole.median, whole.return_rate) == (0, None, None)


# --- what is open -------------------------------------------------------------------------------
def test_open_cases_are_grouped_by_their_age_in_working_days():
    EnrollmentFactory(submitted_at=NOW, due_on=TODAY)
    EnrollmentFactory(submitted_at=days_ago(2), due_on=TODAY)
    EnrollmentFactory(submitted_at=days_ago(30), due_on=TODAY - timedelta(days=9), in_review=True)
    EnrollmentFactory(returned=True, submitted_at=days_ago(30))
    found = figures()
    assert [(group.start, group.count) for group in found.ages] == [
        (0, 1),
        (2, 1),
        (3, 0),
        (6, 0),
        (11, 1),
    ]
    assert (found.open, found.overdue) == (3, 1)


# --- several offices ---------------------------------------------------------------------------
def test_each_office_has_its_own_row_by_name():
    near, far = OfficeFactory(), OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lahat")
    decided(office=near)
    EnrollmentFactory(office=far, due_on=TODAY - timedelta(days=1))
    rows = figures(offices=[far, near]).offices
    assert [(row.office, row.figures.decided, row.open, row.overdue) for row in rows] == [
        (far, 0, 1, 1),
        (near, 1, 0, 0),
    ]
    assert figures(offices=[near]).open == 0


def test_the_questions_grow_with_neither_cases_nor_offices(django_assert_num_queries):
    offices = [OfficeFactory(), *(OfficeFactory(code=f"TEST-{k}") for k in range(5))]
    for office in offices:
        decided(office=office)
    with django_assert_num_queries(4):
        figures(offices=offices[:1])
    for office in offices * 3:
        decided(office=office, came=9)
    with django_assert_num_queries(4):
        figures(offices=offices)


# --- the page ------------------------------------------------------------------------------------
def page(client, who, **asked):
    client.force_login(who)
    return client.get(reverse("branch_figures"), asked)


def test_the_page_shows_the_figures_and_names_nobody(client):
    who = officer(name="Petugas Rajin")
    decided("returned")
    shown = page(client, who).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Masuk dan diputuskan" in shown
    assert "100 %" in shown
    assert shown.count("Petugas Rajin") <= 1, "the name of who is signed in, and no other"


def test_a_kanwil_reads_its_branches_and_one_of_them(client):
    near = OfficeFactory()
    decided(office=near)
    EnrollmentFactory(office=OfficeFactory(code="TEST-LAHAT", name="Kantor Cabang Lahat"))
    who = officer(Role.Kind.REGIONAL_ADMIN)
    both = page(client, who)
    assert {row.office.code for row in both.context["figures"].offices} >= {
        "TEST-LAHAT",
        near.code,
    }
    assert "Menurut abjad, untuk seluruh masa" in both.content.decode()
    one = page(client, who, kantor="TEST-LAHAT", per="bulan").context["figures"]
    assert ([row.office.code for row in one.offices], one.open, one.by) == (
        ["TEST-LAHAT"],
        1,
        "bulan",
    )


def test_an_office_under_other_eyes_is_not_found(client):
    far = OfficeFactory(code="TEST-LAIN")
    assert page(client, officer(), kantor=far.code).status_code == 404
    assert page(client, officer(), kantor="TIDAK-ADA").status_code == 404
    assert page(client, officer(), per="tahun").status_code == 404


def test_the_file_says_the_same_as_the_page(client):
    decided("returned")
    client.force_login(officer())
    response = client.get(reverse("branch_figures_csv"))
    lines = response.content.decode("utf-8-sig").splitlines()
    assert response["Content-Disposition"] == 'attachment; filename="angka-cabang-2026-11-20.csv"'
    week = "Minggu;Kantor Cabang Palembang;2026-11-16;2026-11-20"
    assert f"{week};Dikembalikan;1" in lines
    assert f"{week};Dikembalikan (persen);100,0" in lines
    assert f"{week};Waktu tengah (hari kerja);1,0" in lines


def test_who_watches_over_no_office_reads_an_empty_page(client):
    found = page(client, officer(Role.Kind.AUDITOR))
    assert (found.status_code, found.context["figures"].open) == (200, 0)
