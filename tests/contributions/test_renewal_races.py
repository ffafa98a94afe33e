"""Two processes at one renewal, on PostgreSQL; each guard is shown to be needed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Contribution, CreditUse, RenewalChunk, RenewalLine, RenewalRun
from contributions.services import renewal_work, renewing
from contributions.services.renewing import renew_tonight
from notices.models import Message
from payments import ledger
from payments.ledger import InsufficientBalance
from payments.models import Account, Invoice
from tests.contributions.builders import few_prices
from tests.contributions.renewals import (
    NIGHT,
    TODAY,
    YEAR,
    give_credit,
    little_world,
    order_of,
    small_chunks,
)

pytestmark = pytest.mark.django_db(transaction=True)
night = partial(renew_tonight, today=TODAY, now=NIGHT)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_postgres(connection):
        pytest.skip("races need PostgreSQL: SQLite lets in one writer at a time")
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    few_prices()
    small_chunks(monkeypatch)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts at once; return results, or the database's errors."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (DatabaseError, InsufficientBalance) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def meeting(work: Callable[..., Any]) -> Callable[..., Any]:
    """Let two meet before they do a work; whoever is alone waits half a second."""
    both = Barrier(2)

    def meet_and_work(*args: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(timeout=0.5)
        return work(*args, **more)

    return meet_and_work


def errors(results: list[Any]) -> int:
    return sum(isinstance(result, Exception) for result in results)


# --- two runs at once ----------------------------------------------------------------
def two_gather(monkeypatch):
    little_world()
    monkeypatch.setitem(renewing.STEPS, 1, meeting(renewing.STEPS[1]))
    return together(night, night)


def test_two_starts_of_a_night_are_one_run(monkeypatch):
    assert errors(two_gather(monkeypatch)) == 0
    assert RenewalRun.objects.get().counts["invoices"] == 2
    assert RenewalLine.objects.count() == 6
    assert Message.objects.filter(kind="renewal_invoice").count() == 2
    assert [f for f in check_books(now=NIGHT) if f.is_grave] == []


def test_without_the_hold_on_the_run_both_gather(monkeypatch):
    monkeypatch.setattr(renewing, "hold_run", lambda run: RenewalRun.objects.get(pk=run.pk))
    assert errors(two_gather(monkeypatch)) == 1


# --- side by side -----------------------------------------------------------------------
def two_work(monkeypatch):
    little_world()
    monkeypatch.setattr(renewal_work, "renew_lines", meeting(renewal_work.renew_lines))
    return together(night, night)


def test_two_workers_take_chunks_side_by_side(monkeypatch):
    assert errors(two_work(monkeypatch)) == 0
    assert RenewalChunk.objects.filter(finished_at__isnull=False).count() == 2
    assert (Invoice.everything.count(), CreditUse.objects.count()) == (2, 1)
    assert RenewalRun.objects.get().stage == RenewalRun.Stage.DONE


def test_without_the_claim_both_work_at_one_chunk(monkeypatch):
    waiting = RenewalChunk.objects.filter(finished_at__isnull=True).order_by("number")
    monkeypatch.setattr(renewal_work, "claim", lambda run: waiting.all().first())
    monkeypatch.setattr(locks, "lock_workers_of", lambda rows: None)
    monkeypatch.setattr(renewal_work, "hold_money", lambda lines: None)
    assert errors(two_work(monkeypatch)) >= 1


# --- against others who buy ---------------------------------------------------------------
def while_it_is_checked(monkeypatch, name: str, other: Callable[[], Any]) -> list[Any]:
    """Let another act between a check of the renewal and its writing."""
    checked, done = Event(), Event()
    check = getattr(renewal_work, name)

    def check_and_wait(*args: Any) -> Any:
        found = check(*args)
        checked.set()
        done.wait(1)
        return found

    def act() -> Any:
        checked.wait(20)
        try:
            return other()
        finally:
            done.set()

    monkeypatch.setattr(renewal_work, name, check_and_wait)
    return together(night, act)


def stop(row: Any) -> None:
    """A donor stops, as `services.stopping` does: beneath the lock."""
    with renewing.transaction.atomic():
        locks.lock_workers([row.worker_id])
        if not Contribution.everything.filter(sponsorship=row, status="promised").exists():
            type(row).everything.filter(pk=row.pk).update(renews=False)


def test_who_stops_meanwhile_is_stopped_before_or_after_but_not_both(monkeypatch):
    (row,) = order_of(1)
    while_it_is_checked(monkeypatch, "recheck", lambda: stop(row))
    row.refresh_from_db()
    assert row.renews == Contribution.everything.filter(status="promised").exists()


def test_without_the_lock_he_is_stopped_and_asked(monkeypatch):
    (row,) = order_of(1)
    monkeypatch.setattr(locks, "lock_workers_of", lambda rows: None)
    while_it_is_checked(monkeypatch, "recheck", lambda: stop(row))
    row.refresh_from_db()
    assert not row.renews
    assert Contribution.everything.filter(status="promised").exists()


def spend(row: Any) -> None:
    """Somebody spends of the credit, holding nothing but its balance."""
    credit = ledger.account(Account.Kind.CREDIT, donor=row.donor)
    payable = ledger.account(Account.Kind.PAYABLE)
    ledger.post(key="spent", kind="other", now=NIGHT, transfers=[(credit, payable, 5)])


def test_credit_that_is_held_pays_what_the_plan_says(monkeypatch):
    (row,) = order_of(1)
    give_credit(row.donor, YEAR)
    results = while_it_is_checked(monkeypatch, "hold_money", lambda: spend(row))
    assert isinstance(results[1], InsufficientBalance)
    assert CreditUse.objects.get().amount == YEAR


def test_without_holding_the_credit_the_chunk_fails(monkeypatch):
    (row,) = order_of(1)
    give_credit(row.donor, YEAR)
    monkeypatch.setattr(renewal_work, "hold_money", lambda lines: None)
    results = while_it_is_checked(monkeypatch, "hold_money", lambda: spend(row))
    assert isinstance(results[0], InsufficientBalance)
    # The next start asks again what there is.
    monkeypatch.undo()
    assert renew_tonight(today=TODAY, now=NIGHT)["invoices"] == 1
