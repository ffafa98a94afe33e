"""Two jobs follow one change of tariff up at once; a month gives back once."""

from functools import partial

import pytest
from django.db import connection

from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Contribution, PriceCorrection, TariffChange
from contributions.services import correcting
from contributions.services.correcting import correct_prices
from contributions.services.remitting import credit_rejected
from payments.models import Account
from tests.contributions.builders import balance, billed_order, pay
from tests.contributions.tariff_stories import change, head_office, relief_until, small_tables
from tests.contributions.test_correcting import MARCH
from tests.contributions.test_races import at_once
from tests.factories import NOW, TODAY
from tests.payments.test_races import meet_after

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]


@pytest.fixture(autouse=True)
def _tables(monkeypatch, settings):
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())
    small_tables(monkeypatch)


def paid_and_changed():
    invoice = billed_order()
    pay(invoice, NOW)
    change(relief_until(MARCH))
    return invoice


def follow_up():
    return correct_prices(today=TODAY, now=NOW)


def grave():
    return [finding for finding in check_books(now=NOW) if finding.is_grave]


def test_of_two_jobs_one_corrects_and_the_other_finds_nothing_to_do():
    invoice = paid_and_changed()
    results = at_once(follow_up, follow_up)
    assert sorted(result["months"] for result in results) == [0, 3]
    assert [result["failed"] for result in results] == [0, 0]
    assert balance(Account.Kind.CREDIT, invoice) == 25_200
    assert grave() == []


def test_without_the_locks_only_the_database_is_left_between_them(monkeypatch):
    invoice = paid_and_changed()
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    monkeypatch.setattr(correcting, "_hold", lambda held: TariffChange.objects.get(pk=held.pk))
    monkeypatch.setattr(correcting, "worth_of", meet_after(correcting.worth_of))
    results = at_once(follow_up, follow_up)
    # Both had decided; the unique correction or the posting's key stopped the second.
    assert sum(result["failed"] for result in results) == 1
    assert PriceCorrection.objects.count() == 3
    assert balance(Account.Kind.CREDIT, invoice) == 25_200
    assert grave() == []


def test_a_correction_and_a_refused_month_that_is_credited_give_back_its_price_once():
    invoice = paid_and_changed()
    month = invoice_month(invoice)
    at_once(follow_up, partial(credit_rejected, contribution=month, by=head_office(), now=NOW))
    assert balance(Account.Kind.CREDIT, invoice) == 16_800 + 2 * 8_400
    assert grave() == []


def invoice_month(invoice):
    month = Contribution.everything.get(invoice=invoice, month=MARCH)
    Contribution.everything.filter(pk=month.pk).update(status="rejected", closed_at=NOW)
    return month
