"""One message per receiver and day, each milestone once, nothing at night, nothing stale."""

from datetime import date, datetime, timedelta

import pytest

from contributions.models import Reminder, ReminderDigest, ReminderStep
from contributions.services import sending_reminders
from contributions.services.pricing import fill_calendar
from contributions.services.reminder_plan import load_reminder_plan
from contributions.services.reminding import plan_reminders, remind, send_reminders, still_true
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from notices.sending import send_due_messages
from tests.contributions.builders import few_prices, invoice_of, pay
from tests.contributions.rows import at, sponsored
from tests.factories import DonorMemberFactory, EnrollmentFactory, OrderFactory, UserFactory
from tests.workers.reports import reported
from workers.models import Enrollment

END = date(2026, 12, 31)


@pytest.fixture
def prices(db):
    """Prices, the calendar and the plan, without what it says of the relief that ends."""
    few_prices()
    fill_calendar()
    ReminderStep.objects.filter(about="price").delete()


@pytest.fixture
def year(prices):
    """A worker covered until 31 December whose next invoice is out."""
    sponsorship = sponsored(date(2026, 1, 1), 12)
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    return sponsorship


def run(day: date, hour: int = 9) -> dict[str, int]:
    return remind(today=day, now=at(day, hour))


def reminders(audience: str = "donor") -> list[str]:
    rows = Reminder.objects.filter(audience=audience, about="cover").order_by("pk")
    return [row.milestone for row in rows]


def bodies(kind: str = "reminder") -> list[str]:
    return [row.body for row in Message.objects.filter(kind=kind).order_by("pk")]


# --- milestones ---------------------------------------------------------------------------
def test_milestones_come_in_their_order_and_each_once(year):
    for day in range(31):
        run(date(2026, 12, 1) + timedelta(days=day))
    assert reminders() == ["D-14", "D-7", "D-1", "D0"]


def test_a_clock_that_stood_still_says_only_the_newest_thing(year):
    assert run(date(2026, 12, 30))["reminders"] == 1
    assert reminders() == ["D-1"]
    assert run(date(2026, 12, 30), hour=11)["messages"] == 0


def test_a_monthly_donor_is_told_at_most_twice_before_and_once_after(prices):
    sponsored(date(2026, 11, 1), 1, case=EnrollmentFactory(approved=True, months=1))
    for offset in range(45):
        today = date(2026, 11, 10) + timedelta(days=offset)
        renew(today=today, now=at(today, 1))
        run(today)
    before = Message.objects.filter(created_at__lt=at(date(2026, 12, 1), 0), user__isnull=False)
    assert before.count() == 2
    assert reminders() == ["D-3", "D+7"]


def test_a_donor_with_many_workers_gets_one_message_a_day(prices):
    order = OrderFactory()
    for _ in range(6):
        sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    assert run(date(2026, 12, 17)) == {"messages": 1, "dropped": 0, "failed": 0, "reminders": 6}
    assert "6 pekerja" in bodies()[0]


def test_who_pays_for_two_donors_gets_one_message(year):
    payer = DonorMemberFactory(donor=year.donor, role="payer").user
    other = sponsored(date(2026, 1, 1), 12)
    DonorMemberFactory(donor=other.donor, user=payer, role="payer")
    renew(today=date(2026, 12, 2), now=at(date(2026, 12, 2)))
    run(date(2026, 12, 17))
    assert Message.objects.filter(kind="reminder", user=payer).count() == 1
    assert Message.objects.filter(kind="reminder").count() == 3


def test_the_plan_is_loaded_once_and_changes_stay(db):
    written = load_reminder_plan()
    ReminderStep.objects.filter(audience="donor", days=-7).update(is_active=False)
    assert (load_reminder_plan(), ReminderStep.objects.count()) == (0, written)


def test_a_step_that_is_switched_off_says_nothing(year):
    ReminderStep.objects.filter(audience="donor", months=12).exclude(days=-1).update(
        is_active=False
    )
    for day in range(31):
        run(date(2026, 12, 1) + timedelta(days=day))
    assert reminders() == ["D-1"]


# --- nothing that is not so ------------------------------------------------------------------
def test_nothing_is_said_where_nothing_can_be_paid(year):
    stop_sponsorship(sponsorship=year, by=UserFactory(), now=at(date(2026, 12, 2)))
    run(date(2026, 12, 20))
    assert bodies() == []


def pay_now(sponsorship, day=date(2026, 12, 17)):
    pay(invoice_of(sponsorship.enrollment.order), at(day, 9))


def test_what_is_paid_between_planning_and_sending_is_not_said(year):
    plan_reminders(today=date(2026, 12, 17), now=at(date(2026, 12, 17), 4))
    pay_now(year)
    counts = send_reminders(now=at(date(2026, 12, 17), 10))
    assert counts == {"messages": 0, "dropped": 1, "failed": 0, "reminders": 0}
    assert ReminderDigest.objects.get().state == "dropped"
    assert Reminder.objects.get(audience="donor").told_at is None


def test_a_message_that_waited_is_dropped_when_paid_meanwhile(year):
    run(date(2026, 12, 17))
    message = Message.objects.get(kind="reminder")
    assert still_true(message)
    pay_now(year)
    send_due_messages(now=at(date(2026, 12, 17), 11))
    message.refresh_from_db()
    assert message.status == "dropped"
    assert send_reminders(now=at(date(2026, 12, 17), 12))["dropped"] == 1
    assert Message.objects.filter(kind="reminder").count() == 1


