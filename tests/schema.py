"""The tables, once migrated, as a template: every run and every worker copies it.

Half a minute of migrations for each worker of each engine is most of what a small run
costs. A template is named by what makes it: migrations, models, and what they stand on.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from tests.environment import ROOT

FOLDER = ROOT / ".pytest_cache" / "schema"
SOURCES = (
    "*/migrations/*.py",
    "*/models/*.py",
    "*/models.py",
    "*/fields.py",
    "*/apps.py",
    "*/triggers.py",
    "bricks/**/*.py",
    "workers/naming.py",
    "tests/schema.py",
    "requirements.txt",
)
PREFIX = "sertakan_schema_"
KEPT = 4


def use_template(database: dict[str, Any]) -> None:
    """Let a test database of these settings begin as a copy of the migrated template."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _alone():
        if "sqlite" in database["ENGINE"]:
            shutil.copyfile(_sqlite_template(), database["TEST"]["NAME"])
        else:
            database["TEST"]["TEMPLATE"] = _postgres_template(database)


def _key() -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One process builds; the others wait for what it has built."""
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        check=True,
    )


def _sqlite_template() -> Path:
    template = FOLDER / f"{_key()}.sqlite3"
    if not template.exists():
        for old in FOLDER.glob("*.sqlite3*"):
            old.unlink()
        making = template.with_suffix(".sqlite3-making")
        _migrate(f"sqlite:///{making}")
        making.rename(template)
    return template


def _postgres_template(database: dict[str, Any]) -> str:
    name = f"{PREFIX}{_key()}"
    making = f"{name}_making"
    server = {
        key: value
        for key, value in {
            "host": database["HOST"],
            "port": database["PORT"],
            "user": database["USER"],
            "password": database["PASSWORD"],
        }.items()
        if value
    }
    connection = psycopg2.connect(dbname="postgres", **server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid", [f"{PREFIX}%"]
        )
        there = [row[0] for row in cursor.fetchall()]
        if name not in there:
            # Another work tree may be about to copy one of the newest.
            for old in {making, *there[:-KEPT]}:
                with suppress(psycopg2.errors.ObjectInUse):
                    cursor.execute(
                        sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old))
                    )
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            _migrate(f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{making}")
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(making), sql.Identifier(name)
                )
            )
    connection.close()
    return name
