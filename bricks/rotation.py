"""Rotation of keys: every sealed column and file comes under the first key of SEAL_KEYS.

A sealed text begins with the id of its key, so what is left is a query and no progress
needs to be kept: a run that was killed goes on where it stopped. A value that changed
meanwhile is left to whoever changed it; the portal itself seals under the first key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q, QuerySet, TextField

from bricks import secrets
from bricks.fields import SealedTextField

BATCH = 200


@dataclass(frozen=True)
class Batch:
    """What became of some rows: `last` is the key of the last one, None after the end."""

    last: Any
    resealed: int
    changed_meanwhile: int


def sealed_models() -> list[type[models.Model]]:
    """Return every model with sealed columns, in the order of their tables' names."""
    every = apps.get_models(include_auto_created=True)
    found = [m for m in every if m._meta.managed and not m._meta.proxy and sealed_fields(m)]
    return sorted(found, key=lambda model: model._meta.db_table)


def sealed_fields(model: type[models.Model]) -> dict[str, SealedTextField]:
    """Return the sealed columns of a model's own table."""
    own = model._meta.local_fields
    return {field.attname: field for field in own if isinstance(field, SealedTextField)}


def left(model: type[models.Model]) -> int:
    """Count the rows that bear something sealed under another key than the first."""
    return _stale(model).count()


def reseal_all(model: type[models.Model], *, size: int = BATCH) -> Iterator[Batch]:
    """Bring a model's rows under the first key, `size` rows in a transaction.

    Yields after each batch. Raises CannotOpen, which names the row; what came before
    stays done.
    """
    last: Any = None
    while True:
        batch = reseal_batch(model, after=last, size=size)
        last = batch.last
        yield batch
        if last is None:
            return


def reseal_batch(model: type[models.Model], *, after: Any, size: int) -> Batch:
    """Bring the next rows behind the key `after` under the first key."""
    fields = sealed_fields(model)
    rows = _stale(model) if after is None else _stale(model).filter(pk__gt=after)
    found = list(rows.order_by("pk").values_list("pk", *map(_stored, fields))[:size])
    opened = [(pk, stored, _open(model, pk, stored)) for pk, *stored in found]
    resealed = 0
    with transaction.atomic():
        for pk, stored, plain in opened:
            same = dict(zip(map(_stored, fields), stored, strict=True))
            # Writing the plain text seals it, under the first key.
            resealed += _rows(model).filter(pk=pk, **same).update(**plain)
    last = found[-1][0] if len(found) == size else None
    return Batch(last=last, resealed=resealed, changed_meanwhile=len(found) - resealed)


def open_newest(model: type[models.Model], *, count: int) -> None:
    """Open the sealed columns of a model's newest rows. Raises CannotOpen, naming the row."""
    fields = sealed_fields(model)
    for pk, *stored in (
        _rows(model).order_by("-pk").values_list("pk", *map(_stored, fields))[:count]
    ):
        _open(model, pk, stored)


def _open(model: type[models.Model], pk: Any, stored: list[str]) -> dict[str, str]:
    plain = {}
    for (name, field), text in zip(sealed_fields(model).items(), stored, strict=True):
        try:
            plain[name] = secrets.unseal(text, purpose=field.purpose)
        except secrets.CannotOpen as error:
            raise secrets.CannotOpen(f"{model._meta.label} {pk}, {name}") from error
    return plain


def _stored(name: str) -> str:
    return f"stored_{name}"


def _rows(model: type[models.Model]) -> QuerySet[Any]:
    """Return every row, with its sealed texts as the database has them."""
    texts = {
        _stored(name): ExpressionWrapper(F(name), output_field=TextField())
        for name in sealed_fields(model)
    }
    return model._base_manager.annotate(**texts)


def _stale(model: type[models.Model]) -> QuerySet[Any]:
    current = f"{secrets.current_key_id()}."
    others = [
        ~Q(**{_stored(name): ""}) & ~Q(**{f"{_stored(name)}__startswith": current})
        for name in sealed_fields(model)
    ]
    return _rows(model).filter(reduce(or_, others))
