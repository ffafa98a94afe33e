"""Where a worker stands, and what pages and look-ups read of it."""

from datetime import date, timedelta

import pytest

from contributions import selectors
from contributions.cover import Cover, CoverStatus, status_on
from contributions.models import Contribution, Sponsorship
from contributions.services.expiring import expire
from contributions.services.remitting import fetch_answers, remit
from payments.models import Invoice
from tests.contributions.builders import (
    at,
    billed_order,
    covered_worker,
    pay,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, EnrollmentFactory, WorkerFactory, officer

UNTIL = date(2026, 8, 31)
SPAN = Cover(date(2026, 1, 1), UNTIL, None)


def stand(day: date, *, accepted=(SPAN,), waiting=(), is_billed=False) -> CoverStatus:
    """Where a worker stands with these months."""
    return status_on(day, accepted=accepted, waiting=waiting, is_billed=is_billed, arrears_months=3)


@pytest.mark.parametrize(
    ("day", "kind", "arrears"),
    [
        (date(2026, 1, 1), "covered", 0),
        (UNTIL, "covered", 0),
        (date(2026, 9, 1), "arrears", 1),
        (date(2026, 9, 30), "arrears", 1),
        (date(2026, 10, 1), "arrears", 2),
        (date(2026, 11, 30), "arrears", 3),
        (date(2026, 12, 1), "ended", 0),
        (date(2030, 1, 1), "ended", 0),
    ],
)
def test_cover_then_three_months_of_arrears_then_the_end(day, kind, arrears):
    status = stand(day)
    assert (status.kind, status.arrears, status.covered_until) == (kind, arrears, UNTIL)


def test_the_full_jkm_begins_three_months_after_the_unbroken_start():
    assert stand(TODAY, accepted=[Cover(TODAY, date(2027, 11, 19), NOW)]).jkm_full_from == date(
        2027, 2, 20
    )


def test_paid_is_not_yet_covered():
    waiting = [
        Cover(TODAY, date(2026, 12, 19), NOW),
        Cover(date(2026, 12, 20), date(2027, 1, 19), None),
    ]
    status = stand(TODAY, accepted=[], waiting=waiting, is_billed=True)
    assert (status.kind, status.next_step) == ("awaiting_acceptance", "wait_for_bpjs")
    assert (status.covered_from, status.covered_until) == (TODAY, date(2027, 1, 19))
    assert status.starts_at == NOW


def test_a_renewal_that_waits_changes_nothing_about_present_cover():
    waiting = [Cover(date(2026, 9, 1), date(2026, 9, 30), None)]
    status = stand(date(2026, 8, 20), waiting=waiting)
    assert (status.kind, status.covered_until) == ("covered", UNTIL)
    assert status.paid_until == date(2026, 9, 30)
    assert stand(date(2026, 9, 2), waiting=waiting).kind == "awaiting_acceptance"


def test_nobody_is_in_arrears_before_his_cover_begins():
    status = stand(date(2025, 12, 31))
    assert (status.kind, status.covered_from) == ("starts_later", date(2026, 1, 1))


def test_never_paid_is_asked_or_not_asked():
    assert stand(TODAY, accepted=[], is_billed=True).kind == "awaiting_payment"
    assert stand(TODAY, accepted=[]).kind == "never"


def test_no_kind_says_not_protected():
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(0, 900, 7)]
    assert {stand(day).kind for day in days} <= {"starts_later", "covered", "arrears", "ended"}


# --- read from rows --------------------------------------------------------------------
def accept(when=NOW) -> None:
    """Hand everything over and let the core answer."""
    remit(today=when.date(), now=when)
    fetch_answers(now=when + timedelta(minutes=1))


def stands(row: Sponsorship, day: date = TODAY) -> CoverStatus:
    """Where the worker of a sponsorship stands."""
    return selectors.cover_status(row.worker, day)


@pytest.mark.django_db
def test_the_way_of_a_worker_from_billed_to_covered():
    assert selectors.cover_status(WorkerFactory(), TODAY).kind == "never"
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    assert stands(row).kind == "awaiting_payment"
    pay(invoice, NOW)
    assert stands(row).kind == "awaiting_acceptance"
    remit(today=TODAY, now=NOW)
    assert stands(row).kind == "awaiting_acceptance"
    accept()
    status = stands(row)
    assert (status.kind, status.covered_until) == ("covered", date(2027, 11, 19))
    assert status.starts_at == NOW
    assert stands(row, date(2027, 12, 25)).arrears == 2


