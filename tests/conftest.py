"""What every test stands on: a fixed environment, closed sockets, engines, a browser."""

import hashlib
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import environment, schema

environment.refuse_early_settings()
environment.prepare()

import django  # noqa: E402  (the environment comes first)
from celery import current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

django.setup()
# A worker loads every task at its start; here the tests are the worker.
current_app.loader.import_default_modules()

# Models can be imported from here on.
from tests import emptying  # noqa: E402
from tests.browser import (  # noqa: E402
    portal,  # noqa: F401
    serious_faults,  # noqa: F401
    watch,  # noqa: F401
    watched_page,  # noqa: F401
)
from tests.regions_fixture import (  # noqa: E402
    _three_provinces_kept,  # noqa: F401
    three_provinces,  # noqa: F401
    three_provinces_for_module,  # noqa: F401
)

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    # Chromium refuses its sandbox to root, whom containers and CI run as.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
NEAR = {"127.0.0.1", "::1", "localhost", "0.0.0.0"}  # noqa: S104 (compared, not bound)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Keep pytest-django in the workers from reading the settings before they are prepared."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Choose what makes tests quick, and the database that is theirs alone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        call_command("compile_texts", verbosity=0)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        # In memory, the default, there is no WAL, and no other process sees the rows.
        name = str(settings.VAR_DIR / "test.sqlite3")
    else:
        name = os.environ["TEST_DATABASE_NAME"]
    database.setdefault("TEST", {})["NAME"] = name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let slow tests come first: at the end, one worker would be left alone with them.
    Skip the browser where there is none; under CI=true that is a failure instead."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if find_chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.missing_chromium)


@pytest.fixture(autouse=True)
def _need_chromium(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("missing_chromium"):
        if environment.in_ci():
            pytest.fail("Chromium is missing, and CI=true allows no skip")
        pytest.skip("Chromium is not installed (on Debian: apt install chromium)")


# --- closed sockets --------------------------------------------------------------


class NetworkIsClosed(AssertionError):
    """A test tried to reach another machine."""


def _guard(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in NEAR:
            raise NetworkIsClosed(f"a test tried to reach {address[0]}")
        return original(self, address)

    return guarded


@pytest.fixture(autouse=True, scope="session")
def _closed_sockets() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guard(name))
    resolve = socket.getaddrinfo

    def near_only(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and host not in NEAR:
            raise NetworkIsClosed(f"a test tried to resolve {host}")
        return resolve(host, *args, **kwargs)

    patch.setattr(socket, "getaddrinfo", near_only)
    yield
    patch.undo()


# --- database and cache ----------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begin with tables that are migrated once for all runs and workers."""
    schema.use_template(settings.DATABASES["default"])


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Keep the copy that lies there; its folder goes with the process."""
    return django_db_keepdb or "sqlite" in settings.DATABASES["default"]["ENGINE"]


@pytest.fixture(autouse=True, scope="session")
def _empty_what_is_filled() -> Iterator[None]:
    """Let a test with real transactions end by emptying the few tables that it filled."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        TransactionTestCase,
        "_fixture_teardown",
        lambda _case: emptying.empty(connections["default"]),
    )
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _own_cache(request: pytest.FixtureRequest) -> None:
    """Give each test a cache of its own: counters of attempts must not meet.

    A prefix does that on every backend, in every thread, and empties no one's Redis.
    """
    node = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    prefix = f"{os.environ['TEST_DATABASE_NAME']}:{node}"
    caches.settings["default"]["KEY_PREFIX"] = prefix
    for cache in caches.all(initialized_only=True):
        cache.key_prefix = prefix


# --- browser ---------------------------------------------------------------------


def find_chromium() -> str | None:
    """Return where Chromium is on this machine, if anywhere."""
    if Path(CHROMIUM).exists():
        return CHROMIUM
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's own Chromium: Playwright downloads none."""
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone of 360 px, the narrowest that must work; a test may ask for another."""
    return {
        **browser_context_args,
        "viewport": {"width": 360, "height": 740},
        "locale": "id-ID",
        "timezone_id": "Asia/Jakarta",
    }
