"""One message per donor and day, each milestone once, nothing at night, nothing personal."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bricks.clock import JAKARTA
from contributions.models import Reminder
from contributions.services.reminding import daytime, remind
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, OrderFactory, UserFactory

END = date(2026, 12, 31)


@pytest.fixture
def year(db):
    """A worker covered until 31 December whose next invoice is out."""
    few_prices()
    sponsorship = sponsored(date(2026, 1, 1), 12)
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    return sponsorship


def run(day: date, hour: int = 9) -> dict[str, int]:
    return remind(today=day, now=at(day, hour))


def reminders() -> list[str]:
    return list(Reminder.objects.order_by("pk").values_list("milestone", flat=True))


def test_milestones_come_in_their_order_and_each_once(year):
    for day in range(31):
        run(date(2026, 12, 1) + timedelta(days=day))
    assert reminders() == ["D-14", "D-7", "D-1"]


def test_a_clock_that_stood_still_says_only_the_newest_thing(year):
    assert run(date(2026, 12, 30))["reminders"] == 1
    assert reminders() == ["D-1"]
    assert run(date(2026, 12, 31))["reminders"] == 0


def test_a_donor_with_many_workers_gets_one_message_a_day(db):
    few_prices()
    order = OrderFactory()
    for _ in range(4):
        sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    assert run(date(2026, 12, 17)) == {"messages": 1, "reminders": 4}
    assert "4 pekerja" in Message.objects.get(kind="reminder").body


def test_a_monthly_donor_is_told_at_most_twice_before_and_once_after(db):
    few_prices()
    sponsored(date(2026, 11, 1), 1, case=EnrollmentFactory(approved=True, months=1))
    for offset in range(45):
        today = date(2026, 11, 10) + timedelta(days=offset)
        renew(today=today, now=at(today, 1))
        run(today)
    before = Message.objects.filter(created_at__lt=at(date(2026, 12, 1), 0))
    assert before.count() == 2
    assert reminders() == ["D-3", "D+7"]


def test_nothing_is_said_where_nothing_can_be_paid(year):
    stop_sponsorship(sponsorship=year, by=UserFactory(), now=at(date(2026, 12, 2)))
    assert run(date(2026, 12, 20)) == {"messages": 0, "reminders": 0}


def test_the_message_bears_a_pay_link_and_nothing_personal(year):
    run(date(2026, 12, 17))
    message = Message.objects.get(kind="reminder")
    assert "/bayar/" in message.body
    for secret in (year.worker.name, year.worker.nik, "16.800"):
        assert secret not in message.body.splitlines()[0] + message.subject


def test_in_arrears_no_message_says_protected(year):
    run(date(2026, 12, 31))
    renew(today=date(2027, 2, 1), now=at(date(2027, 2, 1)))
    run(date(2027, 2, 1))
    body = Message.objects.filter(kind="reminder").latest("pk").body
    assert "terlindungi" not in body.lower()
    assert "bulan ke-2" in body


def test_a_message_written_at_night_waits_for_the_morning(year):
    run(date(2026, 12, 17), hour=21)
    assert Message.objects.get(kind="reminder").not_before == at(date(2026, 12, 18), 8)


@given(st.integers(0, 60 * 24 * 365))
def test_daytime_is_never_at_night_and_never_before_now(minutes):
    now = datetime(2026, 1, 1, tzinfo=JAKARTA) + timedelta(minutes=minutes)
    then = daytime(now)
    assert now <= then < now + timedelta(hours=13)
    assert 8 <= then.hour < 20
