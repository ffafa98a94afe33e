"""The lists of cover that ends: whose rows, when, what is said of them, and the file."""

import io
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Role, ViewLog
from bricks.months import arrears_of
from contributions import endings
from contributions.ending_words import said
from contributions.models import RenewalOutcome, RenewalRun, Sponsorship
from contributions.services.lapsing import lapse
from contributions.services.stopping import stop_sponsorship
from donors.models import DonorMember, Programme
from regions.models import Area
from tests.contributions.rows import at, sponsored
from tests.factories import (
    AreaFactory,
    DonorFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    RoleFactory,
    UserFactory,
)
from tests.workers.reports import reported
from workers.models import Worker

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 20)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(at(TODAY), tick=False):
        yield


def one(start: date = date(2026, 8, 1), *, name: str = "Siti Contoh", **more) -> Sponsorship:
    case = EnrollmentFactory(approved=True, months=1, name=name)
    return sponsored(start, 1, case=case, **more)


def ended(months_ago: int) -> Sponsorship:
    """Cover that ended so many months of arrears ago."""
    return one(date(2026, 8 - months_ago, 1))


def read(row: Sponsorship) -> endings.Ending:
    rows = endings.endings_watched(RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user)
    return endings.endings(rows.filter(pk=row.pk), today=TODAY)[0]


def branch_of(row: Sponsorship):
    return RoleFactory(kind=Role.Kind.BRANCH_OFFICER, office=row.enrollment.office).user


def officer_far_away():
    far = OfficeFactory(code="TEST-FAR")
    return RoleFactory(kind=Role.Kind.BRANCH_OFFICER, office=far).user


def names(client, name: str = "ending_soon", **asked) -> str:
    return client.get(reverse(name), asked).content.decode()


# --- when --------------------------------------------------------------------------------
@pytest.mark.parametrize("today", [date(2026, 3, 31), date(2028, 2, 29), date(2026, 12, 1)])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_days_of_arrears_are_those_of_the_clock(n, today):
    first, last = endings.arrears_days(n, today)
    days = [today - timedelta(days=k) for k in range(130)]
    assert [day for day in days if arrears_of(day, today) == n] == [
        day for day in days if first <= day <= last
    ]


def test_the_window_is_the_next_days_and_the_order_is_by_end(client):
    late, soon = one(date(2026, 8, 15)), one(date(2026, 8, 1))
    client.force_login(branch_of(late))
    page = client.get(reverse("ending_soon"), {"kapan": "30"})
    assert [row.sponsorship.pk for row, _said in page.context["rows"]] == [soon.pk, late.pk]
    page = client.get(reverse("ending_soon"), {"kapan": "14"})
    assert [row.sponsorship.pk for row, _said in page.context["rows"]] == [soon.pk]


def test_arrears_are_listed_by_their_month(client):
    row = ended(2)
    client.force_login(branch_of(row))
    assert row.worker.name in names(client, kapan="t2")
    assert row.worker.name not in names(client, kapan="t1")
    assert "tunggakan 2 bulan" in names(client, kapan="t2")


def test_who_was_stopped_and_ended_is_still_listed_until_somebody_covers_him(client):
    row = ended(1)
    stop_sponsorship(sponsorship=row, by=UserFactory(), now=at(date(2026, 7, 20)))
    lapse(today=date(2026, 8, 1), now=at(date(2026, 8, 1)))
    client.force_login(branch_of(row))
    assert row.worker.name in names(client, kapan="t1")
    sponsored(date(2026, 8, 1), 1, case=EnrollmentFactory(approved=True, months=1, of=row.worker))
    assert row.worker.name not in names(client, kapan="t1")


# --- whose -------------------------------------------------------------------------------
def test_a_branch_reads_its_own_and_another_donor_nothing(client):
    row = one()
    client.force_login(branch_of(row))
    assert row.worker.name in names(client)
    client.force_login(officer_far_away())
    assert row.worker.name not in names(client)
    client.force_login(DonorFactory().person)
    assert row.worker.name not in names(client, "ending_donor")


def test_a_donor_and_his_viewer_read_their_own(client):
    row = one()
    viewer = DonorMemberFactory(donor=row.donor, role=DonorMember.Role.VIEWER).user
    for user in (row.donor.person, viewer):
        client.force_login(user)
        assert row.worker.name in names(client, "ending_donor")


