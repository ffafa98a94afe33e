"""Faults around the clock: no broker, a clock that jumps or stands, the ends of months."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from kombu.exceptions import OperationalError

from contributions.books import check_books
from contributions.models import (
    Contribution,
    Coverage,
    Reminder,
    ReminderDigest,
    Sponsorship,
)
from contributions.services.ending import follow_up_events
from contributions.services.expiring import expire
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar
from contributions.services.reminder_plan import load_reminder_plan
from contributions.services.reminding import remind
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from notices import bells
from notices.models import Message
from notices.sending import send_due_messages
from payments.gateways.registry import chosen_gateway
from payments.models import Invoice
from payments.services.applying import apply_truth
from payments.services.paying import start_payment
from tests.contributions.builders import at, billed_order, few_prices, invoice_of, pay
from tests.contributions.rows import sponsored
from tests.factories import NOW, TODAY, EnrollmentFactory, officer
from tests.payments.builders import pay_at_provider
from workers.services import living

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def prices(settings):
    settings.REMIT_AT_ONCE = True
    few_prices()
    fill_calendar()
    load_reminder_plan()


def monthly(start: date, months: int = 1) -> Sponsorship:
    """A worker paid month by month, whose last bought month ends after so many."""
    return sponsored(start, months, case=EnrollmentFactory(approved=True, months=1))


def night(day: date) -> dict[str, int]:
    """The jobs of a night and its morning, in their order."""
    counts = {f"expire_{k}": v for k, v in expire(today=day, now=at(day, 0, 31)).items()}
    counts |= renew(today=day, now=at(day, 1, 10))
    counts |= lapse(today=day, now=at(day, 2, 10))
    counts |= remind(today=day, now=at(day, 8, 10))
    return counts


def told(kind: str) -> int:
    return Message.objects.filter(kind=kind).count()


# --- no broker --------------------------------------------------------------------------
class GoneBroker:
    """What Celery is while the broker does not answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def signature(self, name: str) -> "GoneBroker":
        self.asked.append(name)
        return self

    def apply_async(self) -> None:
        raise OperationalError("connection refused")


def test_a_broker_that_is_gone_for_an_hour_costs_an_hour_and_nothing_else(
    prices, monkeypatch, django_capture_on_commit_callbacks
):
    gone = GoneBroker()
    monkeypatch.setattr(bells, "current_app", gone)
    invoice = billed_order(2)
    leaves = Contribution.everything.filter(invoice=invoice).latest("pk").worker
    with django_capture_on_commit_callbacks(execute=True):
        payment = start_payment(invoice=invoice, now=NOW)
        pay_at_provider(payment)
        apply_truth(
            payment=payment, truth=chosen_gateway().status(payment.order_id, now=NOW), now=NOW
        )
        living.record_event(
            worker=leaves,
            kind="left",
            happened_on=TODAY,
            said_by="worker",
            by=officer(),
            now=NOW + timedelta(minutes=1),
        )
    assert {
        "contributions.tasks.allocate_payments",
        "contributions.tasks.follow_up_events",
    } <= set(gone.asked)
    assert Sponsorship.everything.filter(status="awaiting_payment").count() == 2
    # The broker is back: the clock's own minute finds every row, in whatever order.
    later = NOW + HOUR
    with django_capture_on_commit_callbacks(execute=True):
        allocate_payments(now=later)
        follow_up_events(now=later)
        remit(today=TODAY, now=later)
        fetch_answers(now=later + timedelta(minutes=1))
        send_due_messages(now=later + timedelta(minutes=2))
    states = sorted(Sponsorship.everything.values_list("status", "end_reason"))
    assert states == [("active", ""), ("ended", "left")]
    assert Coverage.objects.count() == 2
    assert set(Coverage.objects.values_list("covered_from", flat=True)) == {TODAY}
    assert told("payment_allocated") == told("sponsorship_ended") == 1
    assert not Message.objects.filter(status="waiting").exists()
    assert check_books(now=later + timedelta(minutes=3)) == []


# --- a clock that jumps, or stands ---------------------------------------------------------
def done() -> tuple[int, int, int]:
    """Invoices, milestones and letters to donors and workers; a branch's list has its weeks."""
    return (
        Invoice.everything.count(),
        Reminder.objects.filter(about="cover").count(),
        Message.objects.exclude(kind="weekly_list").count(),
    )


def test_a_clock_that_jumped_a_day_ahead_and_was_set_back_does_nothing_twice(prices):
    """The night of tomorrow runs today by mistake, then both nights run as they should."""
    asked, over = monthly(date(2026, 12, 6)), monthly(date(2026, 8, 22))
    today = date(2026, 12, 20)
    assert over.paid_until == date(2026, 9, 21)
    night(today + DAY)
    before = done()
    night(today)
    night(today + DAY)
    assert done() == before
    assert Contribution.everything.filter(sponsorship=asked, status="promised").count() == 1
    # A day early, since the clock said so: still nobody is called lapsed before his last day.
    over.refresh_from_db()
    assert (over.status, over.paid_until) == ("active", date(2026, 9, 21))


