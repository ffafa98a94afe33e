"""A database of its own for made-up months, of the engine that the portal is set up for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from accounts.models import User
from bricks.engine import is_postgres
from workers.models import Worker


class NotHere(Exception):
    """Made-up people would come among real ones."""


@contextmanager
def scratch_database() -> Iterator[None]:
    """Make an empty database beside the portal's, play in it, and remove it.

    Its name bears this process's number, so that two simulations do not meet. On SQLite it
    is in memory. The portal's own database is not opened.
    """
    name = connection.settings_dict["NAME"]
    if is_postgres(connection):
        connection.settings_dict["TEST"]["NAME"] = f"simulation_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def refuse_inhabited() -> None:
    """Raise NotHere unless this is a demo's database in which nobody is yet."""
    if not settings.DEMO:
        raise NotHere("DEMO is off: made-up people belong into a demo only.")
    if User.objects.exists() or Worker.everything.exists():
        raise NotHere("There are people in this database: the simulation needs an empty one.")
