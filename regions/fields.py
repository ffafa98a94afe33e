"""A column for plain text (`regions.naming.plain`), compared byte by byte."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from bricks.engine import is_postgres

# Greater than everything that continues a plain text, which is made of " ", 0-9 and a-z.
AFTER_Z = "{"


class PlainField(models.CharField):
    """A text whose order is that of its bytes on both engines.

    Then one plain index answers "begins with" as a range, and gives the rows in order.
    SQLite compares so anyway; PostgreSQL does under the collation "C", which SQLite
    does not know by that name.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        return {**parameters, "collation": "C" if is_postgres(connection) else None}


def begins_with(field: str, text: str) -> Q:
    """The condition "field begins with text" for a PlainField and a plain text."""
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + AFTER_Z})
