"""What happens when two do the same at once. Each race is shown without its guard as well."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from threading import Barrier, Event, Thread, current_thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, models

from bricks.engine import is_postgres
from payments import books, ledger
from payments.gateways.sandbox import SandboxGateway
from payments.models import (
    Account,
    Balance,
    Payment,
    Posting,
    ProviderEvent,
    SandboxCharge,
    Series,
)
from payments.services import applying, paying
from payments.services.applying import Change, apply_truth
from payments.services.events import process_events
from payments.services.paying import start_payment
from payments.services.polling import poll_pending
from tests.factories import NOW, DonorFactory
from tests.payments.builders import TOTAL, open_invoice, pay_at_provider, pending_payment, tell

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]

PATIENCE = 20


@pytest.fixture(autouse=True)
def _no_bells(settings):
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Do all actions at once, each in its thread; return what they returned or raised."""
    results: list[Any] = [None] * len(actions)
    start = Barrier(len(actions))

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            start.wait(PATIENCE)
            results[place] = action()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


def meet_after(function: Callable[..., Any], parties: int = 2) -> Callable[..., Any]:
    """Let the first call in each thread wait, once it has its answer, for the others."""
    barrier, met = Barrier(parties), set()

    def meeting(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        if current_thread().name not in met:
            met.add(current_thread().name)
            barrier.wait(PATIENCE)
        return answer

    return meeting


def meet_before_insert(monkeypatch, model):
    """Let two threads insert a row of the model only after both have looked for it."""
    create, barrier = models.QuerySet.create, Barrier(2)

    def waiting(self, **fields):
        if self.model is model:
            barrier.wait(PATIENCE)
        return create(self, **fields)

    monkeypatch.setattr(models.QuerySet, "create", waiting)


@contextmanager
def without(model: type[models.Model], name: str) -> Iterator[None]:
    """Take a constraint away for a while; the rows that break it go with its return."""
    [constraint] = [c for c in model._meta.constraints if c.name == name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model._default_manager.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


# --- settling ------------------------------------------------------------------------


@pytest.fixture
def paid():
    payment = pending_payment()
    pay_at_provider(payment)
    return payment


def settle_twice(payment):
    truth = SandboxGateway().status(payment.order_id, now=NOW)
    copies = [Payment.everything.select_related("invoice__donor").get() for _ in range(2)]
    return together(
        *[lambda p=copy: apply_truth(payment=p, truth=truth, now=NOW) for copy in copies]
    )


def test_two_jobs_settle_one_payment_once(paid):
    assert sorted(r.name for r in settle_twice(paid)) == ["LOST", "SETTLED"]
    holding = ledger.account(Account.Kind.HOLDING, donor=paid.invoice.donor)
    assert ledger.balance_of(holding) == TOTAL
    assert Series.objects.get(name="receipt-2026").last == 1
    assert books.check_ledger() == []


def unclaimed(payment, status, now, **fields):
    return Payment.everything.filter(pk=payment.pk).update(status=status, **fields) == 1


def test_without_the_claim_both_would_settle_and_a_receipt_number_be_lost(paid, monkeypatch):
    monkeypatch.setattr(applying, "_move", unclaimed)
    assert settle_twice(paid) == [Change.SETTLED, Change.SETTLED]
    assert [f.rule for f in books.check_ledger()] == ["numbers_without_gaps"]


def test_the_webhook_and_the_poll_settle_once(paid, monkeypatch):
    tell(paid)
    Payment.everything.update(next_poll_at=NOW)
    monkeypatch.setattr(SandboxGateway, "status", meet_after(SandboxGateway.status))
    event_counts, poll_counts = together(
        lambda: process_events(now=NOW), lambda: poll_pending(now=NOW)
    )
    assert event_counts["applied"] + poll_counts["changed"] == 1
    assert event_counts["applied"] + event_counts["ignored"] == 1
    paid.refresh_from_db()
    assert paid.status == Payment.Status.SETTLED
    assert books.check_ledger() == []


def test_without_the_claim_the_webhook_and_the_poll_would_both_settle(paid, monkeypatch):
    tell(paid)
    Payment.everything.update(next_poll_at=NOW)
    monkeypatch.setattr(SandboxGateway, "status", meet_after(SandboxGateway.status))
    monkeypatch.setattr(applying, "_move", unclaimed)
    event_counts, poll_counts = together(
        lambda: process_events(now=NOW), lambda: poll_pending(now=NOW)
    )
    assert event_counts["applied"] + poll_counts["changed"] == 2
    assert [f.rule for f in books.check_ledger()] == ["numbers_without_gaps"]


def test_two_jobs_take_an_event_once(paid, monkeypatch):
    """Both have seen that it waits before either takes it."""
    tell(paid)
    update, barrier, met = models.QuerySet.update, Barrier(2), set()

    def waiting(self, **fields):
        if self.model is ProviderEvent and current_thread().name not in met:
            met.add(current_thread().name)
            barrier.wait(PATIENCE)
        return update(self, **fields)

    monkeypatch.setattr(models.QuerySet, "update", waiting)
    first, second = together(lambda: process_events(now=NOW), lambda: process_events(now=NOW))
    assert sorted([sum(first.values()), sum(second.values())]) == [0, 1]
    assert first["applied"] + second["applied"] == 1


def test_the_same_webhook_at_the_same_moment_is_kept_once(paid, monkeypatch):
    meet_before_insert(monkeypatch, ProviderEvent)
    assert sorted(together(lambda: tell(paid), lambda: tell(paid))) == [False, True]
    assert ProviderEvent.objects.count() == 1


# --- starting --------------------------------------------------------------------------


def start_twice(invoice, monkeypatch):
    monkeypatch.setattr(paying, "_waiting_payment", meet_after(paying._waiting_payment))
    return together(*[lambda: start_payment(invoice=invoice, now=NOW) for _ in range(2)])


def test_two_tabs_get_one_payment_and_one_charge(monkeypatch):
    first, second = start_twice(open_invoice(), monkeypatch)
    assert first == second
    assert first.status == second.status == Payment.Status.PENDING
    assert first.qris == second.qris
    assert Payment.everything.count() == SandboxCharge.objects.count() == 1


def test_without_the_constraint_two_tabs_would_get_two_payments(monkeypatch):
    invoice = open_invoice()
    monkeypatch.setattr(paying, "_waiting_payment", lambda invoice: None)
    with without(Payment, "payment_one_open_per_invoice"):
        assert start_payment(invoice=invoice, now=NOW) != start_payment(invoice=invoice, now=NOW)
    start_payment(invoice=invoice, now=NOW)
    with pytest.raises(IntegrityError):
        start_payment(invoice=invoice, now=NOW)


def two_ways(monkeypatch):
    """Two tabs choose different ways at once. Returns the open payments and charges."""
    monkeypatch.setattr(paying, "_waiting_payment", meet_after(paying._waiting_payment))
    invoice = open_invoice()
    together(
        *[
            lambda way=way: start_payment(invoice=invoice, now=NOW, way=way)
            for way in ("qris", "bank_transfer")
        ]
    )
    return still_open()


def slow_charge(monkeypatch):
    """One tab's charge is on its way to the provider while another tab chooses another way."""
    charge, asked, replaced = SandboxGateway.charge, Event(), Event()

    def slow(self, payment, *, now):
        if not asked.is_set():
            asked.set()
            replaced.wait(PATIENCE)
        return charge(self, payment, now=now)

    def other():
        asked.wait(PATIENCE)
        try:
            return start_payment(invoice=invoice, now=NOW, way="bank_transfer")
        finally:
            replaced.set()

    monkeypatch.setattr(SandboxGateway, "charge", slow)
    invoice = open_invoice()
    together(lambda: start_payment(invoice=invoice, now=NOW, way="qris"), other)
    return still_open()


def still_open():
    """The orders that the portal waits for, and those that can be paid at the provider."""
    waiting = Payment.everything.filter(status__in=["new", "pending"])
    payable = SandboxCharge.objects.filter(status="pending")
    return [list(rows.values_list("order_id", flat=True)) for rows in (waiting, payable)]


@pytest.mark.parametrize("race", [two_ways, slow_charge])
def test_two_tabs_that_choose_different_ways_leave_one_payment_and_one_charge(monkeypatch, race):
    waiting, payable = race(monkeypatch)
    assert len(waiting) == 1
    assert payable == waiting


def test_without_looking_again_the_charge_given_up_would_stay_open(monkeypatch):
    def careless(payment, now):
        charge = SandboxGateway().charge(payment, now=now)
        paying._record_charge(payment, charge, now)
        payment.refresh_from_db()
        return True

    monkeypatch.setattr(paying, "_charge", careless)
    waiting, payable = slow_charge(monkeypatch)
    assert len(waiting) == 1
    assert len(payable) == 2


# --- posting ---------------------------------------------------------------------------


@pytest.fixture
def accounts():
    donor = DonorFactory()
    return {
        "clearing": ledger.account(Account.Kind.CLEARING, gateway="sandbox"),
        "holding": ledger.account(Account.Kind.HOLDING, donor=donor),
        "credit": ledger.account(Account.Kind.CREDIT, donor=donor),
    }


def put(accounts, key, debit, credit, amount):
    line = (accounts[debit], accounts[credit], amount)
    return ledger.post(key=key, kind="test", now=NOW, transfers=[line])


def test_one_key_posts_once_however_many_post_it(accounts, monkeypatch):
    meet_before_insert(monkeypatch, Posting)
    first, second = together(
        *[lambda: put(accounts, "in", "clearing", "holding", 100) for _ in range(2)]
    )
    assert first == second
    assert ledger.balance_of(accounts["holding"]) == 100
    assert books.check_ledger() == []


def test_two_cannot_spend_the_same_money(accounts):
    put(accounts, "in", "clearing", "holding", 100)
    results = together(
        *[lambda k=k: put(accounts, k, "holding", "credit", 60) for k in ("one", "two")]
    )
    assert sorted(type(r).__name__ for r in results) == ["InsufficientBalance", "Posting"]
    assert ledger.balance_of(accounts["holding"]) == 40


def test_without_the_condition_the_check_of_the_table_still_refuses(accounts, monkeypatch):
    """The conditional update is for a kind error; the database has the last word."""
    put(accounts, "in", "clearing", "holding", 100)
    every = Balance.objects.filter
    monkeypatch.setattr(
        Balance.objects,
        "filter",
        lambda **asked: every(**{k: v for k, v in asked.items() if k != "amount__gte"}),
    )
    results = together(
        *[lambda k=k: put(accounts, k, "holding", "credit", 60) for k in ("one", "two")]
    )
    assert sorted(type(r).__name__ for r in results) == ["IntegrityError", "Posting"]


def test_opposite_postings_never_wait_for_each_other_in_a_ring(accounts):
    put(accounts, "a", "clearing", "holding", 1_000)
    put(accounts, "b", "clearing", "credit", 1_000)

    def many(debit, credit):
        return [put(accounts, f"{debit} {n}", debit, credit, 1) for n in range(25)]

    results = together(lambda: many("holding", "credit"), lambda: many("credit", "holding"))
    assert [len(r) for r in results] == [25, 25]
    assert ledger.balance_of(accounts["holding"]) == 1_000


def test_an_account_is_made_once(accounts, monkeypatch):
    donor = DonorFactory()
    meet_before_insert(monkeypatch, Account)
    first, second = together(
        *[lambda: ledger.account(Account.Kind.HOLDING, donor=donor) for _ in range(2)]
    )
    assert first == second
    assert books.check_ledger() == []


# --- numbers ---------------------------------------------------------------------------


def test_numbers_have_no_gap_and_no_twin_however_many_ask():
    donors = [DonorFactory() for _ in range(4)]

    def issue(donor):
        return [open_invoice(donor=donor).number for _ in range(6)]

    numbers = chain(*together(*[lambda d=d: issue(d) for d in donors]))
    assert sorted(numbers) == [f"2026-{n:06}" for n in range(1, 25)]


def test_without_the_lock_of_the_row_two_would_take_one_number(monkeypatch):
    """Reading the last number and writing the next one is what the UPDATE is there for."""
    donors = [DonorFactory() for _ in range(2)]
    open_invoice()
    meet = Barrier(2)

    def read_then_write(self, **fields):
        if self.model is not Series:
            return update(self, **fields)
        last = self.values_list("last", flat=True).get()
        meet.wait(PATIENCE)
        return update(self, last=last + 1)

    update = models.QuerySet.update
    monkeypatch.setattr(models.QuerySet, "update", read_then_write)
    results = together(*[lambda d=d: open_invoice(donor=d).number for d in donors])
    assert sorted(type(r).__name__ for r in results) == ["IntegrityError", "str"]
