"""Append-only tables refuse change, deletion and emptying, on both engines."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.apps import RESEALED
from accounts.models import AuditEvent, ViewLog
from bricks.engine import is_postgres
from bricks.triggers import (
    append_only_triggers,
    drop_append_only,
    install_append_only,
    operations,
    rewritable_columns,
)
from tests.factories import NOW, UserFactory

pytestmark = pytest.mark.django_db

TABLES = [
    "accounts_auditevent",
    "accounts_viewlog",
    "payments_closedmonth",
    "payments_posting",
    "payments_transfer",
]


def test_the_catalogue_lists_every_guard_after_the_last_migration():
    assert append_only_triggers(connection) == {
        table: set(operations(connection)) for table in TABLES
    }


def test_installing_twice_changes_nothing():
    before = append_only_triggers(connection), rewritable_columns(connection)
    install_append_only(connection, TABLES, rewritable=RESEALED)
    assert (append_only_triggers(connection), rewritable_columns(connection)) == before


def test_a_table_that_is_not_there_yet_is_left_for_later():
    install_append_only(connection, ["payments_of_tomorrow"])
    assert "payments_of_tomorrow" not in append_only_triggers(connection)


def test_a_lost_guard_comes_back():
    drop_append_only(connection, ["accounts_auditevent"])
    assert "accounts_auditevent" not in append_only_triggers(connection)
    install_append_only(connection, TABLES, rewritable=RESEALED)
    assert append_only_triggers(connection)["accounts_auditevent"] == set(operations(connection))
    assert rewritable_columns(connection) == {"accounts_auditevent": {"personal"}}


def test_only_the_sealed_half_of_the_audit_log_is_open_for_a_rotation_of_keys():
    assert rewritable_columns(connection) == {"accounts_auditevent": {"personal"}}


def test_a_guard_that_leaves_other_columns_open_is_replaced():
    """An installation from before the column, or one with a newer column, comes right."""
    install_append_only(connection, ["accounts_auditevent"])
    assert rewritable_columns(connection) == {}
    install_append_only(connection, TABLES, rewritable={"accounts_auditevent": ("personal", "at")})
    assert rewritable_columns(connection) == {"accounts_auditevent": {"personal", "at"}}
    install_append_only(connection, TABLES, rewritable=RESEALED)
    assert rewritable_columns(connection) == {"accounts_auditevent": {"personal"}}
    assert append_only_triggers(connection)["accounts_auditevent"] == set(operations(connection))


def refuses(sql, *params):
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)
    return True


def test_the_audit_log_cannot_be_rewritten():
    user = UserFactory()
    event = audit.record(action="test.done", obj=user, now=NOW)
    later = NOW + timedelta(days=1)
    assert refuses("UPDATE accounts_auditevent SET at = %s WHERE id = %s", later, event.pk)
    assert refuses("DELETE FROM accounts_auditevent WHERE id = %s", event.pk)


@pytest.mark.parametrize("model", [AuditEvent, ViewLog])
def test_no_column_but_the_sealed_one_can_be_written_anew(model):
    user = UserFactory()
    audit.record(action="test.done", obj=user, now=NOW, personal={"name": "Wati"})
    audit.record_view(viewer=user, obj=user, what="nik", reason="uji", now=NOW)
    columns = {field.column for field in model._meta.local_fields}
    row_numbers = set() if is_postgres(connection) else {"rowid", "oid", "_rowid_"}
    for column in (columns | row_numbers) - {"personal"}:
        change = f"{column} = {1 if column in row_numbers else column}"
        assert refuses(f"UPDATE {model._meta.db_table} SET {change}"), column  # noqa: S608
        if "personal" in columns:
            sql = f"UPDATE {model._meta.db_table} SET personal = '', {change}"  # noqa: S608
            assert refuses(sql), column


def test_the_sealed_half_of_an_audit_event_can_be_sealed_anew():
    event = audit.record(action="test.done", obj=UserFactory(), now=NOW, personal={"name": "Wati"})
    before = AuditEvent.objects.values_list("at", "action", "personal").get(pk=event.pk)
    AuditEvent.objects.filter(pk=event.pk).update(personal=event.personal)
    assert AuditEvent.objects.values_list("at", "action", "personal").get(pk=event.pk) == before


def test_the_view_log_cannot_be_rewritten():
    user = UserFactory()
    look = audit.record_view(viewer=user, obj=user, what="nik", reason="uji", now=NOW)
    assert refuses("UPDATE accounts_viewlog SET what = 'phone' WHERE id = %s", look.pk)
    assert refuses("DELETE FROM accounts_viewlog WHERE id = %s", look.pk)


@pytest.mark.parametrize("table", TABLES)
def test_a_guarded_table_cannot_be_emptied_at_once(table):
    if not is_postgres(connection):
        pytest.skip("SQLite knows no TRUNCATE")
    assert refuses(f"TRUNCATE {table} CASCADE")


def test_replacing_a_row_is_refused_like_deleting_it():
    if is_postgres(connection):
        pytest.skip("only SQLite knows REPLACE")
    event = audit.record(action="test.done", obj=UserFactory(), now=NOW)
    assert refuses(
        "REPLACE INTO accounts_auditevent"
        " (id, at, action, object_type, object_id, before, after, personal, request_id)"
        " VALUES (%s, '2026-11-20', 'other', 'x', '1', '{}', '{}', '', '')",
        event.pk,
    )
