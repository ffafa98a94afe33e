"""The queue on the page: whose cases, in which order, how found, at what cost."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role
from notices.models import JobRun
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers import desk_selectors
from workers.models import Check, Enrollment
from workers.services.checking import make_checks
from workers.tasks import release_idle_cases

pytestmark = pytest.mark.django_db

#: So many the desk's page asks; house section 8 allows eleven.
QUESTIONS = 11


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def desk(client, user, **asked):
    client.force_login(user)
    return client.get(reverse("desk"), asked)


def shown(response):
    return [row.case for row in response.context["rows"]]


# --- whose ------------------------------------------------------------------------------
def test_a_branch_sees_its_own_cases_and_those_of_its_sub_branches(client):
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch)
    own, below = EnrollmentFactory(office=branch), EnrollmentFactory(office=sub)
    EnrollmentFactory(office=OfficeFactory(code="TEST-LAIN"))
    EnrollmentFactory(awaiting_consent=True)
    assert set(shown(desk(client, officer(office=branch)))) == {own, below}
    assert shown(desk(client, officer(office=sub))) == [below]


@pytest.mark.parametrize(
    "kind", [Role.Kind.TREASURER, Role.Kind.REGIONAL_ADMIN, Role.Kind.HEAD_OFFICE]
)
def test_the_desk_is_the_branchs_alone(client, kind):
    assert desk(client, officer(kind)).status_code == 403
    client.force_login(UserFactory())
    for name in ("desk", "desk_held"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("desk_next")).status_code == 403
    client.logout()
    assert client.get(reverse("desk")).status_code == 302


# --- in which order --------------------------------------------------------------------
def test_urgent_cases_come_first_then_overdue_then_the_oldest():
    who = officer()
    new = EnrollmentFactory(submitted_at=NOW - timedelta(hours=1))
    old = EnrollmentFactory(submitted_at=NOW - timedelta(hours=9))
    overdue = EnrollmentFactory(
        submitted_at=NOW - timedelta(hours=2), due_on=TODAY - timedelta(days=1)
    )
    starts = ProgrammeFactory(
        agreement=True, fixed_from=TODAY + timedelta(days=14), fixed_until=TODAY.replace(year=2027)
    )
    agreement = EnrollmentFactory(order=OrderFactory(programme=starts, submitted_at=NOW))
    ending = EnrollmentFactory(cover_ends_on=TODAY + timedelta(days=14))
    # The gap is there already, or still far off.
    EnrollmentFactory(cover_ends_on=TODAY - timedelta(days=1), returned=True)
    later = EnrollmentFactory(
        cover_ends_on=TODAY + timedelta(days=15), submitted_at=NOW + timedelta(minutes=1)
    )
    birthday = EnrollmentFactory(birth_date=TODAY.replace(year=1962, month=1, day=19))
    not_yet = EnrollmentFactory(
        birth_date=TODAY.replace(year=1962, month=1, day=20), submitted_at=NOW
    )
    cases = desk_selectors.desk_cases(who, today=TODAY).exclude(status="returned")
    assert [case.pk for case in cases] == [
        case.pk for case in (birthday, ending, agreement, overdue, old, new, not_yet, later)
    ]
    assert [str(row.urgency.label) for row in desk_selectors.desk_rows(cases, today=TODAY)] == [
        "Segera 65 tahun",
        "Perlindungan segera berakhir",
        "Perjanjian segera mulai",
        "Lewat batas",
        "",
        "",
        "",
        "",
    ]


def test_a_case_is_overdue_the_day_after_its_last_day_and_a_decided_one_never():
    case = EnrollmentFactory(due_on=TODAY)
    assert not desk_selectors.is_overdue(case, TODAY)
    assert desk_selectors.is_overdue(case, TODAY + timedelta(days=1))
    decided = EnrollmentFactory(returned=True, due_on=TODAY)
    assert not desk_selectors.is_overdue(decided, TODAY + timedelta(days=1))


def test_the_age_of_a_case_is_in_working_days_and_stops_at_its_decision():
    monday = NOW - timedelta(days=4)
    week_ago = EnrollmentFactory(submitted_at=NOW - timedelta(days=7))
    decided = EnrollmentFactory(
        returned=True, submitted_at=monday, decided_at=monday + timedelta(days=1)
    )
    ages = desk_selectors.working_ages([week_ago, decided], TODAY)
    assert ages == {week_ago.pk: 5, decided.pk: 1}


# --- how found -----------------------------------------------------------------------------
def test_the_page_says_what_it_needs_and_no_full_nik(client):
    case = sound_case(due_on=TODAY - timedelta(days=1))
    make_checks(enrollment=case, now=NOW)
    page = desk(client, officer()).content.decode()
    for part in (
        case.number,
        case.name,
        f"•••• {case.nik[-4:]}",
        "Lewat batas",
        "Tidak ada temuan",
    ):
        assert part in page
    assert case.nik not in page
    assert "Ambil kasus berikutnya (1)" in page


def test_cases_are_found_by_status_overdue_and_mine(client):
    who = officer()
    late = EnrollmentFactory(due_on=TODAY - timedelta(days=1))
    mine = EnrollmentFactory(in_review=True, taken_by=who)
    EnrollmentFactory(in_review=True)
    back = EnrollmentFactory(returned=True)
    assert shown(desk(client, who, terlambat="on")) == [late]
    assert shown(desk(client, who, saya="on")) == [mine]
    assert shown(desk(client, who, status="returned")) == [back]
    assert back not in shown(desk(client, who))
    counts = desk(client, who).context["counts"]
    assert counts == desk_selectors.DeskCounts(
        undecided=3, waiting=1, overdue=1, mine=1, returned=1, frozen=0
    )


def test_cases_are_found_by_what_the_checks_found(client):
    who = officer()
    fine, noted, stopped, risky = (sound_case(serial=9_000 + k * 97) for k in range(4))
    for case, kind, outcome in [
        (fine, "age", "ok"),
        (noted, "area", "note"),
        (stopped, "consent", "stop"),
        (risky, "risk_term", "note"),
    ]:
        Check.objects.create(enrollment=case, kind=kind, outcome=outcome, made_at=NOW)
    unchecked = EnrollmentFactory()
    for asked, found in [
        ("ok", {fine}),
        ("note", {noted, risky}),
        ("stop", {stopped}),
        ("risk", {risky}),
    ]:
        assert set(shown(desk(client, who, pemeriksaan=asked))) == found, asked
    assert unchecked in shown(desk(client, who, pemeriksaan="x"))


def test_cases_are_found_by_place_donor_office_urgency_and_freeze(client):
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch)
    who = officer()
    plain = EnrollmentFactory()
    village = AreaFactory(
        code="1671021001", name="Sukajaya", full_name="Sukajaya, Sukarami, Kota Palembang"
    )
    there = EnrollmentFactory(village=village)
    agreement = ProgrammeFactory(agreement=True)
    company = EnrollmentFactory(order=OrderFactory(programme=agreement, submitted_at=NOW))
    below = EnrollmentFactory(office=sub)
    ending = EnrollmentFactory(cover_ends_on=TODAY)
    frozen = EnrollmentFactory(approved=True, frozen_at=NOW, frozen_because="not_me")
    EnrollmentFactory(status="rejected", frozen_at=NOW, frozen_because="not_me")
    for asked, found in [
        ({"tempat": "sukarami"}, {there}),
        ({"donatur": company.donor.kind}, {company}),
        ({"kantor": sub.code}, {below}),
        ({"kantor": sub.code, "tempat": "sukarami"}, set()),
        ({"mendesak": "1"}, {ending}),
        ({"beku": "on"}, {frozen}),
    ]:
        assert set(shown(desk(client, who, **asked))) == found, asked
    assert frozen not in shown(desk(client, who))
    assert plain in shown(desk(client, who, kantor="TIDAK-ADA"))


def test_cases_are_found_by_number_or_name_whatever_their_status(client):
    who = officer()
    case = EnrollmentFactory(returned=True, name="Wulan Contoh")
    EnrollmentFactory(name="Orang Lain")
    for asked in (case.number, case.number.lower(), case.order.number, "wulan"):
        assert shown(desk(client, who, cari=asked)) == [case], asked
    assert shown(desk(client, who, cari="'; drop table workers_enrollment; --")) == []


@pytest.mark.parametrize("asked", ["1671011708850001", "1671 0117 0885 0001", "1671.0117.0885"])
def test_a_nik_is_no_search_word(client, asked):
    case = EnrollmentFactory()
    response = desk(client, officer(), cari=asked)
    assert shown(response) == [case]
    assert "Cari dengan nomor pendaftaran atau nama." in response.content.decode()


@pytest.mark.parametrize(
    "asked", [{"status": "x"}, {"page": "-3"}, {"page": "9999"}, {"saya": "?"}]
)
def test_bad_questions_get_a_page(client, asked):
    assert desk(client, officer(), **asked).status_code == 200


def test_an_empty_desk_says_what_happens_next(client):
    assert "Semua kasus sudah diputuskan" in desk(client, officer()).content.decode()
    nothing = desk(client, officer(), cari="zzz").content.decode()
    assert "Tidak ada kasus yang cocok" in nothing
    assert "Hapus saringan" in nothing


# --- at what cost -----------------------------------------------------------------------------
def many_cases(count):
    """Waiting cases with their checks, made in a few statements."""
    first = sound_case(submitted_at=NOW - timedelta(days=1))
    make_checks(enrollment=first, now=NOW)
    checks = list(first.checks.all())
    cases = EnrollmentFactory.build_batch(
        count,
        order=first.order,
        office=first.office,
        village=first.village,
        occupation=first.occupation,
        position=None,
        programme=first.programme,
    )
    for number, case in enumerate(cases):
        case.position, case.name_key = number + 10, ""
    Enrollment.everything.bulk_create(cases)
    Check.objects.bulk_create(
        Check(enrollment=case, kind=check.kind, outcome=check.outcome, made_at=NOW)
        for case in cases
        for check in checks
    )


def test_the_page_asks_fewer_than_twelve_questions_whatever_the_number_of_cases(
    client, django_assert_num_queries
):
    client.force_login(officer(Role.Kind.BRANCH_SUPERVISOR))
    many_cases(10)
    client.get(reverse("desk"))
    with django_assert_num_queries(QUESTIONS):
        client.get(reverse("desk"))
    many_cases(190)
    with django_assert_num_queries(QUESTIONS):
        page = client.get(reverse("desk"))
    assert page.context["page"].paginator.count == 202
    filtered = {"pemeriksaan": "ok", "tempat": "palembang", "donatur": "person"}
    with django_assert_num_queries(QUESTIONS):
        client.get(reverse("desk"), filtered)


# --- the next case, and who holds what ---------------------------------------------------------
def test_the_next_case_is_taken_and_opened(client):
    who = officer()
    case = sound_case()
    client.force_login(who)
    response = client.post(reverse("desk_next"))
    assert response.url == reverse("case", args=[case.uuid])
    assert again(case).taken_by == who
    response = client.post(reverse("desk_next"), follow=True)
    assert "Tidak ada kasus yang menunggu." in response.content.decode()


def test_a_supervisor_sees_who_holds_what_and_frees_it(client):
    case, holder = held_case()
    supervisor = officer(Role.Kind.BRANCH_SUPERVISOR)
    client.force_login(supervisor)
    page = client.get(reverse("desk_held")).content.decode()
    assert holder.name in page
    assert case.number in page
    response = client.post(reverse("case_assign", args=[case.uuid]))
    assert response.url == reverse("desk_held")
    assert again(case).status == Enrollment.Status.SUBMITTED


def test_an_officer_is_no_supervisor(client):
    case, holder = held_case()
    client.force_login(officer())
    assert client.get(reverse("desk_held")).status_code == 403
    assert client.post(reverse("case_assign", args=[case.uuid])).status_code == 403
    assert again(case).taken_by == holder


def test_a_supervisor_frees_no_case_of_another_branch(client):
    case, holder = held_case()
    elsewhere = OfficeFactory(code="TEST-LAIN")
    client.force_login(officer(Role.Kind.BRANCH_SUPERVISOR, office=elsewhere))
    assert client.post(reverse("case_assign", args=[case.uuid])).status_code == 404
    assert again(case).taken_by == holder


# --- the clock -----------------------------------------------------------------------------------
def test_the_clock_releases_idle_cases_and_keeps_a_row_about_it():
    case, _holder = held_case(taken_at=NOW - timedelta(hours=1))
    release_idle_cases()
    assert again(case).status == Enrollment.Status.SUBMITTED
    assert JobRun.objects.get(job="release_idle_cases").counts == {"released": 1}


def test_idle_cases_are_released_by_hand_for_a_given_day(capsys):
    case, _holder = held_case(taken_at=NOW - timedelta(days=3))
    call_command("release_idle_cases", "--today", "2026-11-20")
    assert "released: 1" in capsys.readouterr().out
    assert again(case).taken_by is None


def test_a_member_of_the_donor_is_offered_other_cases_only(client):
    who = officer()
    own = sound_case()
    DonorMemberFactory(donor=own.donor, user=who)
    client.force_login(who)
    response = client.post(reverse("desk_next"), follow=True)
    assert "Tidak ada kasus yang menunggu." in response.content.decode()
