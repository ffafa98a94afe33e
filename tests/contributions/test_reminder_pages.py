"""The pages of the reminders: head office's plan, the donor's list, the branch's release."""

from datetime import date

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import Role
from contributions.models import ReminderStep, StageRelease
from contributions.services.reminder_plan import load_reminder_plan
from contributions.services.reminding import remind
from contributions.services.renewing import renew
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, sponsored
from tests.factories import ProgrammeFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(client):
    load_reminder_plan()
    client.force_login(RoleFactory(user=UserFactory(), kind=Role.Kind.HEAD_OFFICE).user)
    return client


def page_of(client, name, *args):
    return client.get(reverse(name, args=args)).content.decode()


def test_head_office_finds_the_plan_among_its_settings(head):
    assert reverse("reminder_plan") in page_of(head, "setup")
    page = page_of(head, "reminder_plan")
    assert "Donatur: hari terakhir perlindungan" in page
    for step in ReminderStep.objects.exclude(kind="renewal"):
        assert reverse("reminder_step", args=[step.pk]) in page
    for step in ReminderStep.objects.filter(kind="renewal"):
        assert reverse("reminder_step", args=[step.pk]) not in page


def test_the_plan_takes_one_statement_for_all_its_steps(head, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page_of(head, "reminder_plan")


def test_a_step_is_moved_and_never_onto_another(head):
    step = ReminderStep.objects.get(audience="donor", months=12, days=-14)
    url = reverse("reminder_step", args=[step.pk])
    head.post(url, {"side": "before", "count": "10", "is_active": "on"})
    step.refresh_from_db()
    assert (step.days, step.is_active) == (-10, True)
    assert head.post(url, {"side": "before", "count": "7"}).status_code == 400
    step.refresh_from_db()
    assert (step.days, step.is_active) == (-10, True)


@pytest.mark.parametrize(
    ("about", "side", "count", "said"),
    [
        ("week", "before", 1, "0 sampai 6 hari"),
        ("week", "after", 7, "0 sampai 6 hari"),
        ("price", "after", 1, "sebelum mulai berlaku"),
    ],
)
def test_a_step_is_never_moved_to_where_nothing_would_be_said(head, about, side, count, said):
    step = ReminderStep.objects.get(about=about)
    answer = head.post(
        reverse("reminder_step", args=[step.pk]),
        {"side": side, "count": str(count), "is_active": "on"},
    )
    assert answer.status_code == 400
    assert said in answer.content.decode()
    days = count if side == "after" else -count
    with pytest.raises(IntegrityError):
        ReminderStep.objects.filter(pk=step.pk).update(days=days)


def test_the_weekly_list_may_come_on_another_day_of_the_week(head):
    step = ReminderStep.objects.get(about="week")
    url = reverse("reminder_step", args=[step.pk])
    assert head.post(url, {"side": "after", "count": "6", "is_active": "on"}).status_code == 302
    step.refresh_from_db()
    assert step.days == 6


def test_a_donor_reads_what_he_was_reminded_of(client):
    few_prices()
    row = sponsored(date(2026, 1, 1), 12)
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    client.force_login(row.donor.person)
    assert row.worker.short_name not in page_of(client, "reminders_told")
    remind(today=date(2026, 12, 17), now=at(date(2026, 12, 17)))
    assert reverse("reminders_told") in page_of(client, "sponsorships")
    page = page_of(client, "reminders_told")
    assert row.worker.short_name in page
    assert "31 Desember 2026" in page
    client.force_login(UserFactory())
    assert row.worker.short_name not in page_of(client, "reminders_told")


def test_a_supervisor_releases_a_programme_with_a_reason_and_holds_it_again(client):
    programme = ProgrammeFactory(agreement=True)
    office = programme.opened_by_office
    client.force_login(
        RoleFactory(user=UserFactory(), kind=Role.Kind.BRANCH_SUPERVISOR, office=office).user
    )
    page = page_of(client, "stages")
    assert "Ditahan" in page
    assert reverse("reminder_letter", args=[programme.uuid]) in page
    url = reverse("stage_release", args=[programme.uuid])
    client.post(url, {"act": "release", "reason": " "})
    assert not StageRelease.objects.exists()
    client.post(url, {"act": "release", "reason": "Tahap II belum pasti"})
    assert "Diizinkan" in page_of(client, "stages")
    client.post(url, {"act": "hold"})
    assert StageRelease.objects.get().ended_at is not None
    assert reverse("stages") in page_of(client, "stages")
