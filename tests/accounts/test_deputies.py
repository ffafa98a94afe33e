"""Deputies: an officer stands in for his supervisor until a day, and no longer (P22)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import services
from accounts.models import AuditEvent, Role, User
from accounts.selectors import deputies_of, officers_to_deputise
from bricks import clock
from notices.models import JobRun
from notices.tasks import end_roles
from tests.factories import NOW, TODAY, OfficeFactory, RoleFactory, UserFactory, officer

pytestmark = pytest.mark.django_db
SUPERVISOR = Role.Kind.BRANCH_SUPERVISOR
UNTIL = TODAY + timedelta(days=5)


@pytest.fixture
def branch():
    return OfficeFactory()


@pytest.fixture
def supervisor(branch):
    return officer(SUPERVISOR, office=branch)


@pytest.fixture
def role(branch):
    """The role of an officer at the branch."""
    return officer(office=branch).roles.get()


def name(role, by, **more):
    asked = {"until": UNTIL, "today": TODAY, "now": NOW, **more}
    return services.name_deputy(officer=role, by=by, **asked)


def again(user):
    return User.objects.get(pk=user.pk)


def test_a_deputy_is_a_supervisor_of_the_same_office_until_the_day(supervisor, role, branch):
    deputy = name(role, supervisor)
    assert (deputy.kind, deputy.office, deputy.until) == (SUPERVISOR, branch, UNTIL)
    assert deputy.given_by == supervisor
    assert again(role.user).is_supervisor
    assert again(role.user).offices_in_charge == []


def test_naming_and_ending_are_audited(supervisor, role, branch):
    deputy = name(role, supervisor)
    services.end_deputy(deputy=deputy, by=supervisor, now=NOW)
    given, ended = AuditEvent.objects.order_by("pk")
    assert (given.action, given.actor, given.office) == ("role.given", supervisor, branch)
    assert given.after == {"role": SUPERVISOR, "user": role.user_id, "until": str(UNTIL)}
    assert (ended.action, ended.actor, ended.before) == ("role.ended", supervisor, given.after)
    assert not again(role.user).is_supervisor


def test_nobody_names_himself(supervisor, branch):
    own = RoleFactory(user=supervisor, kind=Role.Kind.BRANCH_OFFICER, office=branch)
    with pytest.raises(services.NotAnOfficer):
        name(own, supervisor)
    assert own not in officers_to_deputise(supervisor)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleFactory(user=supervisor, kind=Role.Kind.AUDITOR, office=branch, given_by=supervisor)


def test_a_deputy_names_no_deputies(supervisor, role, branch):
    name(role, supervisor)
    deputy = again(role.user)
    third = officer(office=branch).roles.get()
    with pytest.raises(services.NotInCharge):
        name(third, deputy)
    assert list(officers_to_deputise(deputy)) == []
    assert list(deputies_of(deputy)) == []


def test_a_deputy_does_not_prolong_himself_by_ending_another(supervisor, role, branch):
    deputy = name(role, supervisor)
    with pytest.raises(services.NotInCharge):
        services.end_deputy(deputy=deputy, by=again(role.user), now=NOW)


def test_only_an_officer_of_the_own_office_becomes_deputy(supervisor, branch):
    far = officer(office=OfficeFactory(code="TEST-LAIN")).roles.get()
    with pytest.raises(services.NotInCharge):
        name(far, supervisor)
    treasurer = officer(Role.Kind.TREASURER, office=branch).roles.get()
    with pytest.raises(services.NotAnOfficer):
        name(treasurer, supervisor)
    left = officer(office=branch).roles.get()
    Role.objects.filter(pk=left.pk).update(ended_at=NOW)
    with pytest.raises(services.NotAnOfficer):
        name(left, supervisor)
    assert not Role.objects.filter(until__isnull=False).exists()


@pytest.mark.parametrize("days", [-1, 367])
def test_the_last_day_is_near_and_not_past(supervisor, role, days):
    with pytest.raises(services.WrongDay):
        name(role, supervisor, until=TODAY + timedelta(days=days))


def test_today_is_a_last_day(supervisor, role):
    assert name(role, supervisor, until=TODAY).until == TODAY


def test_twice_is_once(supervisor, role):
    name(role, supervisor)
    with pytest.raises(services.AlreadySupervises):
        name(role, supervisor)
    assert Role.objects.filter(user=role.user, kind=SUPERVISOR).count() == 1
    assert role not in officers_to_deputise(supervisor)


def test_an_ended_deputy_can_be_named_anew(supervisor, role):
    services.end_deputy(deputy=name(role, supervisor), by=supervisor, now=NOW)
    assert role in officers_to_deputise(supervisor)
    name(role, supervisor)
    assert again(role.user).is_supervisor


def test_ending_twice_reads_a_sentence(supervisor, role):
    deputy = name(role, supervisor)
    services.end_deputy(deputy=deputy, by=supervisor, now=NOW)
    with pytest.raises(services.DeputyGone):
        services.end_deputy(deputy=deputy, by=supervisor, now=NOW)


def test_a_role_without_a_last_day_is_not_ended_this_way(supervisor, branch):
    other = officer(SUPERVISOR, office=branch).roles.get()
    with pytest.raises(services.DeputyGone):
        services.end_deputy(deputy=other, by=supervisor, now=NOW)
    assert again(other.user).is_supervisor


# --- the clock ----------------------------------------------------------------------------
def test_the_clock_ends_what_is_past_and_nothing_else(supervisor, role, branch):
    past = RoleFactory(
        user=UserFactory(), kind=Role.Kind.AUDITOR, office=branch, until=TODAY - timedelta(days=1)
    )
    last_day = RoleFactory(user=UserFactory(), kind=Role.Kind.AUDITOR, office=branch, until=TODAY)
    assert services.end_roles(today=TODAY, now=NOW) == {"ended": 1}
    assert services.end_roles(today=TODAY, now=NOW) == {"ended": 0}
    assert again(past.user).live_roles == []
    assert again(last_day.user).live_roles == [last_day]
    assert again(supervisor).is_supervisor
    event = AuditEvent.objects.get(action="role.ended")
    assert (event.actor, event.object_id) == (None, str(past.pk))


def test_days_that_the_clock_missed_are_caught_up(supervisor, role, capsys):
    name(role, supervisor)
    call_command("end_roles", "--today", str(UNTIL))
    assert again(role.user).is_supervisor
    call_command("end_roles", "--today", str(UNTIL + timedelta(days=9)))
    assert not again(role.user).is_supervisor
    assert "ended: 1" in capsys.readouterr().out


def test_the_job_leaves_a_row(supervisor):
    end_roles()
    assert JobRun.objects.get(job="end_roles").outcome == JobRun.Outcome.DONE


def test_a_role_is_over_after_its_last_day_though_no_job_has_run(client, supervisor, role):
    name(role, supervisor)
    client.force_login(role.user)
    noon = clock.noon(UNTIL)
    with time_machine.travel(noon, tick=False):
        assert client.get(reverse("view_log")).status_code == 200
    with time_machine.travel(noon + timedelta(days=1), tick=False):
        client.force_login(role.user)
        assert client.get(reverse("view_log")).status_code == 403
    assert Role.objects.get(until=UNTIL).ended_at is None
