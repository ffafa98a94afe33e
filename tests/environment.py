"""The environment in which the tests run, set before Django reads its settings.

A developer's `.env` and exported settings stay outside. Only which engines to use
comes from outside: DATABASE_URL, CELERY_BROKER_URL and CACHE_URL, which
`tests/run.py` and `.ci/run` set.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / "tests" / "test.env"
ENGINES = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")


def fixed_settings() -> dict[str, str]:
    """Return what `tests/test.env` says."""
    lines = ENV_FILE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def prepare() -> None:
    """Set the environment of this process, and give it a folder of its own.

    The first process makes the folder and removes it at its end; a worker of
    pytest-xdist, which inherits it, takes a folder inside.
    """
    for name, value in fixed_settings().items():
        if name not in ENGINES or name not in os.environ:
            os.environ[name] = value
    os.environ["ENV_FILE"] = str(ENV_FILE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sertakan.settings"
    # Playwright's loop runs in the thread of the test, where Django sees "async" code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["VAR_DIR"] = str(Path(os.environ["TEST_FOLDER"]) / worker)
        return
    folder = tempfile.mkdtemp(prefix="sertakan-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["TEST_FOLDER"] = folder
    os.environ["VAR_DIR"] = str(Path(folder) / "main")
    # Two runs on one server must not meet in one database or queue.
    os.environ["QUEUE"] = f"test-{os.getpid()}"
    os.environ["TEST_DATABASE_NAME"] = f"test_sertakan_{os.getpid()}"


def refuse_early_settings() -> None:
    """Stop where DJANGO_SETTINGS_MODULE made pytest-django read a developer's settings."""
    django_conf = sys.modules.get("django.conf")
    if django_conf is not None and django_conf.settings.configured:
        raise RuntimeError("unset DJANGO_SETTINGS_MODULE: the tests bring settings of their own")


def in_ci() -> bool:
    """Tell whether a missing piece is a failure (CI=true) and not a skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
