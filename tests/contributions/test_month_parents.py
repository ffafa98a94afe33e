"""What a month points at is there: foreign keys on SQLite, triggers on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from bricks.engine import is_postgres
from contributions import triggers
from contributions.models import Contribution, Remittance
from tests.contributions.rows import sponsored
from tests.payments.builders import open_invoice
from tests.races import until

START = date(2026, 1, 10)
NOBODY = 2**40
COLUMNS = list(triggers.PARENTS)


def copy_of_month(**columns: Any) -> None:
    """Insert a promised month like one that stands, a year later, with other columns."""
    row = Contribution.everything.order_by("pk")[0]
    row.pk, row.month, row.status = None, date(2027, 6, 1), Contribution.Status.PROMISED
    for column, value in columns.items():
        setattr(row, column, value)
    Contribution.everything.bulk_create([row])


def refused(act: Callable[[], Any]) -> bool:
    """Tell whether the database refuses what is done, at once or at the commit."""
    try:
        with transaction.atomic():
            act()
            connection.check_constraints()
    except IntegrityError:
        return True
    return False


def run(statement: str, pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [pk])


def remittance() -> Remittance:
    """A remittance at which no month points yet."""
    row = Remittance.everything.order_by("pk")[0]
    row.pk, row.number = None, "another"
    row.uuid = "0d1de2a6-8a0c-4f07-9c61-0a3f5c0b6a11"  # type: ignore[assignment]
    row.save(force_insert=True)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
def test_no_month_is_inserted_for_what_is_not_there(column: str) -> None:
    sponsored(START, 2)
    assert refused(partial(copy_of_month, **{column: NOBODY}))
    assert not refused(copy_of_month)


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
def test_no_month_is_moved_to_what_is_not_there(column: str) -> None:
    sponsored(START, 2)
    first = Contribution.everything.order_by("pk").values_list("pk", flat=True)[0]
    rows = Contribution.everything.filter(pk=first)
    assert refused(lambda: rows.update(**{column: NOBODY}))


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("change", ["DELETE FROM {} WHERE id = %s", "UPDATE {} SET id = -1 - %s"])
def test_what_a_month_points_at_stays(column: str, change: str) -> None:
    first = sponsored(START, 2).contributions.order_by("pk")[0]
    if column == "invoice_id":
        first.invoice = open_invoice(donor=first.sponsorship.donor)
        first.save(update_fields=["invoice"])
    pk = getattr(first, column)
    assert pk is not None
    assert refused(lambda: run(change.format(triggers.PARENTS[column]), pk))


@pytest.mark.django_db
def test_what_no_month_points_at_may_go() -> None:
    sponsored(START, 2)
    row = remittance()
    assert not refused(lambda: run("DELETE FROM contributions_remittance WHERE id = %s", row.pk))


@pytest.mark.django_db
def test_triggers_stand_once_and_no_foreign_key_beside_them() -> None:
    triggers.install(connection)
    with connection.cursor() as cursor:
        found = connection.introspection.get_relations(cursor, triggers.TABLE)
    assert (set(found) & set(COLUMNS)) == (set() if is_postgres(connection) else set(COLUMNS))


@pytest.mark.django_db(transaction=True)
def test_a_parent_waits_for_months_on_their_way() -> None:
    """A month is moved to a remittance while another process deletes that."""
    if not is_postgres(connection):
        pytest.skip("SQLite lets in one writer at a time")
    sponsored(START, 2)
    row, moved, gone = remittance(), Event(), Event()

    def move() -> None:
        with transaction.atomic():
            first = Contribution.everything.order_by("pk").values_list("pk", flat=True)[0]
            Contribution.everything.filter(pk=first).update(remittance=row)
            moved.set()
            # The other goes wrong, or waits behind this one.
            until(gone.is_set)
        connection.close()

    def delete() -> bool:
        moved.wait(10)
        is_refused = refused(
            lambda: run("DELETE FROM contributions_remittance WHERE id = %s", row.pk)
        )
        gone.set()
        connection.close()
        return is_refused

    with ThreadPoolExecutor(2) as pool:
        acts = [pool.submit(move), pool.submit(delete)]
        assert [act.result() for act in acts] == [None, True]
    assert Contribution.everything.filter(remittance=row).count() == 1
    assert Remittance.everything.filter(pk=row.pk).exists()