@pytest.mark.django_db
def test_many_workers_cost_as_many_statements_as_one(django_assert_num_queries):
    rows = sponsorships_of(billed_order(2))
    pay(Invoice.everything.get(), NOW)
    accept()
    rows += sponsorships_of(billed_order(3))
    with django_assert_num_queries(5):
        found = selectors.cover_statuses([row.worker_id for row in rows], today=TODAY)
    assert [found[row.worker_id].kind for row in rows] == ["covered"] * 2 + ["awaiting_payment"] * 3


@pytest.mark.django_db
def test_the_first_day_is_covered_from_its_minute_on():
    row = covered_worker()
    assert selectors.was_covered_on(row.worker_id, TODAY) is None
    accept()
    first = selectors.was_covered_on(row.worker_id, TODAY)
    assert first.since == NOW
    assert (first.covered_from, first.covered_until) == (TODAY, date(2027, 11, 19))
    assert selectors.was_covered_on(row.worker_id, date(2026, 11, 21)).since is None
    assert selectors.was_covered_on(row.worker_id, date(2026, 11, 19)) is None
    assert selectors.was_covered_on(row.worker_id, date(2027, 11, 20)) is None


@pytest.mark.django_db
def test_a_donor_sees_his_own_sponsorships_with_what_ends_first_on_top(
    django_assert_num_queries,
):
    invoice = billed_order(months=12)
    order = sponsorships_of(invoice)[0].enrollment.order
    pay(invoice, NOW)
    short = billed_order(order=order, months=1)
    pay(short, NOW)
    covered_worker()
    donor = order.donor.person
    # His roles are read once, the rows with all that a page shows of them once.
    with django_assert_num_queries(2):
        rows = list(selectors.sponsorships_of(donor))
    assert [row.run_months for row in rows] == [1, 12]
    with django_assert_num_queries(5):
        listed = selectors.with_cover(rows, today=TODAY)
    assert [row.cover.kind for row in listed] == ["awaiting_acceptance"] * 2
    assert selectors.may_act(donor, rows[0])
    assert not selectors.may_act(officer(), rows[0])


@pytest.mark.django_db
def test_a_pay_link_leads_to_the_invoice_that_took_the_place():
    invoice = billed_order()
    assert selectors.current_invoice_for(invoice) == invoice
    expire(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    invoice.refresh_from_db()
    fresh = selectors.current_invoice_for(invoice)
    assert fresh.pk != invoice.pk
    assert fresh.status == "open"
    pay(fresh, at(date(2026, 12, 2)))
    fresh.refresh_from_db()
    assert selectors.current_invoice_for(fresh) is None
    assert [line.months for line in selectors.invoice_lines(invoice)] == [12]


@pytest.mark.django_db
def test_what_a_payment_bought_is_read_with_its_days(django_assert_num_queries):
    invoice = billed_order(2)
    payment = pay(invoice, NOW)
    with django_assert_num_queries(2):
        bill = selectors.bought_with(payment, today=TODAY)
    assert [line.total for line in bill.lines] == [184_800, 184_800]
    assert bill.last_day == date(2027, 11, 19)
    assert selectors.allocation_of(payment).months == 24
    assert selectors.months_of(sponsorships_of(invoice)[0]).count() == 12


@pytest.mark.django_db
def test_refused_and_unanswered_months_are_on_the_list_of_their_branch():
    refused = covered_worker(nik="1671014203890099", months=1)
    slow = covered_worker(nik="1671014203890098", months=1)
    accept()
    mine = officer(office=refused.enrollment.office)
    elsewhere = officer(office=EnrollmentFactory(office__code="LAIN").office)
    assert [row.worker_id for row in selectors.rejected_contributions(mine)] == [refused.worker_id]
    assert not selectors.rejected_contributions(elsewhere).exists()

    # Friday's line has Monday and Tuesday; it is late on Wednesday.
    for day, late in [(24, False), (25, True)]:
        rows = selectors.unanswered_contributions(mine, today=date(2026, 11, day))
        assert ([row.worker_id for row in rows] == [slow.worker_id]) is late
    assert not selectors.unanswered_contributions(elsewhere, today=date(2026, 11, 25)).exists()
    Contribution.everything.filter(worker=slow.worker).update(status="accepted", accepted_at=NOW)
    assert not selectors.unanswered_contributions(mine, today=date(2026, 11, 25)).exists()
