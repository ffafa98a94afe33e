"""Money that comes after its invoice, its approval or a birthday; and how late is late."""

from datetime import date, timedelta

import pytest

from bricks.clock import end_of_jakarta_day
from contributions.models import Contribution
from contributions.services.expiring import expire
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import (
    at,
    billed_order,
    bought,
    case_of,
    covered_worker,
    few_prices,
    outcome,
    pay,
    settle,
    sponsorships_of,
)
from tests.factories import WorkerFactory

pytestmark = pytest.mark.django_db

DECEMBER = at(date(2026, 12, 3))


def test_paid_after_the_invoice_ended_buys_from_the_month_of_settlement():
    invoice = billed_order()
    expire(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    payment = pay(invoice, DECEMBER)
    made = outcome(payment)
    (row,) = sponsorships_of(invoice)
    # 8.400 for December and 10 x 16.800 from January: 176.400 of 184.800.
    assert (made.reason, made.bought, made.credited, made.months) == ("late", 176_400, 8_400, 11)
    assert (row.run_start, row.run_months) == (date(2026, 12, 3), 11)
    assert [month.amount for month in bought(row)] == [8_400] + [16_800] * 10
    assert bought(row)[0].starts_at == DECEMBER


def test_a_late_payment_withdraws_the_fresh_invoice():
    invoice = billed_order()
    expire(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    fresh = Invoice.everything.latest("pk")
    pay(invoice, DECEMBER)
    fresh.refresh_from_db()
    assert fresh.status == "void"
    assert not Contribution.everything.filter(status="promised").exists()
    assert not any(follow_up_approvals(now=DECEMBER).values())
    # Who pays the withdrawn one as well keeps his money as credit.
    twice = pay(fresh, DECEMBER + timedelta(hours=1))
    assert (outcome(twice).reason, outcome(twice).credited) == ("double", fresh.total)
    assert sponsorships_of(invoice)[0].run_months == 11


def test_late_and_the_expiry_job_has_not_run():
    invoice = billed_order()
    payment = pay(invoice, DECEMBER)
    assert outcome(payment).reason == "late"
    invoice.refresh_from_db()
    assert invoice.status == "expired"
    assert not Contribution.everything.filter(status="promised").exists()


def test_settled_in_time_but_heard_of_late_counts_as_in_time():
    invoice = billed_order()
    last_second = end_of_jakarta_day(date(2026, 11, 30)) - timedelta(seconds=1)
    expire(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    payment = settle(invoice, last_second, arrives=at(date(2026, 12, 1), 11))
    allocate_payments(now=at(date(2026, 12, 1), 11))
    made = outcome(payment)
    assert (made.reason, made.months, made.credited) == ("full", 12, 0)
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    (row,) = sponsorships_of(invoice)
    assert row.run_start == date(2026, 11, 30)
    assert Invoice.everything.exclude(pk=invoice.pk).get().status == "void"


def test_after_the_approval_money_is_credit_and_the_branch_checks_again():
    invoice = billed_order()
    day = date(2026, 12, 21)
    expire(today=day, now=at(day, 1))
    payment = pay(invoice, at(day))
    made = outcome(payment)
    assert (made.reason, made.months, made.credited) == ("refused", 0, 184_800)
    assert sponsorships_of(invoice)[0].status == "ended"
    (letter,) = Message.objects.filter(kind="payment_allocated")
    assert "diperiksa cabang" in letter.body
    assert "menunggu pengesahan" not in letter.body


def test_an_approval_that_held_when_the_money_came_is_revived():
    invoice = billed_order()
    settled = at(date(2026, 12, 20), 23, 50)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21), 0, 5))
    settle(invoice, settled, arrives=at(date(2026, 12, 21), 8))
    allocate_payments(now=at(date(2026, 12, 21), 8))
    (row,) = sponsorships_of(invoice)
    assert (row.status, row.end_reason, row.run_start) == ("active", "", date(2026, 12, 20))
    assert case_of(row).status == "approved"


@pytest.mark.parametrize(("day", "allowed"), [(19, True), (20, False)])
def test_the_65th_birthday_is_too_late_for_the_first_month(day, allowed):
    worker = WorkerFactory(birth_date=date(1961, 11, 20))
    invoice = billed_order(when=at(date(2026, 11, 10)), of=worker, months=1)
    pay(invoice, at(date(2026, 11, day)))
    assert (sponsorships_of(invoice)[0].status == "active") is allowed


def test_age_is_no_matter_at_renewal():
    few_prices()
    worker = WorkerFactory(birth_date=date(1961, 12, 1))
    row = covered_worker(of=worker, months=1)
    renew(today=date(2026, 12, 10), now=at(date(2026, 12, 10)))
    pay(Invoice.everything.latest("pk"), at(date(2026, 12, 12)))
    row.refresh_from_db()
    assert row.run_months == 2
