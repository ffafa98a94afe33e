"""`python -m sertakan.probe web|worker|beat`: does this container's process do its part?

The exit code is 0 for yes.
"""

import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from kombu.exceptions import OperationalError

from sertakan.celery import app

# Beat writes its file every three minutes, since jobs of the minute keep it busy.
OLDEST_BEAT_SECONDS = 600


def web(port: int | None = None) -> bool:
    """Ask /readyz of the web server on this machine."""
    address = f"http://127.0.0.1:{port or settings.PORT}/readyz"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def worker(name: str | None = None) -> bool:
    """Ask this machine's worker for a sign of life, or any worker for the name `*`."""
    wanted = None if name == "*" else [name or f"celery@{socket.gethostname()}"]
    try:
        return bool(app.control.ping(destination=wanted, timeout=2))
    except (OperationalError, OSError):
        return False


def beat() -> bool:
    """Look whether beat has kept its schedule file fresh."""
    schedule = Path(settings.CELERY_BEAT_SCHEDULE_FILENAME)
    written = [path.stat().st_mtime for path in schedule.parent.glob(f"{schedule.name}*")]
    return bool(written) and time.time() - max(written) < OLDEST_BEAT_SECONDS


PROBES: dict[str, Callable[[], bool]] = {"web": web, "worker": worker, "beat": beat}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PROBES:
        sys.stderr.write(f"usage: python -m sertakan.probe {'|'.join(PROBES)}\n")
        return 2
    return 0 if PROBES[arguments[0]]() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
