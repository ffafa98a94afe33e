"""Do the configured keys fit what is stored? Asked before a start and while serving."""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from bricks import rotation
from bricks.secrets import CannotOpen
from workers.indexes import nik_index

#: So many of the newest rows of each table are opened.
SAMPLE = 5


def wrong_key() -> str:
    """Say which key does not fit what is stored; empty where the newest rows open.

    A sample: whether everything opens, a whole `rotate_keys` says. Tables and columns that
    a migration has yet to make are passed over, since `migrate` asks before it begins.
    """
    for model in rotation.sealed_models():
        try:
            rotation.open_newest(model, count=SAMPLE)
            told = _wrong_index_key() if model._meta.label == "workers.Worker" else ""
        except (OperationalError, ProgrammingError):
            continue
        except CannotOpen as error:
            return (
                f"None of SEAL_KEYS opens {error}. Put the key under which it was sealed back "
                "into SEAL_KEYS; without it, what it sealed is lost (docs/keys.md)."
            )
        if told:
            return told
    return ""


def refuse_wrong_keys() -> None:
    """Raise ImproperlyConfigured where the keys do not fit what is stored."""
    told = wrong_key()
    if told:
        raise ImproperlyConfigured(told)


def _wrong_index_key() -> str:
    # Named, not imported: Celery reads this before the models are there.
    workers = apps.get_model("workers", "Worker")._base_manager.only("nik", "nik_index")
    if all(
        nik_index(worker.nik) == worker.nik_index for worker in workers.order_by("-pk")[:SAMPLE]
    ):
        return ""
    return (
        "INDEX_KEY is not the one under which NIKs are indexed: nobody would be found "
        "again, and the same person would be entered twice. Put it back (docs/keys.md)."
    )
