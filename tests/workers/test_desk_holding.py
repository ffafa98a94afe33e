"""Cases that pass from hand to hand: take, release, idle, hand over, reassign."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent, Role, ViewLog
from donors.models import DonorMember
from tests.factories import (
    NOW,
    TODAY,
    DonorMemberFactory,
    OfficeFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers.models import Check, Enrollment, EnrollmentEvent
from workers.services import holding

pytestmark = pytest.mark.django_db

Status = Enrollment.Status


def take(case, who):
    return holding.take(enrollment=case, officer=who, now=NOW)


# --- take --------------------------------------------------------------------------
def test_a_waiting_case_is_taken_with_its_checks_made_anew():
    case, who = sound_case(), officer()
    taken = take(case, who)
    assert (taken.status, taken.taken_by, taken.taken_at) == (Status.IN_REVIEW, who, NOW)
    assert Check.objects.filter(enrollment=case, made_at=NOW).exists()
    assert EnrollmentEvent.objects.get(kind="taken").actor == who
    assert AuditEvent.objects.filter(action="enrollment.taken", actor=who).exists()


def test_a_lost_race_reads_who_was_faster():
    case, _holder = held_case()
    holder = again(case).taken_by
    with pytest.raises(holding.CaseTaken) as lost:
        take(case, officer())
    assert holder.name in str(lost.value)
    assert again(case).taken_by == holder


def test_taking_ones_own_case_again_changes_nothing():
    case, holder = held_case(taken_at=NOW - timedelta(minutes=5))
    assert take(case, holder).taken_at == NOW - timedelta(minutes=5)
    assert not EnrollmentEvent.objects.exists()


@pytest.mark.parametrize("status", [Status.RETURNED, Status.WITHDRAWN, Status.EXPIRED])
def test_only_a_waiting_case_is_taken(status):
    case = sound_case(status=status)
    with pytest.raises(holding.CaseNotWaiting):
        take(case, officer())


def test_nobody_takes_a_case_of_his_own_donor():
    case, who = sound_case(), officer()
    DonorMemberFactory(donor=case.donor, user=who, role=DonorMember.Role.VIEWER)
    with pytest.raises(holding.OwnCase):
        take(case, who)
    assert again(case).status == Status.SUBMITTED


# --- the next one ------------------------------------------------------------------
def test_the_next_case_is_the_oldest_free_one():
    who = officer()
    held_case(submitted_at=NOW - timedelta(days=9))
    old = sound_case(submitted_at=NOW - timedelta(hours=30))
    sound_case(submitted_at=NOW - timedelta(hours=20))
    assert holding.take_next(officer=who, now=NOW) == old


def test_an_urgent_case_comes_before_an_older_one():
    who = officer()
    sound_case(submitted_at=NOW - timedelta(days=9))
    urgent = sound_case(birth_date=TODAY.replace(year=1962, month=1, day=2))
    assert holding.take_next(officer=who, now=NOW) == urgent


def test_the_next_case_skips_own_donors_and_family():
    who = officer()
    own = sound_case(submitted_at=NOW - timedelta(days=3))
    DonorMemberFactory(donor=own.donor, user=who)
    family, other = sound_case(), sound_case()
    take(family, who)
    holding.declare_family(enrollment=family, officer=who, now=NOW)
    assert holding.take_next(officer=who, now=NOW) == other
    with pytest.raises(holding.NothingWaits):
        holding.take_next(officer=who, now=NOW)


def test_the_next_case_after_a_lost_race_is_the_one_behind_it(monkeypatch):
    who, rival = officer(), officer()
    first = sound_case(submitted_at=NOW - timedelta(days=3))
    second = sound_case()
    candidates = list(holding.desk_selectors.free_cases(who, today=TODAY))
    take(first, rival)
    monkeypatch.setattr(holding.desk_selectors, "free_cases", lambda *_a, **_k: candidates)
    assert holding.take_next(officer=who, now=NOW) == second


def test_another_branchs_case_is_not_next():
    sound_case()
    stranger = officer(office=OfficeFactory(code="TEST-LAIN"))
    with pytest.raises(holding.NothingWaits):
        holding.take_next(officer=stranger, now=NOW)


# --- out of one's hands --------------------------------------------------------------
def test_a_released_case_waits_again_with_its_age():
    case, holder = held_case()
    before = again(case)
    free = holding.release(enrollment=case, officer=holder, now=NOW)
    assert (free.status, free.taken_by, free.taken_at) == (Status.SUBMITTED, None, None)
    assert (free.submitted_at, free.due_on) == (before.submitted_at, before.due_on)


def test_only_the_holder_releases():
    case, _holder = held_case()
    with pytest.raises(holding.NotHolder):
        holding.release(enrollment=case, officer=officer(), now=NOW)


@pytest.mark.parametrize(("minutes", "released"), [(29, 0), (30, 1), (600, 1)])
def test_a_case_left_alone_for_thirty_minutes_goes_back(minutes, released):
    case, _holder = held_case(taken_at=NOW - timedelta(minutes=minutes))
    assert holding.release_idle(now=NOW) == {"released": released}
    assert (again(case).status == Status.SUBMITTED) == bool(released)
    assert EnrollmentEvent.objects.filter(kind="released_idle").count() == released
    assert holding.release_idle(now=NOW) == {"released": 0}


def test_opening_a_held_case_is_work_and_is_logged():
    case, holder = held_case(taken_at=NOW - timedelta(minutes=29))
    assert holding.open_case(enrollment=case, viewer=holder, now=NOW) is True
    assert holding.release_idle(now=NOW + timedelta(minutes=29)) == {"released": 0}
    look = ViewLog.objects.get()
    assert (look.viewer, look.object_id, look.what) == (holder, str(case.pk), "nik, phone, address")
    assert case.number in look.reason


def test_opening_somebody_elses_case_shows_and_logs_nothing():
    case, _holder = held_case()
    assert holding.open_case(enrollment=case, viewer=officer(), now=NOW) is False
    assert not ViewLog.objects.exists()


def test_a_look_at_the_nik_without_holding_the_case_needs_a_reason():
    case, who = sound_case(), officer()
    with pytest.raises(holding.ReasonMissing):
        holding.reveal(enrollment=case, viewer=who, reason="  ", now=NOW)
    holding.reveal(enrollment=case, viewer=who, reason="Pekerja datang ke cabang", now=NOW)
    assert ViewLog.objects.get().reason == "Pekerja datang ke cabang"


def test_nobody_looks_at_the_nik_of_his_own_donors_case():
    case, who = sound_case(), officer()
    DonorMemberFactory(donor=case.donor, user=who)
    with pytest.raises(holding.OwnCase):
        holding.reveal(enrollment=case, viewer=who, reason="Ingin tahu", now=NOW)


def test_a_declared_family_case_never_comes_back_to_its_officer():
    case, holder = held_case()
    holding.declare_family(enrollment=case, officer=holder, now=NOW)
    with pytest.raises(holding.OwnCase):
        take(case, holder)
    assert take(case, officer()).status == Status.IN_REVIEW


# --- to somebody else -----------------------------------------------------------------
def test_a_case_handed_over_keeps_its_age_and_is_checked_for_its_new_office():
    case, holder = held_case()
    before = again(case)
    other = OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lain")
    moved = holding.hand_over(
        enrollment=case, officer=holder, office=other, note="Desa ini di Lahat.", now=NOW
    )
    assert (moved.status, moved.office, moved.taken_by) == (Status.SUBMITTED, other, None)
    assert (moved.submitted_at, moved.due_on) == (before.submitted_at, before.due_on)
    assert Check.objects.get(enrollment=case, kind="area").outcome == "note"
    event = EnrollmentEvent.objects.get(kind="handed_over")
    assert event.note == "Desa ini di Lahat."


def test_a_case_is_not_handed_over_to_nowhere():
    case, holder = held_case()
    closed = OfficeFactory(code="TEST-TUTUP", is_open=False)
    for office in (case.office, closed, case.office.parent):
        with pytest.raises(holding.WrongOffice):
            holding.hand_over(enrollment=case, officer=holder, office=office, note="x", now=NOW)
    other = OfficeFactory(code="TEST-LAIN")
    with pytest.raises(holding.ReasonMissing):
        holding.hand_over(enrollment=case, officer=holder, office=other, note=" ", now=NOW)
    with pytest.raises(holding.NotHolder):
        holding.hand_over(enrollment=case, officer=officer(), office=other, note="x", now=NOW)
    assert again(case).taken_by == holder


def reassign(case, to, supervisor=None):
    supervisor = supervisor or officer(Role.Kind.BRANCH_SUPERVISOR)
    return holding.reassign(enrollment=case, officer=supervisor, to=to, now=NOW)


def test_a_supervisor_gives_a_case_to_a_colleague_or_frees_it():
    case, _holder = held_case()
    colleague = officer()
    assert reassign(case, colleague).taken_by == colleague
    free = reassign(case, None)
    assert (free.status, free.taken_by) == (Status.SUBMITTED, None)
    assert EnrollmentEvent.objects.filter(kind="reassigned").count() == 2


def test_a_case_is_not_given_to_one_who_may_not_decide_it():
    case, _holder = held_case()
    stranger = officer(office=OfficeFactory(code="TEST-LAIN"))
    regional = officer(Role.Kind.REGIONAL_ADMIN)
    for somebody in (stranger, regional):
        with pytest.raises(holding.WrongColleague):
            reassign(case, somebody)
    relative = officer()
    DonorMemberFactory(donor=case.donor, user=relative)
    with pytest.raises(holding.OwnCase):
        reassign(case, relative)


def test_a_decided_case_is_not_reassigned():
    case = sound_case(status=Status.RETURNED)
    with pytest.raises(holding.CaseNotWaiting):
        reassign(case, None)
