"""`make test`: lint, then the whole suite on every engine in reach.

SQLite always; PostgreSQL with Redis when TEST_DATABASE_URL and TEST_BROKER_URL name
them or the usual local ports answer. Under CI=true nothing may be missing. The last
lines say what ran; the very last is `N passed, N failed`.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

from tests.environment import ENGINES, ROOT, in_ci

# Local servers as Debian starts them, with whom a local user may speak.
USUAL_DATABASES = tuple(
    f"postgres://{user}@127.0.0.1:5432/postgres" for user in ("root", "postgres")
)
USUAL_BROKER = "redis://127.0.0.1:6379/0"
TWICE = "not (slow or browser) or both_engines"
CHROMIUM_NAMES = ("chromium", "chromium-browser")


@dataclass
class Engine:
    """A database with its broker and cache, and what the suite said on it."""

    name: str
    settings: dict[str, str] = field(default_factory=dict)
    marks: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def report(self) -> str:
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{self.name}: {counts} in {self.seconds:.0f} s"


def say(line: str) -> None:
    print(line, flush=True)


def missing_tools() -> list[str]:
    """Name what some tests need and this machine lacks."""
    lacks = []
    if not any(shutil.which(name) for name in CHROMIUM_NAMES):
        lacks.append("Chromium (the browser tests; on Debian: apt install chromium)")
    if shutil.which("xgettext") is None:
        lacks.append("gettext (the check of the translations; on Debian: apt install gettext)")
    return lacks


def postgres_url() -> str | None:
    """Return an address under which PostgreSQL lets us in."""
    given = os.environ.get("TEST_DATABASE_URL")
    return next((url for url in ([given] if given else USUAL_DATABASES) if lets_in(url)), None)


def lets_in(url: str) -> bool:
    """Try to connect in a process of its own, so that no driver is loaded here."""
    attempt = "import sys, psycopg2; psycopg2.connect(sys.argv[1], connect_timeout=3).close()"
    dsn = url.replace("postgres://", "postgresql://", 1)
    done = subprocess.run([sys.executable, "-c", attempt, dsn], capture_output=True, check=False)
    return done.returncode == 0


def redis_url() -> str | None:
    """Return the address of a Redis that answers."""
    url = os.environ.get("TEST_BROKER_URL", USUAL_BROKER)
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or "127.0.0.1", place.port or 6379), 3):
            return url
    except OSError:
        return None


def engines() -> tuple[list[Engine], list[str]]:
    """Return the engines in reach, and what is missing."""
    found, lacks = [Engine("SQLite + files")], []
    database, broker = postgres_url(), redis_url()
    if database and broker:
        found.append(
            Engine(
                "PostgreSQL + Redis",
                {"DATABASE_URL": database, "CELERY_BROKER_URL": broker, "CACHE_URL": broker},
                marks=TWICE,
            )
        )
    if not database:
        lacks.append("PostgreSQL (set TEST_DATABASE_URL, or start it on 127.0.0.1:5432)")
    if not broker:
        lacks.append("Redis (set TEST_BROKER_URL, or start it on 127.0.0.1:6379)")
    return found, lacks


def run(engine: Engine, arguments: list[str]) -> None:
    """Run the suite on one engine and count."""
    say(f"\n=== {engine.name} " + "=" * (75 - len(engine.name)))
    started = time.monotonic()
    inside = {*ENGINES, "DJANGO_SETTINGS_MODULE"}
    outside = {name: value for name, value in os.environ.items() if name not in inside}
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.xml"
        command = [sys.executable, "-m", "pytest", "-n", "auto", "-q", f"--junitxml={result}"]
        if engine.marks:
            command += ["-m", engine.marks]
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env={**outside, **engine.settings}, check=False
        )
        count(engine, result)
    engine.seconds = time.monotonic() - started
    if done.returncode != 0 and engine.failed == 0:
        # Nothing was collected, a worker crashed: not a failed test, and not green.
        engine.failed = 1


def count(engine: Engine, result: Path) -> None:
    """Read the counts from the report of the run; none is a failure."""
    if not result.exists():
        engine.failed += 1
        return
    for suite in ElementTree.parse(result).getroot().iter("testsuite"):
        total, bad = int(suite.get("tests", 0)), int(suite.get("failures", 0))
        bad += int(suite.get("errors", 0))
        engine.skipped += int(suite.get("skipped", 0))
        engine.failed += bad
        engine.passed += total - bad - int(suite.get("skipped", 0))


def lint() -> bool:
    """Tell whether the linters are content."""
    say("=== lint " + "=" * 71)
    command = ["make", "--no-print-directory", "--keep-going", "lint"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Lint and test; the exit code is 0 only when nothing failed and, in CI, nothing lacked."""
    clean = lint()
    found, lacks = engines()
    lacks += missing_tools()
    for engine in found:
        run(engine, arguments)
    say("\n" + "=" * 80)
    say(f"lint: {'passed' if clean else 'FAILED'}")
    for what in lacks:
        say(f"{'MISSING' if in_ci() else 'skipped'}: {what}")
    for engine in found:
        say(engine.report())
    failed = sum(engine.failed for engine in found) + (not clean)
    if in_ci():
        failed += len(lacks)
    say(f"{sum(engine.passed for engine in found)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
