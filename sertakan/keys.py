"""Do the configured keys fit what is stored? Asked before a start and while serving."""

from collections.abc import Iterable

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model

from bricks import rotation
from bricks.secrets import CannotOpen
from workers.indexes import nik_index

#: So many of the newest rows of each table are opened.
SAMPLE = 5


def wrong_key() -> str:
    """Say which key does not fit what is stored; empty where the newest rows open.

    A sample: whether everything opens, a whole `rotate_keys` says. Tables that are not
    there yet are passed over.
    """
    present = set(connection.introspection.table_names())
    here = [model for model in rotation.sealed_models() if model._meta.db_table in present]
    return _wrong_seal_keys(here) or _wrong_index_key(here)


def refuse_wrong_keys() -> None:
    """Raise ImproperlyConfigured where the keys do not fit what is stored."""
    told = wrong_key()
    if told:
        raise ImproperlyConfigured(told)


def _wrong_seal_keys(models: Iterable[type[Model]]) -> str:
    for model in models:
        try:
            rotation.open_newest(model, count=SAMPLE)
        except CannotOpen as error:
            return (
                f"None of SEAL_KEYS opens {error}. Put the key under which it was sealed back "
                "into SEAL_KEYS; without it, what it sealed is lost (docs/keys.md)."
            )
    return ""


def _wrong_index_key(models: Iterable[type[Model]]) -> str:
    # Named, not imported: Celery reads this before the models are there.
    worker_model = apps.get_model("workers", "Worker")
    if worker_model not in models:
        return ""
    for worker in worker_model._base_manager.order_by("-pk")[:SAMPLE]:
        if nik_index(worker.nik) != worker.nik_index:
            return (
                "INDEX_KEY is not the one under which NIKs are indexed: nobody would be found "
                "again, and the same person would be entered twice. Put it back (docs/keys.md)."
            )
    return ""
