"""Two jobs at once about credit, on both engines: one outcome each, and books that agree."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from accounts.models import Role
from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Allocation, Contribution, CreditUse, LateMoney
from contributions.services import crediting, settling, spending
from contributions.services.expiring import expire
from contributions.services.late_money import AlreadyDecided, leave_as_credit, revive
from payments import ledger
from payments.models import Account
from tests.contributions.builders import (
    at,
    billed_order,
    few_prices,
    pay,
    settle,
    sponsorships_of,
)
from tests.contributions.test_races import at_once
from tests.factories import NOW, OrderFactory, RoleFactory
from tests.races import Meeting

pytestmark = pytest.mark.django_db(transaction=True)
RENEWS = at(date(2026, 12, 20))


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.fixture(autouse=True)
def meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every decision on money until both have decided; where a lock keeps the second
    one out, the first goes on."""
    few_prices()
    both_decided = Meeting()

    def waiting(decide: Callable[..., Any]) -> Callable[..., Any]:
        def decide_and_wait(*args: Any) -> Any:
            deals = decide(*args)
            both_decided.wait()
            return deals

        return decide_and_wait

    for module, name in [(settling, "deal_out"), (spending, "deal_by_end")]:
        monkeypatch.setattr(module, name, waiting(getattr(module, name)))


def grave(when: Any) -> list[str]:
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


# --- credit against credit -----------------------------------------------------------------
def one_credit_wanted_twice() -> list[Callable[[], Any]]:
    """Two overpayments of a month each, of which only one month's money is still there."""
    programme = OrderFactory().programme
    for _ in range(2):
        invoice = billed_order(order=OrderFactory(programme=programme), months=1)
        pay(invoice, NOW, invoice.total + 8_400)
    credit = ledger.account(Account.Kind.CREDIT, donor=programme.donor)
    fees = ledger.account(Account.Kind.FEES)
    ledger.post(key="gone", kind="fee", now=NOW, transfers=[(credit, fees, 8_400)])
    return [
        partial(patient(spending.spend_overpaid), allocation_id=pk, now=NOW)
        for pk in Allocation.objects.values_list("pk", flat=True)
    ]


def patient(act: Callable[..., Any]) -> Callable[..., Any]:
    """Give back the error of the books in place of raising it."""

    def acted(**kwargs: Any) -> Any:
        try:
            return act(**kwargs)
        except ledger.LedgerError as error:
            return error

    return acted


def test_of_two_jobs_that_spend_one_credit_one_buys_and_the_other_knows():
    results = at_once(*one_credit_wanted_twice())
    assert sorted(type(result).__name__ for result in results) == ["CreditUse", "NoneType"]
    assert Contribution.everything.filter(status="paid").count() == 3
    assert grave(NOW) == []


def test_without_holding_the_balance_only_its_check_is_left_between_them(monkeypatch):
    acts = one_credit_wanted_twice()
    monkeypatch.setattr(crediting, "hold_balance", ledger.balance_of)
    results = at_once(*acts)
    errors = [result for result in results if isinstance(result, ledger.InsufficientBalance)]
    # On SQLite the transaction itself is the lock.
    assert len(errors) == (1 if is_postgres(connection) else 0)
    assert CreditUse.objects.count() == 1
    assert grave(NOW) == []


# --- credit against a second settlement ----------------------------------------------------
def one_month_wanted_twice() -> list[Callable[[], Any]]:
    """A donor's credit goes on with a worker on the day on which another's money comes late."""
    one = billed_order(months=1)
    two = billed_order(of=sponsorships_of(one)[0].worker, months=1)
    pay(one, NOW, one.total + 20_000)
    payment = settle(two, RENEWS, 8_400)
    return [
        partial(spending.spend_overpaid, allocation_id=Allocation.objects.get().pk, now=RENEWS),
        partial(settling.allocate_payment, payment_id=payment.pk, now=RENEWS),
    ]


def december() -> int:
    return Contribution.everything.filter(month=date(2026, 12, 1), status="paid").count()


def test_credit_and_a_second_settlement_buy_a_month_once():
    results = at_once(*one_month_wanted_twice())
    assert not [result for result in results if isinstance(result, DatabaseError)]
    assert december() == 1
    assert grave(RENEWS) == []


def test_without_the_lock_only_the_database_is_left_between_credit_and_money(monkeypatch):
    acts = one_month_wanted_twice()
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    results = at_once(*acts)
    errors = [result for result in results if isinstance(result, DatabaseError)]
    assert len(errors) == (1 if is_postgres(connection) else 0)
    assert december() == 1
    spending.spend_credit(now=RENEWS)
    settling.allocate_payments(now=RENEWS)
    assert december() == 1
    assert grave(RENEWS) == []


# --- two supervisors -----------------------------------------------------------------------
def test_two_supervisors_decide_late_money_once():
    invoice = billed_order(months=1)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    pay(invoice, at(date(2026, 12, 22)))
    late, now = LateMoney.objects.get(), at(date(2026, 12, 23))
    by = RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR).user

    def decide(act: Callable[..., Any]) -> str:
        try:
            act(late=late, by=by, now=now)
        except AlreadyDecided:
            return "late"
        return "decided"

    results = at_once(partial(decide, revive), partial(decide, leave_as_credit))
    assert sorted(results) == ["decided", "late"]
    assert grave(now) == []
