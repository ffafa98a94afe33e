"""The supervisor's view of who has how much in hand, and sharing it out."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from tests.factories import (
    NOW,
    TODAY,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    officer,
)
from tests.workers.desk import again
from workers import figure_selectors
from workers.models import EnrollmentEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def held_by(who, count=1, **case):
    return [EnrollmentFactory(in_review=True, taken_by=who, **case) for _ in range(count)]


def loads(boss):
    return {load.officer: load for load in figure_selectors.loads(boss, today=TODAY)}


def move(client, holder, to=None):
    data = {"dari": holder.pk, "ke": to.pk if to else ""}
    return client.post(reverse("workload_move"), data, follow=True).content.decode()


@pytest.fixture
def boss():
    return officer(Role.Kind.BRANCH_SUPERVISOR, name="Zul Penyelia")


def test_each_person_has_a_row_in_alphabetical_order(boss):
    budi, ani = officer(name="Budi"), officer(name="Ani")
    held_by(budi, 2, submitted_at=NOW - timedelta(days=3))
    held_by(budi, 1, submitted_at=NOW - timedelta(days=9))
    case = EnrollmentFactory(returned=True, decided_by=ani)
    for day in (1, 4, 5):
        # Thursday and Monday of this week, and Sunday of the last.
        EnrollmentEvent.objects.create(
            enrollment=case, kind="returned", actor=ani, at=NOW - timedelta(days=day)
        )
    rows = figure_selectors.loads(boss, today=TODAY)
    assert [(row.officer, row.in_hand, row.decided) for row in rows] == [
        (ani, 0, 2),
        (budi, 3, 0),
        (boss, 0, 0),
    ]
    assert rows[1].oldest == TODAY - timedelta(days=9)


def test_only_the_supervisors_own_desk_counts(boss):
    far = officer(office=OfficeFactory(code="TEST-LAIN"))
    held_by(far, office=OfficeFactory(code="TEST-LAIN"))
    assert far not in loads(boss)


def test_who_left_with_a_case_in_hand_is_still_shown(boss):
    gone = officer(name="Sudah Pindah")
    held_by(gone)
    gone.roles.update(ended_at=NOW)
    assert loads(boss)[gone].in_hand == 1


def test_all_that_one_holds_goes_to_another(client, boss):
    ill, well = officer(), officer()
    cases = held_by(ill, 3)
    client.force_login(boss)
    assert "3 kasus dipindahkan, 0 tetap." in move(client, ill, well)
    assert {again(case).taken_by for case in cases} == {well}
    assert EnrollmentEvent.objects.filter(kind="reassigned", actor=boss).count() == 3


def test_or_back_into_the_queue(client, boss):
    ill = officer()
    [case] = held_by(ill)
    client.force_login(boss)
    move(client, ill)
    assert (again(case).status, again(case).taken_by) == ("submitted", None)


def test_a_colleague_gets_no_case_of_his_own_donor(client, boss):
    ill, well = officer(), officer()
    own, other = held_by(ill, 2)
    DonorMemberFactory(donor=own.donor, user=well)
    client.force_login(boss)
    assert "1 kasus dipindahkan, 1 tetap." in move(client, ill, well)
    assert (again(own).taken_by, again(other).taken_by) == (ill, well)


def test_nothing_goes_to_a_stranger_or_from_another_desk(client, boss):
    far = officer(office=OfficeFactory(code="TEST-LAIN"))
    [theirs] = held_by(far, office=OfficeFactory(code="TEST-LAIN"))
    ill = officer()
    [mine] = held_by(ill)
    client.force_login(boss)
    assert "Pilih petugas dari daftar." in move(client, ill, far)
    assert "Pilih petugas dari daftar." in move(client, far)
    assert (again(mine).taken_by, again(theirs).taken_by) == (ill, far)


def test_an_officer_shares_out_nothing(client):
    who = officer()
    client.force_login(who)
    assert client.get(reverse("workload")).status_code == 403
    assert client.post(reverse("workload_move"), {"dari": who.pk}).status_code == 403


def test_the_page_and_its_questions(client, boss, django_assert_num_queries):
    client.force_login(boss)
    held_by(officer(name="Ani"))
    shown = client.get(reverse("workload")).content.decode()
    assert "Ani" in shown
    assert "bukan untuk menilai orang" in shown
    with django_assert_num_queries(9):
        client.get(reverse("workload"))
    for _ in range(6):
        held_by(officer(), 2)
    with django_assert_num_queries(9):
        client.get(reverse("workload"))
