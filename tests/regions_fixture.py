"""The fixture `three_provinces`: real areas of South Sumatra, Bangka Belitung, North Sumatra.

The loader runs once per process, in a transaction that is undone; its rows are kept
in memory. A test that asks for the fixture gets them inserted, inside its own
transaction or, where it has none, to be flushed with the rest. So nothing of it is
left for a test that did not ask.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.core.management.color import no_style
from django.db import connection, models, transaction

from regions import services
from regions.bulk import insert_rows
from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea, VillageName

THREE = ("16", "19", "12")
# Each after those that it refers to.
MODELS = (Area, VillageName, Office, KanwilProvince, OfficeArea, Holiday)


class Kept(NamedTuple):
    model: type[models.Model]
    columns: list[str]
    rows: list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def _three_provinces_kept(django_db_setup, django_db_blocker) -> list[Kept]:
    with django_db_blocker.unblock(), transaction.atomic():
        services.load_areas(province_codes=THREE)
        services.load_offices()
        services.load_holidays()
        kept = [_keep(model) for model in MODELS]
        transaction.set_rollback(True)
    return kept


def _keep(model: type[models.Model]) -> Kept:
    columns = [field.column for field in model._meta.concrete_fields]
    return Kept(model, columns, list(model._default_manager.order_by("pk").values_list(*columns)))


def _insert(kept: list[Kept]) -> None:
    for model, columns, rows in kept:
        insert_rows(model, columns, rows)
    statements = connection.ops.sequence_reset_sql(no_style(), MODELS)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    # Else PostgreSQL would check the deferred foreign keys again after each test of a module.
    connection.check_constraints()


@pytest.fixture
def three_provinces(_three_provinces_kept, db) -> None:
    """Areas of provinces 16, 19 and 12, all offices, the holidays. Ask before factories run."""
    _insert(_three_provinces_kept)


@pytest.fixture(scope="module")
def three_provinces_for_module(_three_provinces_kept, django_db_blocker) -> Iterator[None]:
    """The same for a module whose tests only read, or undo what they write.

    All of them run inside one outer transaction, so none may ask for real ones.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        _insert(_three_provinces_kept)
        yield
        transaction.set_rollback(True)
