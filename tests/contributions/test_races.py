"""Two jobs at once, on both engines: one outcome each, and books that agree."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier, Event
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.clock import end_of_jakarta_day
from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services import expiring, releasing, settling
from contributions.services.expiring import expire
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import stop_sponsorship
from payments.models import Invoice
from tests.contributions.builders import (
    approved_order,
    at,
    billed_order,
    covered_worker,
    few_prices,
    pay,
    reverse,
    settle,
    sponsorships_of,
)
from tests.factories import NOW
from tests.races import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or the database's errors."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except DatabaseError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every allocation between its decision and its writing until both have decided.

    Where a lock keeps the second one out, the first goes on.
    """
    both_decided = Meeting()
    decide = settling.deal_out

    def decide_and_wait(*args: Any) -> Any:
        deals = decide(*args)
        both_decided.wait()
        return deals

    monkeypatch.setattr(settling, "deal_out", decide_and_wait)
    return


def rivals() -> list[Callable[[], Any]]:
    """The allocations of two donors' payments for one worker and the same months."""
    one = billed_order()
    two = billed_order(of=sponsorships_of(one)[0].worker)
    payments = [settle(one, NOW), settle(two, NOW)]
    return [
        partial(settling.allocate_payment, payment_id=payment.pk, now=NOW) for payment in payments
    ]


@pytest.mark.usefixtures("meeting")
def test_of_two_donors_who_pay_for_one_worker_one_buys_and_the_other_has_credit():
    results = at_once(*rivals())
    assert sorted(result.reason for result in results) == ["full", "taken"]
    assert Contribution.everything.filter(status="paid").count() == 12
    assert sorted(Sponsorship.everything.values_list("status", flat=True)) == ["active", "proposed"]
    assert check_books(now=NOW) == []


@pytest.mark.usefixtures("meeting")
def test_without_the_lock_only_the_database_is_left_between_them(monkeypatch):
    acts = rivals()
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    results = at_once(*acts)
    errors = [result for result in results if isinstance(result, DatabaseError)]
    # On SQLite the transaction itself is the lock.
    assert len(errors) == (1 if is_postgres(connection) else 0)
    assert Contribution.everything.filter(status="paid").count() == 12
    # The one that failed is taken up by the next run, which then knows better.
    settling.allocate_payments(now=NOW)
    assert sorted(Allocation.objects.values_list("reason", flat=True)) == ["full", "taken"]
    assert check_books(now=NOW) == []


def test_a_payment_is_allocated_by_one_of_two_jobs():
    invoice = billed_order()
    settle(invoice, NOW)
    at_once(*[partial(settling.allocate_payments, now=NOW)] * 2)
    assert Allocation.objects.count() == 1
    assert check_books(now=NOW) == []


def test_two_jobs_make_one_invoice_of_an_order():
    approved_order(3)
    results = at_once(*[partial(follow_up_approvals, now=NOW)] * 2)
    assert sum(result["invoices"] for result in results) == 1
    assert Invoice.everything.count() == 1
    assert Sponsorship.everything.count() == 3
    assert check_books(now=NOW) == []


def test_an_invoice_that_expires_while_its_money_comes_in_is_paid():
    invoice = billed_order()
    settle(invoice, end_of_jakarta_day(date(2026, 11, 30)) - timedelta(seconds=1))
    later = at(date(2026, 12, 1), 1)
    at_once(
        partial(settling.allocate_payments, now=later),
        partial(expire, today=later.date(), now=later),
    )
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert not Contribution.everything.filter(status="promised").exists()
    assert check_books(now=later) == []


def expired_after_its_money_was_allocated(monkeypatch: pytest.MonkeyPatch) -> str:
    """The expiry has seen an open invoice, and acts once its money has bought its months.

    Where the database lets one writer in at a time the expiry goes on by itself. Returns
    what becomes of the invoice.
    """
    invoice = billed_order()
    settle(invoice, end_of_jakarta_day(date(2026, 11, 30)) - timedelta(seconds=1))
    later, seen, allocated = at(date(2026, 12, 1), 1), Event(), Event()

    def wait_and_lock(worker_ids: Any) -> None:
        seen.set()
        allocated.wait(20 if is_postgres(connection) else 0.5)
        locks.lock_workers(worker_ids)

    def allocate() -> None:
        seen.wait(20)
        try:
            settling.allocate_payments(now=later)
        finally:
            allocated.set()

    monkeypatch.setattr(expiring, "locks", SimpleNamespace(lock_workers=wait_and_lock))
    at_once(allocate, partial(expire, today=later.date(), now=later))
    assert Contribution.everything.filter(status="paid").count() == 12
    invoice.refresh_from_db()
    return invoice.status


def test_an_invoice_paid_since_the_expiry_looked_stays_paid(monkeypatch):
    assert expired_after_its_money_was_allocated(monkeypatch) == "paid"
    assert check_books(now=at(date(2026, 12, 1), 1)) == []


def test_without_its_condition_the_expiry_would_close_what_was_paid(monkeypatch):
    def unguarded(*, invoice: Invoice, status: str, now: Any) -> bool:
        return Invoice.everything.filter(pk=invoice.pk).update(status=status, closed_at=now) == 1

    monkeypatch.setattr(releasing, "close_invoice", unguarded)
    closed = "expired" if is_postgres(connection) else "paid"
    assert expired_after_its_money_was_allocated(monkeypatch) == closed


def test_a_payment_undone_by_two_jobs_is_undone_once():
    payment = pay(billed_order(), NOW)
    reverse(payment, NOW)
    results = at_once(*[partial(undo_payments, now=NOW)] * 2)
    assert sum(result["undone"] for result in results) == 1
    assert check_books(now=NOW) == []


def test_a_donor_who_stops_while_his_renewal_is_allocated_has_one_outcome():
    row = covered_worker()
    extra = settle(Invoice.everything.get(), NOW)
    at_once(
        partial(settling.allocate_payment, payment_id=extra.pk, now=NOW),
        partial(stop_sponsorship, sponsorship=row, by=row.donor.person, now=NOW),
    )
    row.refresh_from_db()
    assert (row.status, row.renews) == ("active", False)
    assert check_books(now=NOW) == []


def test_money_that_comes_while_the_sponsorship_lapses_keeps_it_running():
    few_prices()
    fill_calendar()
    row = covered_worker(months=1)
    renew(today=date(2027, 3, 10), now=at(date(2027, 3, 10)))
    settle(Invoice.everything.latest("pk"), at(date(2027, 3, 19), 23))
    night = at(date(2027, 3, 20), 2)
    results = at_once(
        partial(settling.allocate_payments, now=night),
        partial(lapse, today=night.date(), now=night),
    )
    assert not [result for result in results if isinstance(result, DatabaseError)]
    row.refresh_from_db()
    assert (row.status, row.run_start) == ("active", date(2027, 3, 19))
    assert [finding for finding in check_books(now=night) if finding.is_grave] == []
