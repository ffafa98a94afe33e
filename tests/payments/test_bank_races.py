"""Two treasurers at once, each race shown without its guard as well (PostgreSQL)."""

import pytest
from django.db import connection, models

from bricks.engine import is_postgres
from payments import books
from payments.models import BankLine, BankStatement, Payment
from payments.services import matching, statements
from payments.services.matching import LineMoved, allocate
from payments.services.statements import AlreadyImported
from tests.factories import NOW, UserFactory
from tests.payments.banking import (
    bank_account,
    came_in,
    company_invoice,
    in_bank,
    in_suspense,
    statement,
    taken_in,
)
from tests.payments.test_races import meet_after, together

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


@pytest.fixture
def line():
    account = bank_account()
    made = came_in(account, 100_000)
    return BankLine.objects.select_related("account__office").get(pk=made.pk)


def allocate_twice(line, monkeypatch):
    """Two treasurers who both saw the whole line free give it to two invoices."""
    invoices = [company_invoice(line.account) for _ in range(2)]
    users = [UserFactory() for _ in range(2)]
    monkeypatch.setattr(matching, "_check", meet_after(matching._check))
    copies = [BankLine.objects.select_related("account__office").get(pk=line.pk) for _ in range(2)]

    def act(copy, invoice, user):
        parts = [(invoice, 100_000)]
        return lambda: allocate(line=copy, parts=parts, seen=0, by=user, now=NOW)

    return together(*map(act, copies, invoices, users))


def test_two_treasurers_give_one_line_away_once(line, monkeypatch):
    results = allocate_twice(line, monkeypatch)
    assert sorted(type(result).__name__ for result in results) == ["LineMoved", "list"]
    assert LineMoved in map(type, results)
    assert (Payment.everything.count(), in_suspense()) == (1, 0)
    assert books.check_ledger() == []


def test_without_the_claim_the_line_would_be_given_away_twice(line, monkeypatch):
    monkeypatch.setattr(matching, "claim", lambda *args, **kwargs: None)
    monkeypatch.setattr(models.query.QuerySet, "count", one_more_each(models.query.QuerySet.count))
    allocate_twice(line, monkeypatch)
    assert (Payment.everything.exclude(pk=0).aggregate(n=models.Count("pk"))["n"]) == 2
    assert in_suspense() == -100_000


def one_more_each(count):
    """Let each payment of a line get an order id of its own, whoever else makes one."""
    calls = iter(range(1, 1_000))
    return lambda self: next(calls) if self.model.__name__ == "BankMatch" else count(self)


def import_twice(account):
    told, users = statement((5_000, "a"), (5_000, "a")), [UserFactory() for _ in range(2)]

    def act(user):
        return lambda: taken_in(account, told, digest="d" * 64, by=user)

    return together(*map(act, users))


def test_one_statement_imported_twice_at_once_is_there_once():
    account = bank_account()
    results = import_twice(account)
    assert sorted(type(result).__name__ for result in results) == [
        "AlreadyImported",
        "BankStatement",
    ]
    assert AlreadyImported in map(type, results)
    assert (BankStatement.objects.count(), BankLine.objects.count()) == (1, 2)
    assert in_bank(account) == in_suspense() == 10_000


def test_without_the_lock_both_find_nothing_and_the_database_alone_refuses(monkeypatch):
    """Two files of the same days have two digests: only the lock, and the lines' own
    uniqueness, keep money from being booked twice."""
    account = bank_account()
    unlocked = models.query.QuerySet.select_for_update
    monkeypatch.setattr(models.query.QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(statements, "plan_import", meet_after(statements.plan_import))
    told, users = statement((5_000, "a")), [UserFactory() for _ in range(2)]

    def act(user, digest):
        return lambda: taken_in(account, told, digest=digest * 64, by=user)

    results = together(*map(act, users, "ab"))
    assert "IntegrityError" in {type(result).__name__ for result in results}
    assert in_suspense() == 5_000
    monkeypatch.setattr(models.query.QuerySet, "select_for_update", unlocked)
    monkeypatch.undo()
    again = together(*map(act, users, "cd"))
    assert {type(result).__name__ for result in again} == {"BankStatement"}
    assert in_suspense() == 5_000
