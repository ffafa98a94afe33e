"""The bridge fund beside itself, a payment and its closing, on both engines."""

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import BridgeGrant, Contribution
from contributions.services import bridging
from contributions.services.bridge_fund import close_fund
from contributions.services.paying_himself import pay_himself
from contributions.services.pricing import load_laws
from contributions.services.settling import allocate_payments
from payments import ledger
from tests.contributions.bridges import PRICE, head, held, opened, stopped
from tests.contributions.builders import at, settle
from tests.contributions.test_races import at_once
from tests.factories import OfficeAreaFactory
from tests.races import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    OfficeAreaFactory()
    load_laws()


def meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two who are about to write a month meet before they do."""
    both, write_deals = Meeting(), bridging.write_deals

    def wait(*args: Any, **kwargs: Any) -> Any:
        both.wait()
        return write_deals(*args, **kwargs)

    monkeypatch.setattr(bridging, "write_deals", wait)
    monkeypatch.setattr("contributions.services.settling.write_deals", wait)


def two_runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    row = stopped()
    opened(PRICE * 3)
    meet(monkeypatch)
    assert row.paid_until is not None
    day = row.paid_until
    act = partial(bridging.grant_months, today=day, now=at(day))
    results = at_once(act, act)
    assert BridgeGrant.everything.count() == 1
    assert held() == PRICE * 2
    return results


def test_of_two_runs_one_grants_and_both_end_well(monkeypatch):
    results = two_runs(monkeypatch)
    assert sorted(run["granted"] for run in results) == [0, 1]


def test_without_the_locks_only_the_database_keeps_the_second_month_away(monkeypatch):
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    monkeypatch.setattr(bridging, "hold_balance", ledger.balance_of)
    results = two_runs(monkeypatch)
    errors = [result for result in results if isinstance(result, DatabaseError)]
    # On SQLite the transaction itself is the lock.
    assert len(errors) == (1 if is_postgres(connection) else 0)


def beside_a_payment(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The worker pays for himself while the fund is about to help him."""
    row = stopped()
    opened(PRICE)
    assert row.paid_until is not None
    day = row.paid_until
    invoice = pay_himself(worker=row.worker, months=1, now=at(day, 8))
    settle(invoice, at(day, 9))
    meet(monkeypatch)
    results = at_once(
        partial(bridging.grant_months, today=day, now=at(day)),
        partial(allocate_payments, now=at(day)),
    )
    bought = Contribution.everything.filter(worker=row.worker, status="paid")
    assert bought.count() == bought.values("month").distinct().count()
    return results


def test_a_payment_beside_a_grant_buys_other_months(monkeypatch):
    results = beside_a_payment(monkeypatch)
    assert not [result for result in results if isinstance(result, Exception)]
    found = check_books(now=at(Contribution.everything.latest("pk").covered_from))
    assert [finding for finding in found if finding.is_grave] == []


def test_without_the_lock_a_payment_and_a_grant_want_the_same_month(monkeypatch):
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    results = beside_a_payment(monkeypatch)
    # The payment's job logs what the database refused, and counts it for its next run.
    failed = [r for r in results if isinstance(r, DatabaseError) or r.get("failed")]
    assert len(failed) == (1 if is_postgres(connection) else 0)


def closed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> int:
    """Head office closes the fund when a run has found whom to help; how many it helps."""
    row = stopped()
    fund = opened(PRICE)
    assert row.paid_until is not None
    day = row.paid_until
    near_ids, by = bridging.near_ids, head()

    def find_and_close(**more: Any) -> Any:
        found = near_ids(**more)
        assert found
        close_fund(fund=fund, reason="uji", by=by, now=at(day))
        return found

    monkeypatch.setattr(bridging, "near_ids", find_and_close)
    granted: int = bridging.grant_months(today=day, now=at(day))["granted"]
    assert held() == PRICE * (1 - BridgeGrant.everything.count())
    return granted


def test_nothing_is_granted_after_the_fund_is_closed(monkeypatch):
    assert closed_meanwhile(monkeypatch) == 0


def test_without_asking_again_a_closed_fund_still_pays(monkeypatch):
    fund = bridging.open_fund

    def always_the_first() -> Any:
        seen.append(fund())
        return seen[0]

    seen: list[Any] = []
    monkeypatch.setattr(bridging, "open_fund", always_the_first)
    assert closed_meanwhile(monkeypatch) == 1


def test_a_closing_beside_a_grant_comes_before_or_after_it():
    row = stopped()
    fund = opened(PRICE)
    assert row.paid_until is not None
    day = row.paid_until
    results = at_once(
        partial(bridging.grant_months, today=day, now=at(day)),
        partial(close_fund, fund=fund, reason="uji", by=head(), now=at(day)),
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert held() == PRICE * (1 - BridgeGrant.everything.count())
