"""Two who post many facts at once. Each race is shown without its guard as well."""

from threading import Barrier

import pytest
from django.db import connection, models

from bricks.engine import is_postgres
from payments import books, ledger
from payments.ledger import Fact
from payments.models import Account, Balance, Posting, Transfer
from tests.factories import NOW, DonorFactory
from tests.payments.test_races import PATIENCE, meet_after, together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]
KEYS = [f"key {number:03}" for number in range(60)]


@pytest.fixture
def purse():
    credit = ledger.account(Account.Kind.CREDIT, donor=DonorFactory())
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    ledger.post(key="in", kind="test", now=NOW, transfers=[(clearing, credit, 1_000)])
    return credit


def post_all(purse, keys=KEYS, amount=10):
    payable = ledger.account(Account.Kind.PAYABLE)
    facts = [Fact(key, "test", [(purse, payable, amount)]) for key in keys]
    return ledger.post_many(facts, now=NOW)


def post_twice(purse, monkeypatch):
    """Both have looked for the keys before either writes one."""
    ledger.account(Account.Kind.PAYABLE)
    monkeypatch.setattr(ledger, "_known_postings", meet_after(ledger._known_postings))
    return together(lambda: post_all(purse), lambda: post_all(purse, KEYS[::-1]))


def test_the_same_keys_at_once_post_once(purse, monkeypatch):
    first, second = post_twice(purse, monkeypatch)
    assert first == second
    assert len(first) == Transfer.objects.count() - 1 == len(KEYS)
    assert ledger.balance_of(purse) == 400
    assert books.check_ledger() == []


def test_without_looking_again_the_second_would_fail(purse, monkeypatch):
    def written(facts, now):
        rows = [Posting(key=fact.key, kind=fact.kind, posted_at=now) for fact in facts]
        return {row.key: row.pk for row in Posting.objects.bulk_create(rows)}

    monkeypatch.setattr(ledger, "_written_many", written)
    results = post_twice(purse, monkeypatch)
    assert sorted(type(r).__name__ for r in results) == ["IntegrityError", "dict"]


def test_two_cannot_spend_the_same_money(purse):
    ledger.account(Account.Kind.PAYABLE)
    results = together(
        *[lambda k=k: post_all(purse, [k, f"{k} more"], 300) for k in ("one", "two")]
    )
    assert sorted(type(r).__name__ for r in results) == ["InsufficientBalance", "dict"]
    assert ledger.balance_of(purse) == 400


def test_without_holding_the_balance_the_check_of_the_table_still_refuses(purse, monkeypatch):
    ledger.account(Account.Kind.PAYABLE)
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda self, **kwargs: self)
    monkeypatch.setattr(ledger, "run_with_rows", after_both(ledger.run_with_rows))
    results = together(*[lambda k=k: post_all(purse, [k], 600) for k in ("one", "two")])
    assert sorted(type(r).__name__ for r in results) == ["IntegrityError", "dict"]


def after_both(function):
    barrier = Barrier(2)

    def waiting(*args, **kwargs):
        barrier.wait(PATIENCE)
        return function(*args, **kwargs)

    return waiting


def test_missing_accounts_are_made_once_by_two_who_need_them(monkeypatch):
    donors = [DonorFactory().pk for _ in range(30)]
    monkeypatch.setattr(ledger, "_accounts_by_owner", meet_after(ledger._accounts_by_owner))
    first, second = together(
        *[
            lambda ids=ids: ledger.accounts_of(Account.Kind.CREDIT, ids)
            for ids in (donors, donors[::-1])
        ]
    )
    assert first == second
    assert Balance.objects.count() == Account.objects.count() == 30
    assert books.check_ledger() == []
