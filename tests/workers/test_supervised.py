"""Who is supervisor at one office and officer at another supervises only the first."""

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role, ViewLog
from tests.factories import (
    NOW,
    TODAY,
    EnrollmentFactory,
    OfficeFactory,
    RoleFactory,
    officer,
)
from tests.workers.checkfiles import proposed
from tests.workers.desk import again, sound_case
from tests.workers.test_bulk import checked_case, obstacles, preview
from workers import (
    batch_selectors,
    bulk_selectors,
    call_selectors,
    desk_selectors,
    figure_selectors,
)
from workers.models import CallBack, CheckBatchLine, Enrollment
from workers.services import bulk, calling, check_files, freezing, holding
from workers.services.bulk_running import run_bulk_decisions
from workers.services.drawing import draw

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings):
    settings.CALL_BACK_PERCENT = 100
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def led():
    return OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lain")


@pytest.fixture
def served():
    return OfficeFactory()


@pytest.fixture
def both(led, served):
    """A supervisor of one office who helps out as an officer at another."""
    person = officer(Role.Kind.BRANCH_SUPERVISOR, office=led)
    RoleFactory(user=person, kind=Role.Kind.BRANCH_OFFICER, office=served)
    return person


def drawn(office):
    return draw(case=EnrollmentFactory(approved=True, office=office), now=NOW)


def held(office):
    return EnrollmentFactory(in_review=True, taken_by=officer(office=office), office=office)


# --- which offices --------------------------------------------------------------------
def test_he_supervises_his_branch_its_sub_branches_and_whom_it_followed(both, led, served):
    below = OfficeFactory(code="TEST-KCP", kind="kcp", parent=led)
    closed = OfficeFactory(code="TEST-TUTUP", is_open=False, successor=led)
    assert set(desk_selectors.supervised_offices(both)) == {led, below, closed}
    for office in (led, below, closed):
        assert desk_selectors.supervises(both, office)
    assert not desk_selectors.supervises(both, served)
    assert served in desk_selectors.desk_offices(both)
    both.is_active = False
    assert not desk_selectors.supervises(both, led)


# --- call-backs -----------------------------------------------------------------------
def test_he_calls_only_where_he_is_supervisor(client, both, led, served):
    mine, theirs = drawn(led), drawn(served)
    assert list(call_selectors.listed(both, asked="")) == [mine]
    assert call_selectors.call_counts(both, today=TODAY).waiting == 1
    client.force_login(both)
    assert client.get(reverse("call_back", args=[mine.uuid])).status_code == 200
    assert client.get(reverse("call_back", args=[theirs.uuid])).status_code == 404


def test_nor_do_the_verbs_let_him_call_elsewhere(both, served):
    theirs = drawn(served)
    with pytest.raises(holding.NotSupervisor):
        calling.see_phone(call_back=theirs, caller=both, now=NOW)
    with pytest.raises(holding.NotSupervisor):
        calling.tell_outcome(call_back=theirs, caller=both, outcome="confirmed", now=NOW)
    assert not ViewLog.objects.exists()
    assert CallBack.everything.get(pk=theirs.pk).outcome == ""


# --- frozen cases ---------------------------------------------------------------------
def test_he_neither_thaws_nor_annuls_where_he_is_only_an_officer(client, both, led, served):
    for office, stays in ((served, True), (led, False)):
        case = EnrollmentFactory(approved=True, office=office)
        freezing.freeze(enrollment=case, because="not_me", by=None, now=NOW)
        client.force_login(both)
        shown = client.get(reverse("case", args=[case.uuid])).content.decode()
        assert (reverse("case_thaw", args=[case.uuid]) not in shown) is stays
        thaw = client.post(
            reverse("case_thaw", args=[case.uuid]), {"thaw-note": "Sudah jelas"}, follow=True
        )
        assert ("Hanya penyelia kantor ini" in thaw.content.decode()) is stays
        assert (again(case).frozen_at is not None) is stays
        client.post(reverse("case_annul", args=[case.uuid]), {"annul-reason": "declined"})
        assert (again(case).status == "approved") is stays


# --- work in hand ---------------------------------------------------------------------
def test_he_sees_and_shares_out_only_the_work_he_supervises(client, both, led, served):
    mine, theirs = held(led), held(served)
    assert list(desk_selectors.held_cases(both, today=TODAY)) == [mine]
    seen = {load.officer for load in figure_selectors.loads(both, today=TODAY)}
    assert seen == {both, mine.taken_by}
    client.force_login(both)
    assert client.get(reverse("workload")).context["counts"].undecided == 1
    for case in (mine, theirs):
        client.post(reverse("workload_move"), {"dari": case.taken_by.pk, "ke": ""})
    assert again(mine).taken_by is None
    assert again(theirs).taken_by == theirs.taken_by


def test_nor_does_he_give_away_another_supervisors_case(both, led, served):
    mine, theirs = held(led), held(served)
    with pytest.raises(holding.NotSupervisor):
        holding.reassign(enrollment=theirs, officer=both, to=None, now=NOW)
    assert again(theirs).taken_by == theirs.taken_by
    assert holding.reassign(enrollment=mine, officer=both, to=None, now=NOW).taken_by is None


