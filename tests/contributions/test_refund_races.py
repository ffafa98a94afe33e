"""Refunds against renewals, treasurers and the bank, at the same moment. Each race is shown
without its guard as well."""

from collections.abc import Callable
from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent
from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.models import CreditUse
from contributions.services import refunding
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.spending import spend_credit
from donors.models import Programme
from payments import ledger
from payments.gateways.protocol import ProviderStatus, State
from payments.models import Account, Payment, Refund
from payments.services import refund_base, refunds
from payments.services.applying import apply_truth
from payments.services.refund_errors import NotWaiting, RefundError
from tests.contributions.builders import at, few_prices
from tests.contributions.refund_stories import (
    EXTRA,
    LATER,
    asked,
    credit_of,
    fresh,
    overpaid,
    prepared,
    to_instrument,
    treasurer,
)
from tests.factories import NOW, OrderFactory
from tests.payments.test_races import together
from tests.races import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]


@pytest.fixture(autouse=True)
def _no_bells(settings):
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())
    few_prices()


def while_it_is_read(
    monkeypatch: pytest.MonkeyPatch, other: Callable[[], Any]
) -> Callable[[], Any]:
    """Hold a refund between reading what may go back and writing, while the other acts.

    Where a lock keeps the other out, the refund goes on.
    """
    read, done = Event(), Event()
    ask = refunding.refundable

    def reading(**about: Any) -> Any:
        found = ask(**about)
        if not read.is_set():
            read.set()
            until(done.is_set)
        return found

    def acting() -> Any:
        read.wait(20)
        try:
            return other()
        finally:
            done.set()

    monkeypatch.setattr(refunding, "refundable", reading)
    return acting


def unguarded(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a lock of refunds do nothing."""
    for module in (refund_base, refunds, refunding):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, lambda *about: None)


# --- against a renewal by credit ------------------------------------------------------
RENEWS = at(date(2026, 12, 20))
BUYS_FROM_CREDIT = {
    "what was paid too much": lambda: spend_credit(now=LATER),
    "the renewal": lambda: renew(today=RENEWS.date(), now=RENEWS),
}


def refund_and_renewal(monkeypatch, buys):
    payment = overpaid(months=1)
    spending = while_it_is_read(monkeypatch, BUYS_FROM_CREDIT[buys])
    together(lambda: asked(payment), spending)
    spent = sum(CreditUse.objects.values_list("amount", flat=True))
    return spent, Refund.everything.get().amount


@pytest.mark.parametrize("buys", BUYS_FROM_CREDIT)
def test_what_is_asked_back_buys_no_months(monkeypatch, buys):
    assert refund_and_renewal(monkeypatch, buys) == (0, EXTRA)
    assert check_books(now=LATER) == []


@pytest.mark.parametrize("buys", BUYS_FROM_CREDIT)
def test_without_holding_the_money_it_is_spent_and_asked_back(monkeypatch, buys):
    unguarded(monkeypatch, "hold_money")
    spent, wanted = refund_and_renewal(monkeypatch, buys)
    assert spent + wanted > EXTRA
    # Nobody can confirm it any more; the books were never wrong.
    with pytest.raises(RefundError):
        prepared(Refund.everything.get(), to_instrument(Payment.everything.get()))
    assert [f for f in check_books(now=LATER) if f.is_grave] == []


# --- two treasurers ---------------------------------------------------------------------
def two_confirm(monkeypatch):
    payment = overpaid()
    refund = prepared(asked(payment), to_instrument(payment))
    first, second = treasurer(), treasurer()

    def confirming(by):
        row = fresh(refund)
        return lambda: refunding.confirm(refund=row, seen=row.prepared_at, by=by, now=NOW)

    results = together(confirming(first), while_it_is_read(monkeypatch, confirming(second)))
    told = AuditEvent.objects.filter(action="refund.confirmed").count()
    refused = [result for result in results if isinstance(result, NotWaiting)]
    return len(refused), told, ledger.balance_of(ledger.account(Account.Kind.REFUNDS))


def test_of_two_who_confirm_one_does(monkeypatch):
    assert two_confirm(monkeypatch) == (1, 1, EXTRA)


def test_without_the_locks_both_would_have_but_the_key_moves_the_money_once(monkeypatch):
    def unheld(refund):
        return Refund.everything.select_related("donor", "programme", "payment__invoice").get(
            pk=refund.pk
        )

    monkeypatch.setattr(refunding, "hold", unheld)
    unguarded(monkeypatch, "hold_payment")
    assert two_confirm(monkeypatch) == (0, 2, EXTRA)


# --- against the bank -------------------------------------------------------------------
def confirm_and_reversal(monkeypatch):
    """The donor has credit of two payments; the one that shall take it is taken back."""
    payment = overpaid()
    again = OrderFactory(programme=Programme.objects.get(donor=payment.invoice.donor))
    overpaid(order=again)
    refund = prepared(asked(payment, EXTRA), to_instrument(payment))

    def reversing():
        truth = ProviderStatus(payment.order_id, State.FAILED)
        apply_truth(payment=payment, truth=truth, now=NOW)
        undo_payments(now=NOW)

    def confirming():
        refunding.confirm(refund=refund, seen=refund.prepared_at, by=treasurer(), now=NOW)

    together(confirming, while_it_is_read(monkeypatch, reversing))
    undo_payments(now=LATER)
    return fresh(refund)


def test_a_refund_confirmed_while_the_bank_takes_the_payment_back_is_withdrawn(monkeypatch):
    refund = confirm_and_reversal(monkeypatch)
    assert (refund.status, refund.payment.status) == ("refused", "reversed")
    assert credit_of(refund.donor) == EXTRA
    assert [f for f in check_books(now=LATER) if f.is_grave] == []


def test_without_holding_the_payment_it_would_stay_confirmed_for_nothing(monkeypatch):
    unguarded(monkeypatch, "hold_payment")
    unguarded(monkeypatch, "hold_money")
    refund = confirm_and_reversal(monkeypatch)
    assert (refund.status, refund.payment.status) == ("confirmed", "reversed")