def test_it_is_narrowed_down_by_village_regency_programme_and_donor(client):
    row = one()
    client.force_login(branch_of(row))
    village = row.worker.village
    regency = Area.objects.get(pk=village.pk[:4])
    fitting = {
        "desa": village.name[:5],
        "kabupaten": regency.name,
        "program": row.programme.name,
        "donatur": row.donor.name,
    }
    for name, value in fitting.items():
        assert row.worker.name in names(client, **{name: value})
        assert row.worker.name not in names(client, **{name: "tidak ada"})


def test_a_nik_is_no_search(client):
    row = one()
    client.force_login(branch_of(row))
    assert "Cari dengan nama" in names(client, desa="1671011708850001")


# --- what is said -------------------------------------------------------------------------
def test_each_state_says_what_is_next_and_who_acts():
    assert read(one()).state == "renews"
    stopped = one()
    stop_sponsorship(sponsorship=stopped, by=UserFactory(), now=at(TODAY))
    assert read(stopped).state == "stopped"
    followed = one()
    stop_sponsorship(sponsorship=followed, by=UserFactory(), now=at(TODAY))
    sponsored(
        date(2026, 9, 1), 1, case=EnrollmentFactory(approved=True, months=1, of=followed.worker)
    )
    assert read(followed).state == "followed"
    assert read(one(parked_at=at(TODAY))).state == "parked"
    agreed = one(renews=False)
    Programme.objects.filter(pk=agreed.programme_id).update(
        fixed_from=date(2026, 8, 1), fixed_until=date(2026, 8, 31)
    )
    assert read(agreed).state == "agreed"
    lent = one(renews=False)
    Programme.objects.filter(pk=lent.programme_id).update(kind="bridge")
    assert read(lent).state == "bridged"
    second = one(renews=False)
    assert read(second).state == "stopped"
    sponsored(
        date(2026, 7, 1), 1, case=EnrollmentFactory(approved=True, months=1, of=second.worker)
    )
    assert read(second).state == "second"
    for row in (stopped, followed, agreed, lent, second):
        assert said(read(row)).who


def refused(row: Sponsorship, reason: str) -> Sponsorship:
    """The last renewal could not renew it."""
    run = RenewalRun.objects.create(
        kind="again", today=TODAY, started_at=at(TODAY), stage=5, finished_at=at(TODAY)
    )
    RenewalOutcome.everything.create(
        sponsorship=row, paid_until=row.paid_until, reason=reason, run=run,
        first_seen=TODAY, last_seen=TODAY,
    )  # fmt: skip
    return row


@pytest.mark.parametrize("reason", sorted(set(RenewalOutcome.Reason.values) - {""}))
def test_what_the_renewal_refused_is_not_said_to_go_on(client, reason):
    row = refused(one(), reason)
    found = read(row)
    assert found.state == "refused"
    words = said(found)
    assert words.word == "Tidak bisa diperpanjang"
    assert words.step
    assert words.who
    client.force_login(branch_of(row))
    assert words.step in names(client)


def test_what_was_refused_and_is_closed_goes_on():
    row = refused(one(), "fund_dry")
    RenewalOutcome.everything.update(closed_at=at(TODAY))
    assert read(row).state == "renews"


def test_weeks_count_as_going_on_what_is_not_refused():
    one()
    refused(one(), "fund_dry")
    head = RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user
    rows = endings.ending_within(endings.endings_watched(head), days=30, today=TODAY)
    assert [(week.count, week.renews) for week in endings.by_week(rows)] == [(2, 1)]


def test_the_day_of_the_full_jkm_after_a_gap_is_named():
    # Covered until 31 August; begun anew on 2 September, full on 2 December.
    assert read(one()).jkm_again == date(2026, 12, 2)
    assert read(ended(1)).jkm_again == date(2026, 11, 20)


def test_after_a_report_nothing_is_said_but_that_the_branch_decides(client):
    row = ended(1)
    reported(worker=row.worker, kind="death")
    found = read(row)
    assert (found.state, found.arrears, found.jkm_again) == ("reported", None, None)
    client.force_login(branch_of(row))
    page = names(client, kapan="t1")
    assert "Cabang yang memutuskan" in page
    assert "tidak dilindungi" not in page.lower()
    assert "tunggakan 1 bulan<" not in page


def test_weeks_are_counted():
    for start in (date(2026, 8, 1), date(2026, 8, 1), date(2026, 7, 25)):
        one(start)
    rows = endings.ending_within(
        endings.endings_watched(RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user),
        days=30,
        today=TODAY,
    )
    assert [(week.first, week.count) for week in endings.by_week(rows)] == [
        (date(2026, 8, 24), 1),
        (date(2026, 8, 31), 2),
    ]


