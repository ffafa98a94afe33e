"""Keys that do not fit what is stored are said loudly, before and while the portal serves."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from sertakan import preparing
from sertakan.keys import wrong_key
from tests.factories import UserFactory, WorkerFactory

OTHER = "another-key-of-the-tests-alone-0123456789"

pytestmark = pytest.mark.django_db


def test_the_keys_of_the_rows_open_them() -> None:
    WorkerFactory()
    assert wrong_key() == ""
    call_command("check", "--database", "default")


def test_an_empty_portal_takes_any_keys(settings: Any) -> None:
    settings.SEAL_KEYS = [OTHER]
    assert wrong_key() == ""


@pytest.fixture
def wrong_seal_keys(settings: Any) -> int:
    user = UserFactory(phone="+6281200000001")
    settings.SEAL_KEYS = [OTHER]
    return int(user.pk)


def test_a_lost_seal_key_is_named_with_the_row(wrong_seal_keys: int) -> None:
    with pytest.raises(CommandError, match=f"SEAL_KEYS opens accounts.User {wrong_seal_keys}"):
        call_command("check", "--database", "default")


def test_with_a_lost_seal_key_the_portal_does_not_start(
    wrong_seal_keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "STEPS", ())
    with pytest.raises(ImproperlyConfigured, match="SEAL_KEYS"):
        preparing.prepare(lambda line: None)


def test_with_a_lost_seal_key_the_portal_is_not_ready(wrong_seal_keys: int, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["keys"] == "do not open what is stored"


def test_another_index_key_is_noticed(settings: Any) -> None:
    WorkerFactory()
    settings.INDEX_KEY = OTHER
    assert wrong_key().startswith("INDEX_KEY is not the one")


def test_an_old_key_further_back_in_the_list_still_opens(settings: Any) -> None:
    UserFactory(phone="+6281200000001")
    settings.SEAL_KEYS = [OTHER, *settings.SEAL_KEYS]
    assert wrong_key() == ""


def test_asking_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    WorkerFactory()
    with django_assert_max_num_queries(30):
        wrong_key()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_a_migration_has_yet_to_change_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`migrate` makes this check before it begins."""
    UserFactory(phone="+6281200000001")
    monkeypatch.setattr(User._meta, "db_table", "accounts_user_of_tomorrow")
    assert wrong_key() == ""
