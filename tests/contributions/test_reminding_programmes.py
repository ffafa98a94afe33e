"""Budgets and fixed dates (P19): owner, branch and Kanwil are warned, workers are spared."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role, phone_index
from contributions.models import Reminder, ReminderStep
from contributions.services.lapsing import lapse
from contributions.services.reminding import plan_reminders, remind, send_reminders, still_true
from contributions.services.stage_releases import hold_stage, release_stage
from notices.models import Message
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, buy, sponsored
from tests.factories import (
    EnrollmentFactory,
    KanwilFactory,
    OrderFactory,
    ProgrammeFactory,
    RoleFactory,
    UserFactory,
)

END = date(2026, 12, 31)


@pytest.fixture(autouse=True)
def _laws(db):
    few_prices()
    ReminderStep.objects.filter(audience="branch").delete()


@pytest.fixture
def programme():
    """A budget's programme without a fixed end, with its branch and Kanwil."""
    found = ProgrammeFactory(agreement=True)
    found.opened_by_office.parent = KanwilFactory()
    found.opened_by_office.save()
    return found


@pytest.fixture
def readers(programme):
    office = programme.opened_by_office
    supervisor = Role.Kind.BRANCH_SUPERVISOR
    return {
        RoleFactory(user=UserFactory(), kind=supervisor, office=office).user,
        RoleFactory(user=UserFactory(), kind=Role.Kind.REGIONAL_ADMIN, office=office.parent).user,
    }


def a_worker(programme, start=date(2026, 1, 1), **fields):
    case = EnrollmentFactory(approved=True, order=OrderFactory(programme=programme))
    return sponsored(start, 12, case=case, **fields)


def run(day, hour=9):
    return remind(today=day, now=at(day, hour))


def warned():
    rows = Reminder.objects.filter(audience="owner").order_by("pk")
    return list(rows.values_list("paid_until", "days"))


def test_of_a_budget_without_a_fixed_end_kanwil_and_branch_hear_sixty_days_before(
    programme, readers
):
    a_worker(programme, renews=False)
    a_worker(programme, date(2026, 1, 8), renews=False)
    run(date(2026, 10, 31))
    assert warned() == []
    for day in range(10):
        run(date(2026, 11, 1) + timedelta(days=day))
    # Workers who end day by day make one warning, not one each.
    assert warned() == [(END, -60)]
    messages = Message.objects.filter(kind="reminder")
    assert readers <= {message.user for message in messages}
    assert "berakhir 31 Desember 2026: 2 pekerja" in messages[0].body
    assert "31 Maret 2027" in messages[0].body


def test_what_renews_is_warned_of_once_it_is_unpaid(programme, readers):
    a_worker(programme)
    run(date(2026, 11, 20))
    assert warned() == []
    for day in (7, 8, 40, 60, 61):
        run(END + timedelta(days=day))
    assert warned() == [(END, 7), (END, 60)]
    body = Message.objects.filter(kind="reminder", user__in=readers).order_by("pk")[0].body
    assert "1 pekerja dibayar sampai 31 Desember 2026, belum dilanjutkan" in body
    assert "31 Maret 2027" in body


def finished(programme):
    """A worker of a programme with a fixed end, which is over since yesterday."""
    programme.fixed_until = END
    programme.save()
    row = a_worker(programme, renews=False)
    day = END + timedelta(days=1)
    assert lapse(today=day, now=at(day))["ended"] == 1
    return row


def test_a_fixed_programme_that_is_over_is_warned_of_until_its_months_are_lost(programme, readers):
    finished(programme)
    for day in (7, 8, 60, 61):
        run(END + timedelta(days=day))
    assert warned() == [(END, 7), (END, 60)]
    body = Message.objects.filter(kind="reminder", user__in=readers).order_by("pk")[0].body
    assert "1 pekerja dibayar sampai 31 Desember 2026, belum dilanjutkan" in body
    assert "31 Maret 2027" in body


def test_of_whom_another_donor_pays_for_nobody_is_warned(programme, readers):
    row = finished(programme)
    case = EnrollmentFactory(approved=True, months=12, of=row.worker)
    sponsored(date(2027, 1, 1), 12, case=case)
    run(END + timedelta(days=7))
    assert warned() == []


def test_what_was_paid_meanwhile_is_not_said(programme, readers):
    row = a_worker(programme)
    day = END + timedelta(days=7)
    plan_reminders(today=day, now=at(day, 4))
    buy(row, date(2027, 1, 1), 12)
    row.paid_until = date(2027, 12, 31)
    row.save()
    assert send_reminders(now=at(day, 9))["messages"] == 0


def test_the_letter_opens_for_the_kanwil_and_names_the_limit(programme, readers, client):
    a_worker(programme, renews=False)
    kanwil = next(user for user in readers if user.is_regional)
    client.force_login(kanwil)
    page = client.get(reverse("reminder_letter", args=[programme.uuid])).content.decode()
    assert programme.name in page
    assert programme.agreement_number in page


def test_a_release_that_is_taken_back_after_planning_spares_the_worker(programme):
    row = a_worker(programme, renews=False)
    row.worker.phone, row.worker.phone_index = "+6281200000001", phone_index("+6281200000001")
    row.worker.save()
    day, by = date(2026, 12, 24), UserFactory()
    release_stage(programme=programme, reason="uji", by=by, now=at(day, 1))
    plan_reminders(today=day, now=at(day, 4))
    hold_stage(programme=programme, by=by, now=at(day, 5))
    assert send_reminders(now=at(day, 9))["messages"] == 0
    release_stage(programme=programme, reason="uji", by=by, now=at(day, 10))
    run(day + timedelta(days=7))
    message = Message.objects.get(kind="worker_reminder")
    assert still_true(message)
    hold_stage(programme=programme, by=by, now=at(day + timedelta(days=7), 10))
    assert not still_true(message)