def test_figures_are_counted_by_branch_and_regency(client):
    row = one()
    ended(1)
    client.force_login(RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user)
    page = client.get(reverse("ending_soon"), {"lihat": "angka"})
    office = page.context["offices"][0]
    assert office.name == row.enrollment.office.name
    assert office.windows == [0, 1, 1, 1, 1]
    assert office.arrears == [1, 0, 0]
    assert page.context["regencies"][0].windows == office.windows


def test_figures_lead_from_a_regency_to_its_villages_and_from_there_to_the_rows(client):
    row = one()
    other = one(name="Orang Lain")
    elsewhere = AreaFactory(code="1607012001")
    Worker.everything.filter(pk=other.worker_id).update(village=elsewhere)
    client.force_login(RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user)
    village, regency = row.worker.village_id, row.worker.village_id[:4]
    page = client.get(reverse("ending_soon"), {"lihat": "angka"})
    assert f"lihat=angka&amp;wilayah={regency}" in page.content.decode()
    page = client.get(reverse("ending_soon"), {"lihat": "angka", "wilayah": regency})
    assert [(found.key, found.windows) for found in page.context["villages"]] == [
        (village, [0, 1, 1, 1, 1])
    ]
    assert f"kapan=90&amp;wilayah={village}" in page.content.decode()
    page = client.get(reverse("ending_soon"), {"wilayah": village})
    assert [found.sponsorship.pk for found, _said in page.context["rows"]] == [row.pk]
    assert row.worker.village.full_name in page.content.decode()
    file = client.post(reverse("ending_soon_file"), {"wilayah": village}).content.decode()
    assert (row.worker.name in file, other.worker.name in file) == (True, False)


def test_a_village_of_another_branch_stays_hidden(client):
    row = one()
    client.force_login(officer_far_away())
    page = client.get(
        reverse("ending_soon"), {"lihat": "angka", "wilayah": row.worker.village_id[:4]}
    )
    assert page.context["regency"] is None
    page = client.get(reverse("ending_soon"), {"wilayah": row.worker.village_id})
    assert row.worker.name not in page.content.decode()


def test_figures_by_donor_have_those_with_most_to_end_first(client):
    late, row = one(date(2026, 7, 1)), one()
    client.force_login(RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user)
    page = client.get(reverse("ending_soon"), {"lihat": "angka"})
    found = [(figures.name, figures.windows[2]) for figures in page.context["donors"]]
    assert found == [(row.donor.name, 1), (late.donor.name, 0)]


def test_as_many_months_of_arrears_are_offered_as_the_clock_has(client, settings):
    settings.ARREARS_MONTHS = 2
    row = one()
    client.force_login(branch_of(row))
    page = names(client)
    assert 'value="t2"' in page
    assert 'value="t3"' not in page


# --- the file -------------------------------------------------------------------------------
def test_the_file_has_masked_niks_no_formula_and_is_logged(client):
    row = one(name="=Hyper Link")
    user = branch_of(row)
    client.force_login(user)
    answer = client.post(reverse("ending_soon_file"), {"kapan": "30", "berkas": "csv"})
    text = answer.content.decode("utf-8-sig")
    assert "'=Hyper Link" in text
    assert row.worker.nik not in text
    assert row.worker.nik[-4:] in text
    look = ViewLog.objects.get()
    assert (look.viewer, look.what, look.reason) == (user, "endings", "30, 1 baris")


def test_the_workbook_has_texts_alone(client):
    row = one(name="=Hyper Link")
    client.force_login(row.donor.person)
    answer = client.post(reverse("ending_donor_file"), {"berkas": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "'=Hyper Link" in [cell.value for cell in cells]


def test_a_file_bears_only_rows_of_the_readers_scope(client):
    row = one()
    client.force_login(officer_far_away())
    answer = client.post(reverse("ending_soon_file"))
    assert row.worker.name not in answer.content.decode()


def test_a_page_of_many_costs_no_query_more(client, django_assert_num_queries):
    first = one()
    for _ in range(4):
        one()
    client.force_login(branch_of(first))
    with django_assert_num_queries(18):
        client.get(reverse("ending_soon"))


def test_a_nik_in_a_search_is_refused_and_names_no_field_that_is_not_there(client):
    client.force_login(branch_of(one()))
    page = client.get(reverse("ending_soon"), {"desa": "3171 2345 6789 0123"}).content.decode()
    assert "Cari dengan nama, bukan dengan NIK." in page
    assert "pakai kolom" not in page