def test_what_one_person_holds_at_two_desks_moves_only_at_the_supervised_one(client, both, led):
    here = EnrollmentFactory(in_review=True, taken_by=both, office=led)
    there = EnrollmentFactory(in_review=True, taken_by=both)
    client.force_login(both)
    client.post(reverse("workload_move"), {"dari": both.pk, "ke": ""})
    assert (again(here).taken_by, again(there).taken_by) == (None, both)


# --- decisions on many cases -------------------------------------------------------------
def test_one_branch_decides_on_many_that_of_the_first_case(both, led, served):
    theirs, mine = checked_case(office=served), checked_case(office=led)
    here, there = preview([theirs, mine], both), preview([mine, theirs], both)
    assert (here.office, obstacles(here)) == (served, {theirs.pk: "", mine.pk: "elsewhere"})
    assert (there.office, obstacles(there)) == (led, {mine.pk: "", theirs.pk: "elsewhere"})


def test_a_branch_and_its_sub_branches_decide_together(both, led):
    below = OfficeFactory(code="TEST-KCP", kind="kcp", parent=led)
    closed = OfficeFactory(code="TEST-TUTUP", is_open=False, successor=led)
    cases = [checked_case(office=office) for office in (below, closed, led)]
    decision = preview(cases, both)
    assert decision.office == led
    assert set(obstacles(decision).values()) == {""}


def test_where_no_case_lies_at_his_desk_nothing_is_decided(both):
    far = checked_case(office=OfficeFactory(code="TEST-JAUH"))
    assert set(obstacles(preview([far], both)).values()) == {"elsewhere"}


def test_only_the_branch_of_the_cases_reads_and_confirms_it(client, settings, led, served):
    settings.BULK_CONFIRM_ABOVE = 0
    who = officer(office=led)
    RoleFactory(user=who, kind=Role.Kind.BRANCH_OFFICER, office=served)
    cases = [checked_case(office=served), checked_case(office=served)]
    client.force_login(who)
    data = {"verb": "approve", "pilihan": "dicentang", "kasus": [case.uuid for case in cases]}
    client.post(reverse("bulk_new"), data)
    [decision] = bulk_selectors.decisions(who)
    bulk.send(decision=decision, officer=who, now=NOW)
    wrong = officer(Role.Kind.BRANCH_SUPERVISOR, office=led)
    right = officer(Role.Kind.BRANCH_SUPERVISOR, office=served)
    assert not bulk_selectors.listed(wrong).exists()
    with pytest.raises(bulk.NotSupervisor):
        bulk.confirm(decision=decision, supervisor=wrong, now=NOW)
    assert bulk.confirm(decision=decision, supervisor=right, now=NOW).status == "confirmed"


def test_a_case_that_moved_to_his_other_desk_is_not_decided_here(both, led, served):
    stays, goes = checked_case(office=led), checked_case(office=led)
    decision = bulk.send(decision=preview([stays, goes], both), officer=both, now=NOW)
    moved(goes, served)
    run_bulk_decisions(now=NOW)
    assert (again(stays).status, again(goes).status) == ("approved", "submitted")
    assert decision.lines.get(enrollment=goes).outcome_reason == "elsewhere"


# --- check files -------------------------------------------------------------------------
def moved(case, office):
    Enrollment.everything.filter(pk=case.pk).update(office=office)


def test_a_file_bears_nobody_who_went_to_another_branch_meanwhile(both, led, served):
    stays, goes, below = (sound_case(office=led) for _ in range(3))
    batch = proposed(stays, maker=officer(office=led))
    moved(goes, served)
    moved(below, OfficeFactory(code="TEST-KCP", kind="kcp", parent=led))
    assert [line.enrollment for line in batch_selectors.asked_lines(batch)] == [stays, below]
    check_files.release(batch=batch, supervisor=both, now=NOW)
    asked = CheckBatchLine.objects.filter(batch=batch).exclude(nik_index="")
    assert {line.enrollment for line in asked} == {stays, below}


def test_who_took_over_a_closed_office_still_asks_about_its_cases(both, led):
    old = OfficeFactory(code="TEST-TUTUP")
    batch = proposed(case := sound_case(office=old), maker=officer(office=old))
    type(old).objects.filter(pk=old.pk).update(is_open=False, successor=led)
    moved(case, led)
    batch = batch_selectors.batches_of(both).get(pk=batch.pk)
    assert [line.enrollment for line in batch_selectors.asked_lines(batch)] == [case]
    assert check_files.release(batch=batch, supervisor=both, now=NOW).status == "ready"


def test_a_file_of_the_other_desk_is_let_out_by_its_own_supervisor(both, served):
    batch = proposed(sound_case(office=served), maker=officer(office=served))
    with pytest.raises(check_files.NotSupervisor):
        check_files.release(batch=batch, supervisor=both, now=NOW)
