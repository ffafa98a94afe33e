"""An event of a worker's life against money, its revocation and itself: one outcome each."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship
from contributions.services import ending, settling
from contributions.services.ending import follow_up_event, follow_up_events
from contributions.services.releasing import void_open_invoices
from notices.models import Message
from payments.models import Invoice, Posting
from tests.contributions.builders import (
    balance,
    billed_order,
    covered_worker,
    pay,
    settle,
    sponsorships_of,
)
from tests.contributions.test_races import at_once
from tests.factories import NOW, TODAY, officer
from tests.races import until
from workers.models import WorkerEvent
from workers.services import living

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def happens(worker: Any, when: Any = NOW) -> WorkerEvent:
    return living.record_event(
        worker=worker, kind="died", happened_on=TODAY, said_by="family", by=officer(), now=when
    )


def hold_settlement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the settlement between its decision and its writing until the end is drawn.

    Where a lock keeps the end out, the settlement goes on.
    """
    decided, ended = Event(), Event()
    decide, end = settling.deal_out, ending.follow_up_event

    def decide_and_wait(*args: Any) -> Any:
        deals = decide(*args)
        decided.set()
        until(ended.is_set)
        return deals

    def wait_and_end(**event: Any) -> Any:
        decided.wait(timeout=20)
        outcome = end(**event)
        ended.set()
        return outcome

    monkeypatch.setattr(settling, "deal_out", decide_and_wait)
    monkeypatch.setattr(ending, "follow_up_event", wait_and_end)


def rivals() -> tuple[Invoice, list[Callable[[], Any]]]:
    """Money that came before a death was told, allocated while the death is followed up.

    Its invoice was withdrawn meanwhile, so that no row but the worker's is between them.
    """
    invoice = billed_order()
    row = sponsorships_of(invoice)[0]
    void_open_invoices(sponsorship_ids=[row.pk], now=NOW)
    payment = settle(invoice, NOW + timedelta(seconds=1))
    happens(row.worker, NOW + timedelta(seconds=2))
    return invoice, [
        partial(settling.allocate_payment, payment_id=payment.pk, now=LATER),
        partial(follow_up_events, now=LATER),
    ]


def settled_state(invoice: Invoice) -> tuple[str, int, int]:
    """Follow up what is left, then say status, bought months and money of the donor."""
    follow_up_events(now=LATER)
    row = Sponsorship.everything.get()
    bought = Contribution.everything.filter(status="paid").count()
    return row.status, bought, balance("credit", invoice) + balance("payable")


def test_a_payment_that_meets_a_death_loses_no_money(monkeypatch):
    invoice, acts = rivals()
    hold_settlement(monkeypatch)
    results = at_once(*acts)
    assert not [result for result in results if isinstance(result, DatabaseError)]
    assert settled_state(invoice) == ("ended", 1, invoice.total)
    assert check_books(now=LATER) == []


def test_without_the_lock_a_dead_workers_sponsorship_runs_on(monkeypatch):
    invoice, acts = rivals()
    hold_settlement(monkeypatch)
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    at_once(*acts)
    row = Sponsorship.everything.get()
    bought = Contribution.everything.filter(status="paid").count()
    # The settlement wrote what it had read before the end. On SQLite the transaction
    # itself is the lock.
    torn = ("active", 12) if is_postgres(connection) else ("ended", 1)
    assert (row.status, bought) == torn
    # The next run finds it, and ends it: no money was lost.
    assert settled_state(invoice) == ("ended", 1, invoice.total)
    assert check_books(now=LATER) == []


def test_an_event_is_followed_up_by_one_of_two_jobs():
    row = covered_worker()
    happens(row.worker)
    results = at_once(*[partial(follow_up_events, now=LATER)] * 2)
    assert sum(result["ended"] for result in results) == 1
    assert Posting.objects.filter(kind="months_returned").count() == 1
    assert Message.objects.filter(kind="sponsorship_ended").count() == 1
    assert check_books(now=LATER) == []


def test_an_event_revoked_while_it_is_followed_up_has_one_outcome():
    row = covered_worker()
    event = happens(row.worker)
    by = officer()
    results = at_once(
        partial(follow_up_events, now=LATER),
        partial(living.revoke_event, event=event, by=by, now=LATER, note=""),
    )
    assert not [result for result in results if isinstance(result, DatabaseError)]
    follow_up_events(now=LATER)
    row.refresh_from_db()
    assert (row.status, row.ended_by) == ("active", None)
    assert check_books(now=LATER) == []


def test_one_event_told_by_two_at_once_is_recorded_once():
    row = covered_worker()
    people = [officer(), officer()]
    tell = partial(
        living.record_event,
        worker=row.worker,
        kind="died",
        happened_on=TODAY,
        said_by="family",
        now=NOW,
    )
    first, second = at_once(*(partial(tell, by=who) for who in people))
    assert first == second
    assert WorkerEvent.everything.count() == 1


def test_a_renewal_paid_while_the_worker_leaves_loses_no_money():
    row = covered_worker()
    invoice = Invoice.everything.get()
    extra = settle(invoice, NOW)
    happens(row.worker)
    at_once(
        partial(settling.allocate_payment, payment_id=extra.pk, now=LATER),
        partial(follow_up_events, now=LATER),
    )
    assert settled_state(invoice) == ("ended", 1, 2 * invoice.total)
    assert check_books(now=LATER) == []


def test_two_workers_of_one_invoice_end_at_once_without_a_ring():
    invoice = billed_order(2)
    pay(invoice, NOW)
    events = [happens(row.worker) for row in sponsorships_of(invoice)]
    results = at_once(*(partial(follow_up_event, event_id=e.pk, now=LATER) for e in events))
    assert not [result for result in results if isinstance(result, DatabaseError)]
    assert set(Sponsorship.everything.values_list("status", flat=True)) == {"ended"}
    assert check_books(now=LATER) == []
