"""The way from a reminder to the payment, who pays for himself, and who wants no reminders."""

import re
from datetime import date, timedelta

import pytest
import time_machine

from accounts.models import phone_index
from bricks.rupiah import format_rupiah
from contributions.models import Reminder, ReminderDigest, ReminderStep, SelfPayer
from contributions.reminders.plan import windows
from contributions.services.paying_himself import pay_himself
from contributions.services.reminding import remind
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from notices import preferences
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices, pay
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, UserFactory

PHONE = "+6281200000001"
DAY = date(2026, 12, 24)


@pytest.fixture(autouse=True)
def _laws(db):
    few_prices()


def run(day, hour=9):
    return remind(today=day, now=at(day, hour))


def a_year(start=date(2026, 1, 1), months=12, **fields):
    case = EnrollmentFactory(approved=True, months=months)
    row = sponsored(start, months, case=case, **fields)
    worker = row.worker
    worker.phone, worker.phone_index = PHONE, phone_index(PHONE)
    worker.save()
    return row


def bodies(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("body", flat=True))


# --- the pay link -------------------------------------------------------------------------
@pytest.fixture
def link():
    """The address in a reminder of 24 December, as it stands in the message."""
    row = a_year()
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    run(DAY)
    [body] = bodies("reminder")
    return re.search(r"https?://[^/]+(/bayar/\S+)", body)[1], row


@pytest.mark.parametrize(
    ("day", "offered"), [(date(2026, 12, 25), True), (date(2027, 2, 1), False)]
)
def test_the_link_pays_without_signing_in_until_the_invoice_expires(client, link, day, offered):
    path, row = link
    with time_machine.travel(at(day), tick=False):
        page = client.get(path)
    assert page.status_code == 200
    assert (b"<form" in page.content and b"tidak bisa dibayar lagi" not in page.content) == offered
    assert row.worker.name not in page.content.decode()


# --- who wants none ------------------------------------------------------------------------
def reminders_told():
    return set(Reminder.objects.filter(told_at__isnull=False).values_list("audience", flat=True))


def test_a_user_who_wants_no_reminders_gets_none_and_is_not_counted_as_told():
    row = a_year()
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    user = row.donor.person
    preferences.keep_choices(user=user, wanted=["cover", "lists"], now=at(DAY, 1))
    run(DAY)
    assert ReminderDigest.objects.get(user=user).state == "dropped"
    assert set(Message.objects.filter(user=user, kind="reminder").values_list("status")) == {
        ("dropped",)
    }
    assert reminders_told() == {"worker"}
    assert run(DAY, hour=12)["messages"] == 0


def test_a_phone_that_has_said_stop_gets_none():
    a_year()
    preferences.keep_wish_of_phone(phone_index=phone_index(PHONE), willing=False, now=at(DAY, 1))
    run(DAY)
    assert "worker" not in reminders_told()
    assert Message.objects.get(kind="worker_reminder").status == "dropped"


# --- who pays for himself --------------------------------------------------------------------
@pytest.fixture
def own():
    """A worker who has paid three months himself, until 31 March, after his donor stopped."""
    row = a_year()
    day = date(2026, 12, 20)
    stop_sponsorship(sponsorship=row, by=UserFactory(), now=at(day))
    invoice = pay_himself(worker=row.worker, months=1, now=at(day))
    pay(invoice, at(day))
    Message.objects.all().delete()
    return row.worker


def test_who_pays_for_himself_is_reminded_like_a_donor(own):
    donor = SelfPayer.objects.get(worker=own).donor
    days = [date(2027, 1, 10) + timedelta(days=n) for n in range(35)]
    for today in days:
        renew(today=today, now=at(today, 1))
        run(today)
    rows = Reminder.objects.filter(sponsorship__donor=donor, about="cover")
    assert set(rows.values_list("audience", "days")) == {
        ("donor", -3),
        ("worker", -3),
        ("donor", 7),
    }
    assert not rows.filter(told_at__isnull=True).exists()
    before, after = bodies("worker_reminder")
    assert "dibayar s.d. 31 Januari 2027" in before
    assert "/bayar/" in before
    assert "/bayar/" in after
    assert {m.address_index for m in Message.objects.filter(kind="worker_reminder")} == {
        phone_index(PHONE)
    }


def test_the_renewal_asks_who_pays_for_himself_by_his_phone_and_once(own):
    for today in (date(2027, 1, 17), date(2027, 1, 18)):
        renew(today=today, now=at(today, 1))
    invoice = Invoice.everything.filter(status="open").latest("pk")
    [message] = Message.objects.filter(kind="renewal_invoice")
    assert message.address_index == phone_index(PHONE)
    first, second, third, *_rest = message.body.split("\n")
    assert "Rp" not in first + second
    assert "/bayar/" in second
    assert format_rupiah(16_800) in third
    assert invoice.number in third


def test_who_pays_for_himself_is_told_why_it_gets_dearer():
    ReminderStep.objects.exclude(about="price").delete()
    row = a_year(date(2026, 6, 1))
    SelfPayer.objects.create(worker=row.worker, donor=row.donor, made_at=at(DAY))
    row.donor.members.update(left_at=at(date(2026, 11, 1)))
    run(date(2026, 12, 1))
    [body] = bodies("worker_reminder")
    assert body.startswith("Iuran Anda akan berubah.\n")
    assert "Diskon pemerintah berakhir 31 Desember 2026" in body
    assert Reminder.objects.get().told_at is not None


def test_what_he_pays_meanwhile_is_not_asked_for(own):
    for today in (date(2027, 1, 17), date(2027, 1, 18)):
        renew(today=today, now=at(today, 1))
    pay(Invoice.everything.filter(status="open").latest("pk"), at(date(2027, 1, 20)))
    run(date(2027, 1, 29))
    assert bodies("worker_reminder") == []


# --- steps ----------------------------------------------------------------------------------
def test_a_step_before_the_end_is_not_said_after_it_where_another_follows():
    steps = list(ReminderStep.objects.filter(audience="donor", months=1))
    today = date(2026, 12, 10)
    before, after = windows(steps, audience="donor", about="cover", today=today)
    assert (before.days, before.after, before.until) == (
        -3,
        date(2026, 12, 9),
        date(2026, 12, 13),
    )
    assert (after.days, after.until) == (7, date(2026, 12, 3))


def test_who_is_asked_late_hears_once_after_the_end():
    a_year(date(2026, 11, 1), 1)
    late = date(2026, 12, 2)
    renew(today=late, now=at(late, 1))
    for day in range(20):
        run(late + timedelta(days=day))
    rows = Reminder.objects.filter(audience="donor", about="cover")
    assert list(rows.values_list("days", flat=True)) == [7]
