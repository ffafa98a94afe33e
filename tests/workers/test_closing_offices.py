"""An office closes: its areas, its cases and what it has done go on at another."""

from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Role
from notices.models import JobRun
from regions.models import Office, OfficeArea, OfficeException
from regions.selectors import default_office_for
from tests.factories import (
    NOW,
    EnrollmentFactory,
    KanwilFactory,
    OfficeAreaFactory,
    OfficeFactory,
    officer,
)
from tests.workers.desk import again, held_case
from workers import desk_selectors
from workers.models import Enrollment, EnrollmentEvent, Worker
from workers.services import closing, deciding, holding
from workers.services.offices import BreaksRule, OfficesChanged
from workers.tasks import move_cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaving(db) -> Office:
    """The default office of Palembang."""
    return OfficeAreaFactory().office


@pytest.fixture
def receiving(leaving) -> Office:
    return OfficeFactory(code="TEST-OGAN", name="Kantor Cabang Ogan", city="Indralaya")


def close(office: Office, successor: Office | None, **more: Any) -> int:
    head = {"by": officer("head_office"), "now": NOW, "seen": office.version}
    return closing.close_office(office=office, successor=successor, **{**head, **more})


def test_waiting_cases_move_with_their_age_and_are_told(leaving, receiving):
    case = EnrollmentFactory()
    assert close(leaving, receiving) == 1
    moved = again(case)
    assert (moved.office, moved.due_on) == (receiving, case.due_on)
    assert moved.submitted_at == case.submitted_at
    assert EnrollmentEvent.objects.get(enrollment=case).kind == "office_closed"


@pytest.mark.parametrize(("state", "moves"), [("returned", True), ("approved", False)])
def test_what_still_has_a_way_before_it_moves(leaving, receiving, state, moves):
    case = EnrollmentFactory(**{state: True})
    close(leaving, receiving)
    assert again(case).office == (receiving if moves else leaving)


def test_a_case_in_hand_stays_until_it_is_let_go(leaving, receiving):
    case = EnrollmentFactory(in_review=True)
    assert close(leaving, receiving) == 0
    assert again(case).office == leaving
    holding.release(enrollment=case, officer=case.taken_by, now=NOW)
    move_cases()
    assert again(case).office == receiving
    assert JobRun.objects.get(job="move_cases").counts == {"moved": 1}


def test_the_holder_may_still_return_a_case_of_the_closed_office(leaving, receiving):
    case = EnrollmentFactory(in_review=True)
    close(leaving, receiving)
    reasons = {"name": "name_differs"}
    deciding.return_case(enrollment=case, officer=case.taken_by, reasons=reasons, now=NOW)
    call_command("move_cases", "--today", "2026-11-20")
    assert again(case).office == receiving


def test_the_job_goes_on_where_a_batch_ended(leaving, receiving, monkeypatch):
    for _case in range(3):
        EnrollmentFactory()
    monkeypatch.setattr(closing, "BATCH", 2)
    assert close(leaving, receiving) == 2
    assert closing.move_cases(now=NOW) == {"moved": 1}
    assert closing.move_cases(now=NOW) == {"moved": 0}


def test_its_areas_go_to_the_receiver_as_not_yet_settled(leaving, receiving):
    case = EnrollmentFactory()
    OfficeException.objects.create(area=case.village, office=leaving)
    close(leaving, receiving)
    row = OfficeArea.objects.get(office=receiving)
    assert (row.regency_id, row.is_default, row.is_configured) == ("1671", True, False)
    assert OfficeException.objects.get().office == receiving
    assert default_office_for(village_code=case.village_id) == receiving


def test_the_receivers_people_look_after_what_the_closed_office_did(leaving, receiving):
    case = EnrollmentFactory(approved=True)
    person = officer(office=receiving)
    assert case.worker not in Worker.objects.visible_to(person)
    close(leaving, receiving)
    person = type(person).objects.get(pk=person.pk)
    assert case.worker in Worker.objects.visible_to(person)
    assert again(case) in desk_selectors.watched_cases(person)


def test_who_takes_the_place_of_the_successor_gets_both(leaving, receiving):
    third = OfficeFactory(code="TEST-LAHAT", name="Kantor Cabang Lahat", city="Lahat")
    close(leaving, receiving)
    case = EnrollmentFactory(office=leaving)
    receiving.refresh_from_db()
    close(receiving, third)
    assert again(case).office == third


def test_a_reopened_office_gets_nothing_back_by_itself(leaving, receiving):
    close(leaving, receiving)
    leaving.refresh_from_db()
    head = officer("head_office")
    closing.reopen_office(office=leaving, seen=leaving.version, by=head, now=NOW)
    leaving.refresh_from_db()
    assert (leaving.is_open, leaving.successor) == (True, None)
    assert OfficeArea.objects.get(is_default=True).office == receiving


def test_an_office_that_is_closed_takes_no_case_over(leaving, receiving):
    close(leaving, receiving)
    case = EnrollmentFactory(office=receiving, in_review=True)
    leaving.refresh_from_db()
    with pytest.raises(deciding.WrongOffice):
        holding.hand_over(
            enrollment=case, officer=case.taken_by, office=leaving, note="bukan", now=NOW
        )


def test_nobody_approves_a_case_into_an_office_that_is_closed(leaving, receiving):
    close(leaving, receiving)
    case, _holder = held_case(office=receiving)
    person = officer(office=receiving)
    boss = officer(Role.Kind.BRANCH_SUPERVISOR, office=receiving)
    holding.reassign(enrollment=case, officer=boss, to=person, now=NOW)
    with pytest.raises(deciding.WrongOffice):
        deciding.approve(enrollment=case, officer=person, sector="other", office=leaving, now=NOW)


# --- what stands in the way -----------------------------------------------------------
def test_the_receiver_is_another_open_branch(leaving, receiving):
    closed = OfficeFactory(code="TEST-TUTUP", is_open=False)
    for successor in (leaving, closed, leaving.parent, None):
        with pytest.raises(closing.WrongSuccessor):
            close(leaving, successor)
    assert Office.objects.get(pk=leaving.pk).is_open


def test_an_office_with_open_sub_branches_stays_open(leaving, receiving):
    OfficeFactory(code="TEST-KCP", kind="kcp", parent=leaving)
    with pytest.raises(BreaksRule):
        close(leaving, receiving)


def test_a_kanwil_closes_once_nothing_hangs_on_it(leaving):
    kanwil = KanwilFactory(code="TEST-LAIN", name="Kanwil Lain")
    assert close(kanwil, None) == 0
    assert not Office.objects.get(pk=kanwil.pk).is_open
    with pytest.raises(BreaksRule):
        close(leaving.parent, None)


def test_an_office_that_another_changed_meanwhile_is_not_closed(leaving, receiving):
    EnrollmentFactory()
    with pytest.raises(OfficesChanged):
        close(leaving, receiving, seen=7)
    assert Enrollment.everything.get().office == leaving
    assert Office.objects.get(pk=leaving.pk).is_open


def test_people_of_the_closed_office_keep_their_roles(leaving, receiving):
    person = officer(office=leaving)
    close(leaving, receiving)
    assert Role.objects.get(user=person).ended_at is None
