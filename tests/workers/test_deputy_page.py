"""The page on which a supervisor names and ends his deputies."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from tests.factories import NOW, TODAY, OfficeFactory, RoleFactory, officer

pytestmark = pytest.mark.django_db
SUPERVISOR = Role.Kind.BRANCH_SUPERVISOR


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def branch():
    return OfficeFactory()


@pytest.fixture
def supervisor(client, branch):
    found = officer(SUPERVISOR, office=branch)
    client.force_login(found)
    return found


def send(client, role, until="25-11-2026"):
    return client.post(reverse("deputies"), {"officer": role.pk, "until": until}, follow=True)


def deputy_at(office, by):
    user = officer(office=office)
    return RoleFactory(
        user=user, kind=SUPERVISOR, office=office, given_by=by, until=TODAY + timedelta(days=2)
    )


def test_a_supervisor_names_an_officer_and_sees_him(client, supervisor, branch):
    role = officer(office=branch).roles.get()
    page = send(client, role).content.decode()
    deputy = Role.objects.get(until__isnull=False)
    assert (deputy.user, deputy.given_by) == (role.user, supervisor)
    assert str(deputy.until) == "2026-11-25"
    assert reverse("deputy_end", args=[deputy.pk]) in page


def test_he_ends_him_early(client, supervisor, branch):
    deputy = deputy_at(branch, supervisor)
    page = client.post(reverse("deputy_end", args=[deputy.pk]), follow=True).content.decode()
    deputy.refresh_from_db()
    assert deputy.ended_at == NOW
    assert "Berakhir" in page
    again = client.post(reverse("deputy_end", args=[deputy.pk]), follow=True)
    assert "sudah berakhir" in again.content.decode()


def test_officers_of_other_offices_are_not_offered(client, supervisor):
    far = officer(office=OfficeFactory(code="TEST-LAIN")).roles.get()
    response = send(client, far)
    assert response.status_code == 400
    assert not Role.objects.filter(until__isnull=False).exists()


def test_another_branchs_deputy_is_not_there(client, supervisor):
    far = OfficeFactory(code="TEST-LAIN")
    deputy = deputy_at(far, officer(SUPERVISOR, office=far))
    assert client.post(reverse("deputy_end", args=[deputy.pk])).status_code == 404
    own_right = officer(SUPERVISOR, office=far).roles.get()
    assert client.post(reverse("deputy_end", args=[own_right.pk])).status_code == 404


def test_a_deputy_may_not_open_the_page_but_the_desk_of_a_supervisor(client, supervisor, branch):
    deputy = deputy_at(branch, supervisor)
    client.force_login(deputy.user)
    assert client.get(reverse("deputies")).status_code == 403
    assert client.post(reverse("deputy_end", args=[deputy.pk])).status_code == 403
    desk = client.get(reverse("desk")).content.decode()
    assert reverse("deputies") not in desk
    assert client.get(reverse("desk_held")).status_code == 200
    assert client.get(reverse("view_log")).status_code == 200


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("19-11-2026", "Pilih hari terakhir mulai hari ini"),
        ("31-12-2030", "paling lama setahun"),
        ("besok", "Tulis tanggal seperti"),
        ("", "Tulis hari terakhirnya"),
    ],
)
def test_a_wrong_day_is_told_kindly(client, supervisor, branch, until, sentence):
    response = send(client, officer(office=branch).roles.get(), until)
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_a_page_costs_the_same_whatever_its_length(client, supervisor, branch):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("deputies")).status_code == 200
        return len(queries)

    deputy_at(branch, supervisor)
    few = cost()
    for _ in range(6):
        deputy_at(branch, supervisor)
    assert cost() == few < 15
