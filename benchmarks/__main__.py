"""`make bench`: how long the jobs and questions take that grow with the portal.

    make bench                               everything, each at a size that suits it
    make bench SIZE=1000                     everything at one size
    make bench ONLY=renewal SIZE=100000      one of them, or some: renewal,reminders

Each works in a fresh database of its own, which is removed afterwards: of SQLite, or of
the engine that DATABASE_URL names. What is promised of both engines (`ON_BOTH`) is measured
on PostgreSQL as well where one is in reach. A figure is one line; beside it stands, in the
same run, what it is to be compared with, because a machine's speed alone says nothing.
"""

import os
import subprocess
import sys
from types import ModuleType
from typing import Any

from tests import environment, run

CHOSEN = "DATABASE_URL" in os.environ
environment.prepare()

import django  # noqa: E402  (the environment comes first)
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

django.setup()

from benchmarks import (  # noqa: E402
    cover,
    desk,
    duplicates,
    ledger,
    papers,
    reminders,
    renewal,
    settlements,
    webhooks,
)
from benchmarks.crowd import load_tariffs_once  # noqa: E402
from bricks.engine import is_postgres  # noqa: E402
from sertakan.celery import app  # noqa: E402

#: Each has a SIZE and `run(size, say)`, where `say` takes one line.
BENCHMARKS: dict[str, ModuleType] = {
    # First, while the process is small: its memory is a figure.
    "renewal": renewal,
    "reminders": reminders,
    "desk": desk,
    "papers": papers,
    "webhooks": webhooks,
    "settlements": settlements,
    "duplicates": duplicates,
    "ledger": ledger,
    "cover": cover,
}
ON_BOTH = ("renewal", "reminders")


def main(only: str = "", size: str = "") -> None:
    """Take the measures asked for; a number alone is a size for all of them."""
    if only.isdigit():
        only, size = "", only
    names = only.split(",") if only else list(BENCHMARKS)
    if not BENCHMARKS.keys() >= set(names):
        sys.exit(f"There is no benchmark {only!r}, but: {', '.join(BENCHMARKS)}")
    base = _scratch_database()
    try:
        for name in names:
            _alone(base, name, size)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = base
        connection.creation.destroy_test_db(base, verbosity=0)
    if not CHOSEN:
        _on_postgres([name for name in names if name in ON_BOTH], size)


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


def _scratch_database() -> str:
    """Make the database that each benchmark gets a copy of, with the tariffs."""
    # Bells ring into the broker, as in the portal: their jobs are not measured here.
    app.conf.task_always_eager = False
    # In memory SQLite has no WAL, and no other process sees the rows.
    name = str(settings.VAR_DIR / "bench.sqlite3")
    if is_postgres(connection):
        name = os.environ["TEST_DATABASE_NAME"]
    # The models say nearly all that the migrations do, and half a minute is saved.
    connection.settings_dict["TEST"].update(NAME=name, MIGRATE=False)
    connection.creation.create_test_db(verbosity=0, serialize=False)
    load_tariffs_once()
    return name


def _alone(base: str, name: str, size: str) -> None:
    """Run one benchmark in a copy of the database."""
    benchmark: Any = BENCHMARKS[name]
    connection.close()
    connection.settings_dict["NAME"] = base
    connection.creation.clone_test_db(suffix=name, verbosity=0)
    connection.settings_dict.update(connection.creation.get_test_db_clone_settings(name))
    say(f"--- {name}")
    try:
        benchmark.run(int(size or benchmark.SIZE), say)
    finally:
        connection.close()
        connection.creation.destroy_test_db(base, verbosity=0)
    say("")


def _on_postgres(names: list[str], size: str) -> None:
    """Run these once more, in a process of its own, where a PostgreSQL is in reach."""
    if is_postgres(connection) or not names:
        return
    url = run.postgres_url()
    if url is None:
        say("PostgreSQL is not in reach (TEST_DATABASE_URL): not measured there")
        return
    command = [sys.executable, "-m", "benchmarks", ",".join(names), *([size] if size else [])]
    subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
