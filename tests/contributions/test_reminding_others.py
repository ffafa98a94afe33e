"""What workers, owners of programmes and branches are told, and what they are spared."""

from datetime import date

import pytest

from accounts.models import Role, phone_index
from contributions.models import Reminder, ReminderDigest, ReminderStep
from contributions.services.pricing import fill_calendar
from contributions.services.reminding import plan_reminders, remind, still_true
from contributions.services.stage_releases import hold_stage, release_stage
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from notices.services import post_message
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, sponsored
from tests.factories import (
    EnrollmentFactory,
    KanwilFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    RoleFactory,
    UserFactory,
)
from tests.workers.reports import reported

WEEK_BEFORE = date(2026, 12, 24)


@pytest.fixture(autouse=True)
def _laws(db):
    few_prices()
    fill_calendar()


def with_phone(sponsorship):
    worker = sponsorship.worker
    worker.phone, worker.phone_index = "+6281200000001", phone_index("+6281200000001")
    worker.save()
    return sponsorship


def a_year(**fields):
    return with_phone(sponsored(date(2026, 1, 1), 12, **fields))


def run(day, hour=9):
    return remind(today=day, now=at(day, hour))


def told_worker() -> list[str]:
    return [m.body for m in Message.objects.filter(kind="worker_reminder").order_by("pk")]


# --- workers -------------------------------------------------------------------------------
def test_while_his_donor_goes_on_a_worker_need_not_pay():
    a_year()
    run(WEEK_BEFORE)
    [body] = told_worker()
    assert "s.d. 31 Desember 2026; Anda belum perlu membayar" in body
    assert "Bayar sendiri" not in body


def test_once_his_donor_has_stopped_he_reads_two_ways():
    row = a_year()
    stop_sponsorship(sponsorship=row, by=UserFactory(), now=at(date(2026, 12, 2)))
    run(WEEK_BEFORE)
    [body] = told_worker()
    assert "Bayar sendiri" in body
    assert "Minta sponsor lain: balas 1" in body
    assert "masa tunggu 3 bulan" in body
    assert row.donor.name not in body


def test_who_is_covered_for_longer_by_another_is_told_nothing():
    row = a_year()
    sponsored(
        date(2027, 1, 1), 12, case=EnrollmentFactory(approved=True, worker=row.worker), renews=False
    )
    run(WEEK_BEFORE)
    assert told_worker() == []


def test_a_worker_of_whom_something_is_reported_is_told_nothing():
    row = a_year()
    plan_reminders(today=WEEK_BEFORE, now=at(WEEK_BEFORE, 4))
    reported(row.worker, now=at(WEEK_BEFORE, 7))
    run(WEEK_BEFORE)
    assert told_worker() == []


def test_a_message_to_a_worker_is_dropped_once_he_is_reported():
    row = a_year()
    run(WEEK_BEFORE)
    message = Message.objects.get(kind="worker_reminder")
    assert still_true(message)
    reported(row.worker, now=at(WEEK_BEFORE, 10))
    assert not still_true(message)


def budget_case():
    programme = ProgrammeFactory(agreement=True, fixed_until=date(2026, 12, 31))
    case = EnrollmentFactory(approved=True, order=OrderFactory(programme=programme))
    return programme, case


def test_workers_of_a_budget_hear_nothing_until_the_branch_says_so():
    programme, case = budget_case()
    a_year(case=case, renews=False)
    run(WEEK_BEFORE)
    assert told_worker() == []
    head = UserFactory()
    assert release_stage(programme=programme, reason="uji", by=head, now=at(WEEK_BEFORE))
    assert not release_stage(programme=programme, reason="uji", by=head, now=at(WEEK_BEFORE))
    run(date(2026, 12, 25))
    [body] = told_worker()
    assert "menunggu tahap berikutnya" in body
    assert hold_stage(programme=programme, by=head, now=at(WEEK_BEFORE))
    assert not hold_stage(programme=programme, by=head, now=at(WEEK_BEFORE))


# --- programmes ----------------------------------------------------------------------------
def test_owner_branch_and_kanwil_are_warned_sixty_days_before_a_programme_ends():
    programme, case = budget_case()
    kanwil = KanwilFactory()
    office = programme.opened_by_office
    office.parent = kanwil
    office.save()
    readers = {
        RoleFactory(user=UserFactory(), kind=Role.Kind.BRANCH_SUPERVISOR, office=office).user,
        RoleFactory(user=UserFactory(), kind=Role.Kind.REGIONAL_ADMIN, office=kanwil).user,
    }
    a_year(case=case)
    ReminderStep.objects.filter(audience="branch").update(is_active=False)
    run(date(2026, 11, 2))
    messages = Message.objects.filter(kind="reminder")
    assert readers <= {message.user for message in messages}
    body = messages[0].body
    assert "berakhir 31 Desember 2026: 1 pekerja" in body
    assert "31 Maret 2027" in body
    assert f"/pengingat/surat/{programme.uuid}/" in body
    run(date(2026, 11, 3))
    assert Reminder.objects.filter(audience="owner").count() == 1


# --- prices ---------------------------------------------------------------------------------
def test_a_price_that_rises_is_told_a_month_before_with_its_reason():
    row = sponsored(date(2026, 6, 1), 12)
    run(date(2026, 11, 30))
    assert not Message.objects.exists()
    run(date(2026, 12, 1))
    [message] = Message.objects.filter(kind="reminder")
    reason = (
        "Diskon pemerintah berakhir 31 Desember 2026: Rp\u00a08.400 menjadi Rp\u00a016.800 sebulan."
    )
    assert reason in message.body, message.body
    assert message.user == row.donor.person
    run(date(2026, 12, 2))
    assert Message.objects.filter(kind="reminder").count() == 1


# --- branches -------------------------------------------------------------------------------
def test_a_supervisor_gets_the_list_of_the_week_once_on_monday():
    row = a_year()
    office = row.enrollment.office or OfficeFactory()
    row.enrollment.office = office
    row.enrollment.save()
    reader = RoleFactory(user=UserFactory(), kind=Role.Kind.BRANCH_SUPERVISOR, office=office).user
    ReminderStep.objects.exclude(audience="branch").update(is_active=False)
    monday = date(2026, 12, 21)
    plan_reminders(today=monday, now=at(monday, 4))
    assert ReminderDigest.objects.get().not_before == at(monday, 8)
    run(monday)
    [message] = Message.objects.filter(kind="weekly_list", user=reader)
    assert "1 berakhir dalam 30 hari, 0 belum dibayar" in message.body
    run(date(2026, 12, 22))
    assert Message.objects.count() == 1


def test_who_wants_no_lists_is_not_counted_as_told(monkeypatch):
    row = sponsored(date(2026, 6, 1), 12)

    def dropped(**message):
        made = post_message(**message)
        made.status = Message.Status.DROPPED
        made.save()
        return made

    monkeypatch.setattr("contributions.services.sending_reminders.post_message", dropped)
    run(date(2026, 12, 1))
    assert ReminderDigest.objects.get().state == "dropped"
    assert Reminder.objects.get(sponsorship=row).told_at is None
