"""The ground that every test stands on: does it hold what it promises?"""

import os
import socket

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection
from django.test import TransactionTestCase

from accounts.models import AuditEvent
from bricks.triggers import append_only_triggers
from tests.conftest import NetworkIsClosed
from tests.factories import NOW, UserFactory


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1"])
def test_no_test_reaches_another_machine(host: str) -> None:
    with pytest.raises(NetworkIsClosed):
        socket.create_connection((host, 80), timeout=1)


def test_no_setting_of_the_developer_is_read() -> None:
    assert settings.SECRET_KEY.startswith("for-tests-only")
    assert str(settings.BASE_DIR) not in str(settings.VAR_DIR)


def test_each_process_of_the_tests_has_a_folder_of_its_own() -> None:
    assert str(settings.VAR_DIR) == os.environ["VAR_DIR"]
    assert settings.VAR_DIR.name == os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.mark.django_db(transaction=True)
def test_a_flush_passes_the_append_only_triggers_and_leaves_them_in_place() -> None:
    before = append_only_triggers(connection)
    assert before["accounts_auditevent"]
    AuditEvent.objects.create(at=NOW, action="tested", object_type="x", object_id="1")
    TransactionTestCase()._fixture_teardown()
    assert not AuditEvent.objects.exists()
    assert append_only_triggers(connection) == before


@pytest.mark.django_db
def test_sqlite_runs_in_a_file_with_a_write_ahead_log() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this run is on PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


@pytest.mark.django_db
def test_passwords_are_quick_to_make() -> None:
    assert UserFactory().password.startswith("md5$")


@pytest.mark.parametrize("turn", [1, 2])
def test_the_cache_of_one_test_is_not_seen_by_the_next(turn: int) -> None:
    assert cache.get("attempts") is None
    cache.set("attempts", turn)
    assert caches["default"].get("attempts") == turn
