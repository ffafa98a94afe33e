"""Two processes at one renewal, on PostgreSQL; each guard is shown to be needed."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import (
    Contribution,
    CreditUse,
    RenewalChunk,
    RenewalOutcome,
    RenewalRun,
)
from contributions.services import renewal_plan, renewal_telling, renewal_work, renewing
from contributions.services.renewing import renew_tonight
from donors.models import Programme
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
from tests.factories import ProgrammeFactory
from tests.races import Meeting, at_once, errors, meeting, until

pytestmark = pytest.mark.django_db(transaction=True)
night = partial(renew_tonight, today=TODAY, now=NIGHT)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_postgres(connection):
        pytest.skip("races need PostgreSQL: SQLite lets in one writer at a time")
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    few_prices()
    small_chunks(monkeypatch)


together = partial(at_once, returns=(DatabaseError, InsufficientBalance))


def opened() -> RenewalRun:
    """A run that stands open: whoever starts takes part in it."""
    return RenewalRun.objects.create(kind="night", today=TODAY, started_at=NIGHT)


# --- two runs at once ----------------------------------------------------------------
def two_split(monkeypatch):
    little_world()
    monkeypatch.setitem(renewing.STEPS, 1, meeting(renewing.STEPS[1]))
    return together(night, night)


def test_two_starts_of_a_night_are_one_run(monkeypatch):
    assert errors(two_split(monkeypatch)) == 0
    assert RenewalRun.objects.get().counts["invoices"] == 2
    assert sum(RenewalChunk.objects.values_list("lines", flat=True)) == 6
    assert Message.objects.filter(kind="renewal_invoice").count() == 2
    assert [f for f in check_books(now=NIGHT) if f.is_grave] == []


def test_without_the_hold_on_the_run_both_divide_it(monkeypatch):
    monkeypatch.setattr(renewing, "hold_run", lambda run: RenewalRun.objects.get(pk=run.pk))
    split, divided = renewing.STEPS[1], Event()

    def split_and_wait(*args: Any) -> bool:
        is_over = split(*args)
        if not divided.is_set():
            divided.set()
            until(lambda: False)
        return is_over

    monkeypatch.setitem(renewing.STEPS, 1, split_and_wait)
    opened()
    assert errors(two_split(monkeypatch)) == 1


# --- side by side -----------------------------------------------------------------------
def two_work(monkeypatch, both=None):
    little_world()
    monkeypatch.setattr(renewal_work, "renew_lines", meeting(renewal_work.renew_lines, both))
    return together(night, night)


def test_two_workers_take_chunks_side_by_side(monkeypatch):
    both = Meeting()
    opened()
    assert errors(two_work(monkeypatch, both)) == 0
    assert both.has_met
    assert RenewalChunk.objects.filter(finished_at__isnull=False).count() == 2
    assert (Invoice.everything.count(), CreditUse.objects.count()) == (2, 1)
    assert RenewalRun.objects.get().stage == RenewalRun.Stage.DONE


def test_without_passing_by_what_is_held_they_work_one_after_the_other(monkeypatch):
    def wait_for_it(run: Any) -> Any:
        waiting = RenewalChunk.objects.filter(run=run, finished_at__isnull=True)
        return waiting.order_by("number").select_for_update().first()

    monkeypatch.setattr(renewal_work, "claim", wait_for_it)
    both = Meeting()
    opened()
    assert errors(two_work(monkeypatch, both)) == 0
    assert not both.has_met


def test_without_the_claim_both_work_at_one_chunk(monkeypatch):
    waiting = RenewalChunk.objects.filter(finished_at__isnull=True).order_by("number")
    monkeypatch.setattr(renewal_work, "claim", lambda run: waiting.all().first())
    worked = []
    renew_lines = renewal_work.renew_lines

    def count_and_work(run: Any, chunk: Any, **more: Any) -> Any:
        worked.append(chunk.number)
        return renew_lines(run, chunk, **more)

    monkeypatch.setattr(renewal_work, "renew_lines", count_and_work)
    opened()
    assert errors(two_work(monkeypatch)) == 0
    # The second waits for the workers, and finds nothing due any more.
    assert worked.count(1) == 2
    assert Invoice.everything.count() == 2


# --- telling ------------------------------------------------------------------------------
def two_tell(monkeypatch) -> int:
    """Two tell the donors of one chunk at once; returns how often they were told of it."""
    little_world()
    run = opened()
    while run.stage != RenewalRun.Stage.TELL:
        while run.stage == RenewalRun.Stage.WORK and renewing.work_on(run, NIGHT):
            pass
        run = renewing._step(run, NIGHT)
    RenewalChunk.objects.exclude(number=1).update(told_at=NIGHT)
    tell, told = renewal_telling._tell, []
    both = Meeting()

    def count_and_tell(*args: Any) -> None:
        told.append(args)
        both.wait()
        tell(*args)

    monkeypatch.setattr(renewal_telling, "_tell", count_and_tell)
    assert errors(together(*[partial(renewal_telling.tell, run, NIGHT)] * 2)) == 0
    assert Message.objects.count() == len({message.user_id for message in Message.objects.all()})
    return len(told)


def test_the_donors_of_a_chunk_are_told_by_one_of_two(monkeypatch):
    assert two_tell(monkeypatch) == 1


def test_without_the_claim_both_write_what_the_outbox_keeps_once(monkeypatch):
    unheld = RenewalChunk.objects.none().__class__
    monkeypatch.setattr(unheld, "select_for_update", lambda self, **kwargs: self)
    assert two_tell(monkeypatch) == 2


# --- against others who buy ---------------------------------------------------------------
def while_it_is_checked(monkeypatch, name: str, other: Callable[[], Any]) -> list[Any]:
    """Let another act between a check of the renewal and its writing."""
    checked, done = Event(), Event()
    check = getattr(renewal_work, name)

    def check_and_wait(*args: Any) -> Any:
        found = check(*args)
        checked.set()
        until(done.is_set)
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
    while_it_is_checked(monkeypatch, "plan_lines", lambda: stop(row))
    row.refresh_from_db()
    assert row.renews == Contribution.everything.filter(status="promised").exists()


def test_without_the_lock_he_is_stopped_and_asked(monkeypatch):
    (row,) = order_of(1)
    monkeypatch.setattr(locks, "lock_workers_of", lambda rows: None)
    while_it_is_checked(monkeypatch, "plan_lines", lambda: stop(row))
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
    results = while_it_is_checked(monkeypatch, "plan_lines", lambda: spend(row))
    assert isinstance(results[1], InsufficientBalance)
    assert CreditUse.objects.get().amount == YEAR


def test_without_holding_the_credit_the_chunk_fails(monkeypatch):
    (row,) = order_of(1)
    give_credit(row.donor, YEAR)
    monkeypatch.setattr(renewal_work, "hold_balances", lambda owners: None)
    results = while_it_is_checked(monkeypatch, "plan_lines", lambda: spend(row))
    assert isinstance(results[0], InsufficientBalance)
    # The next start asks again what there is.
    monkeypatch.undo()
    assert renew_tonight(today=TODAY, now=NIGHT)["invoices"] == 1


# --- two chunks of one ceiling --------------------------------------------------------
def two_of_one_ceiling(monkeypatch) -> int:
    """Two workers of a programme, each in a chunk of his own, side by side: its ceiling, which
    holds one, was agreed when the work was divided already. Returns how many are asked for."""
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 1)
    rows = order_of(2, programme=ProgrammeFactory(agreement=True, funding="apbd"))
    run = opened()
    while run.stage != RenewalRun.Stage.WORK:
        run = renewing._step(run, NIGHT)
    assert list(RenewalChunk.objects.values_list("in_order", flat=True)) == [False, False]
    Programme.objects.filter(pk=rows[0].programme_id).update(ceiling=3 * YEAR)
    monkeypatch.setattr(renewal_work, "renew_lines", meeting(renewal_work.renew_lines))
    assert errors(together(night, night)) == 0
    asked = Contribution.everything.filter(status="promised")
    return asked.values("sponsorship").distinct().count()


def test_two_chunks_do_not_count_on_the_same_room(monkeypatch):
    assert two_of_one_ceiling(monkeypatch) == 1
    assert RenewalOutcome.everything.get().reason == "fund_dry"


def test_without_holding_the_programme_they_exceed_its_ceiling(monkeypatch):
    monkeypatch.setattr(renewal_work, "hold_programmes", lambda ids: None)
    assert two_of_one_ceiling(monkeypatch) == 2