def test_what_is_left_of_a_message_that_waited_is_said_anew(year):
    order = year.enrollment.order
    other = sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
    renew(today=date(2026, 12, 2), now=at(date(2026, 12, 2)))
    run(date(2026, 12, 17))
    reported(other.worker, now=at(date(2026, 12, 17), 10))
    first = Message.objects.get(kind="reminder")
    assert not still_true(first)
    assert send_reminders(now=at(date(2026, 12, 17), 12))["reminders"] == 1
    second = Message.objects.filter(kind="reminder").latest("pk")
    assert second != first
    assert second.body.count("perlindungan sampai") == 1
    assert still_true(second)
    assert not still_true(first)


def left_late(message: Message, now: datetime) -> bool:
    """Whether a message that waited leaves at an instant, as the sender asks."""
    message.claimed_at = now
    return still_true(message)


def test_a_message_that_leaves_after_the_last_day_is_written_anew(year):
    """Before the end it says "until", after it "has ended": the day of leaving counts."""
    run(date(2026, 12, 30))
    message = Message.objects.get(kind="reminder")
    assert "perlindungan sampai" in message.body
    assert left_late(message, at(date(2026, 12, 31), 8))
    assert not left_late(message, at(date(2027, 1, 2), 8))
    assert send_reminders(now=at(date(2027, 1, 2), 9))["messages"] == 1
    second = Message.objects.filter(kind="reminder").latest("pk")
    assert "sudah melewati hari terakhirnya" in second.body
    assert second.body != message.body
    assert left_late(second, at(date(2027, 1, 2), 10))


def test_what_the_sender_missed_yesterday_is_said_once_today(year):
    plan_reminders(today=date(2026, 12, 23), now=at(date(2026, 12, 23), 4))
    counts = run(date(2026, 12, 24))
    assert (counts["messages"], len(bodies())) == (1, 1)
    assert list(
        ReminderDigest.objects.filter(user__isnull=False)
        .order_by("day")
        .values_list("state", flat=True)
    ) == ["dropped", "sent"]
    assert run(date(2026, 12, 25))["messages"] == 0


def test_a_digest_that_fails_keeps_nobody_else_waiting(year, monkeypatch):
    other = sponsored(date(2026, 1, 1), 12)
    renew(today=date(2026, 12, 2), now=at(date(2026, 12, 2)))
    write, bad = sending_reminders.facts_of_user, year.donor.person

    def fail_for_one(digest, **more):
        if digest.user == bad:
            raise ValueError
        return write(digest, **more)

    monkeypatch.setattr(sending_reminders, "facts_of_user", fail_for_one)
    day = date(2026, 12, 17)
    assert run(day) == {"messages": 1, "dropped": 0, "failed": 1, "reminders": 1}
    assert Message.objects.get(kind="reminder").user == other.donor.person
    monkeypatch.undo()
    assert send_reminders(now=at(day, 10))["messages"] == 1


def test_what_is_planned_after_the_digest_of_the_day_left_is_said_the_next_day(year):
    other = sponsored(
        date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=year.enrollment.order)
    )
    renew(today=date(2026, 12, 2), now=at(date(2026, 12, 2)))
    case = Enrollment.everything.filter(pk=other.enrollment_id)
    case.update(frozen_at=at(date(2026, 12, 16)), frozen_because="not_me")
    day = date(2026, 12, 17)
    assert run(day)["reminders"] == 1
    case.update(frozen_at=None, frozen_because="")
    assert plan_reminders(today=day, now=at(day, 10)) == {"reminders": 1, "digests": 0}
    assert send_reminders(now=at(day, 11))["messages"] == 0
    assert run(date(2026, 12, 18)) == {"messages": 1, "dropped": 0, "failed": 0, "reminders": 1}
    assert run(date(2026, 12, 19))["messages"] == 0


def test_a_message_planned_at_night_waits_for_the_morning(year):
    assert run(date(2026, 12, 17), hour=21)["messages"] == 0
    assert ReminderDigest.objects.get().not_before == at(date(2026, 12, 18), 8)


def test_the_morning_is_that_of_the_receiver(year):
    user = year.donor.person
    user.utc_offset = 9
    user.save()
    plan_reminders(today=date(2026, 12, 17), now=at(date(2026, 12, 17), 4))
    assert ReminderDigest.objects.get(user=user).not_before == at(date(2026, 12, 17), 6)


# --- words ---------------------------------------------------------------------------------
def test_the_message_bears_a_pay_link_and_nothing_personal(year):
    run(date(2026, 12, 17))
    message = Message.objects.get(kind="reminder")
    assert "/bayar/" in message.body
    for secret in (year.worker.short_name, year.worker.nik, "16.800"):
        assert secret not in message.body.splitlines()[0] + message.subject


def test_in_arrears_no_message_says_protected(year):
    run(date(2026, 12, 31))
    run(date(2027, 1, 30))
    body = bodies()[-1]
    assert "terlindungi" not in body.lower()
    assert "cabang yang memutuskan" in body
    assert "31 Maret 2027" in body


# --- queries -------------------------------------------------------------------------------
def test_a_digest_costs_the_same_for_one_worker_and_for_many(prices, django_assert_max_num_queries):
    order = OrderFactory()
    for _ in range(8):
        sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    plan_reminders(today=date(2026, 12, 17), now=at(date(2026, 12, 17), 4))
    with django_assert_max_num_queries(30):
        send_reminders(now=at(date(2026, 12, 17), 10))


def test_a_second_plan_finds_nothing_to_do(year, django_assert_max_num_queries):
    plan_reminders(today=date(2026, 12, 17), now=at(date(2026, 12, 17), 4))
    with django_assert_max_num_queries(32):
        again = plan_reminders(today=date(2026, 12, 17), now=at(date(2026, 12, 17), 5))
    assert again == {"reminders": 0, "digests": 0}
