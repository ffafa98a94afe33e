"""`make run` as a person at a terminal meets it: real processes, real signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sertakan import environment
from tests.environment import ROOT

READY = re.compile(r"SERTAKAN is ready at (http://127\.0\.0\.1:(\d+))")
START_SECONDS = 180
AGAIN_SECONDS = 30

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc"),
]


class Portal:
    """One `python -m sertakan.supervisor`, and the lines that it has said."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sertakan.supervisor"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "ENV_FILE": str(folder / ".env"),
                "VAR_DIR": str(folder / "var"),
                "PORT": str(port),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines.extend(stream)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def wait_for(self, pattern: re.Pattern[str] | str) -> re.Match[str]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self.said)
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"never said {pattern!r}:\n{self.said}")

    def wait_for_the_end(self) -> int:
        return self.process.wait(timeout=30)


def processes_of(folder: Path) -> dict[int, str]:
    """Find all living processes that belong to a portal, by its VAR_DIR in their environment."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"VAR_DIR={folder}/var".encode() in (place / "environ").read_bytes():
                found[int(place.name)] = (place / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return {pid: command for pid, command in found.items() if command}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Portal]]:
    portals: list[Portal] = []

    def begin(port: int) -> Portal:
        portals.append(Portal(tmp_path, port))
        return portals[-1]

    yield begin
    for portal in portals:
        if portal.process.poll() is None:
            portal.process.kill()
    for pid in processes_of(tmp_path):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def port() -> int:
    return environment.free_port(8300)


def test_the_portal_starts_stops_and_starts_again_with_its_data(
    start: Callable[[int], Portal], tmp_path: Path, port: int
) -> None:
    first = start(port)
    address = first.wait_for(READY)[1]
    assert "First start" in first.said
    assert "load_demo" in first.said
    env_file = tmp_path / ".env"
    assert env_file.stat().st_mode & 0o777 == 0o600
    keys = env_file.read_text()
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
        assert answer.read() == b"ok"
    first.process.send_signal(signal.SIGINT)
    assert first.wait_for_the_end() == 0
    assert processes_of(tmp_path) == {}

    # Again, while somebody else has the port; then one process dies.
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        began = time.monotonic()
        second = start(port)
        address = second.wait_for(READY)[1]
        assert time.monotonic() - began < AGAIN_SECONDS
        assert f"Port {port} is taken; using " in second.said
        assert not address.endswith(f":{port}")
    assert "First start" not in second.said
    assert "load_" not in second.said
    assert env_file.read_text() == keys
    beat = next(pid for pid, command in processes_of(tmp_path).items() if " beat " in command)
    os.kill(beat, signal.SIGKILL)
    assert second.wait_for_the_end() == 1
    assert "The beat process has ended" in second.said
    assert processes_of(tmp_path) == {}

    third = start(port)
    third.wait_for(READY)
    third.process.send_signal(signal.SIGTERM)
    assert third.wait_for_the_end() == 0
    assert processes_of(tmp_path) == {}
    assert not list(tmp_path.rglob("*.pid"))