def test_a_clock_that_stood_still_for_a_week_catches_up_and_says_one_thing(prices):
    asked, over = monthly(date(2026, 12, 6)), monthly(date(2026, 8, 22))
    night(date(2026, 12, 21))
    # Both donors heard that the relief ends; of cover nothing was due yet.
    before = told("reminder")
    # The lapse was due on the next day, D-3 on 2 January.
    woken = date(2027, 1, 4)
    counts = night(woken)
    assert counts["lapsed"] == 1
    donor = Reminder.objects.filter(audience="donor", about="cover", sponsorship=asked)
    assert [row.milestone for row in donor] == ["D-3"]
    assert told("reminder") == before + 1
    assert told("sponsorship_arrears") == 1
    assert set(night(woken).values()) == {0}
    over.refresh_from_db()
    assert over.end_reason == "arrears"


def test_a_clock_that_stood_still_over_the_whole_ladder_says_the_newest_step(prices):
    year = sponsored(date(2026, 1, 20), 12)
    night(date(2026, 12, 22))
    night(date(2027, 1, 21))
    donor = Reminder.objects.filter(audience="donor", about="cover", sponsorship=year)
    assert [row.milestone for row in donor] == ["D0"]
    assert ReminderDigest.objects.filter(user__isnull=False).values("user", "day").count() <= 2


def test_the_renewal_of_a_week_that_nobody_ran_asks_each_donor_once(prices):
    """Covers end on seven days in a row: one night asks for all of them."""
    rows = [monthly(date(2026, 12, 1) + timedelta(days=n)) for n in range(7)]
    renew(today=date(2026, 12, 25), now=at(date(2026, 12, 25), 1))
    assert Invoice.everything.filter(purpose="renewal").count() == 7
    promised = Contribution.everything.filter(status="promised")
    assert set(promised.values_list("sponsorship", flat=True)) == {row.pk for row in rows}
    assert renew(today=date(2026, 12, 25), now=at(date(2026, 12, 25), 2))["invoices"] == 0


# --- ends of months and years --------------------------------------------------------------
@pytest.mark.parametrize(
    ("last_day", "lapses_on"),
    [
        (date(2027, 11, 28), date(2028, 2, 29)),  # 29 November + 3 months, in a leap year
        (date(2027, 11, 29), date(2028, 2, 29)),  # 30 November has no 30 February
        (date(2027, 11, 30), date(2028, 3, 1)),
        (date(2028, 2, 28), date(2028, 5, 29)),
        (date(2028, 2, 29), date(2028, 6, 1)),
        (date(2026, 11, 29), date(2027, 2, 28)),  # and in a common one
    ],
)
def test_three_months_are_counted_from_the_day_after_the_last_one(prices, last_day, lapses_on):
    row = monthly(last_day - timedelta(days=27))
    Sponsorship.everything.filter(pk=row.pk).update(paid_until=last_day)
    assert lapse(today=lapses_on - DAY, now=at(lapses_on - DAY, 2))["lapsed"] == 0
    assert lapse(today=lapses_on, now=at(lapses_on, 2))["lapsed"] == 1


@pytest.mark.parametrize(
    ("first", "ends"),
    [
        (date(2028, 1, 31), [date(2028, 2, 28), date(2028, 3, 30), date(2028, 4, 29)]),
        (date(2028, 2, 29), [date(2028, 3, 28), date(2028, 4, 28), date(2028, 5, 28)]),
        (date(2027, 1, 31), [date(2027, 2, 27), date(2027, 3, 30), date(2027, 4, 29)]),
    ],
)
def test_a_run_from_a_month_end_goes_on_without_a_gap(prices, first, ends):
    """Renewed and paid each month by the jobs: no day is lost and none is bought twice."""
    row = monthly(first)
    for last in ends[:-1]:
        row.refresh_from_db()
        assert row.paid_until == last
        day = last - timedelta(days=15)
        night(day)
        pay(invoice_of(row.enrollment.order), at(day, 10))
    row.refresh_from_db()
    assert row.paid_until == ends[-1]
    months = Contribution.everything.filter(sponsorship=row, status__in=["paid", "accepted"])
    spans = sorted(months.values_list("covered_from", "covered_until"))
    assert all(a[1] + DAY == b[0] for a, b in pairwise(spans))
    assert len(set(months.values_list("month", flat=True))) == len(ends)


def test_a_period_over_the_years_end_is_asked_at_each_month_s_price(prices):
    """The relief of PP 50/2025 ends with December 2026: 8.400, then twice 16.800."""
    case = EnrollmentFactory(approved=True, months=3)
    row = sponsored(date(2026, 9, 10), 3, case=case)
    renew(today=date(2026, 11, 20), now=at(date(2026, 11, 20), 1))
    asked = Contribution.everything.filter(sponsorship=row, status="promised").order_by("month")
    assert list(asked.values_list("month", "amount")) == [
        (date(2026, 12, 1), 8_400),
        (date(2027, 1, 1), 16_800),
        (date(2027, 2, 1), 16_800),
    ]
    assert invoice_of(case.order).total == 42_000
