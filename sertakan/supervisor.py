"""`make run`: prepares the portal, then keeps web server, worker and beat together.

One dies, all stop; Ctrl-C or SIGTERM stops all; nothing is left behind.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from sertakan import environment, preparing, probe
from sertakan.processes import LONG_LIVED, SIGN_INS

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LOOK_SECONDS = 0.2
READY_SECONDS = 90
STOP_SECONDS = 10


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Supervisor:
    """Starts the long-lived processes, watches them, stops them."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.times_asked = 0

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """Count the wish only: waiting inside a signal handler deadlocks."""
        self.times_asked += 1

    def start(self) -> None:
        """Start each process in a group of its own, out of reach of the terminal's Ctrl-C."""
        tools = Path(sys.executable).parent
        path = f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"
        for name, command in LONG_LIVED.items():
            self.children[name] = subprocess.Popen(
                shlex.split(command),
                cwd=environment.BASE_DIR,
                env={**os.environ, "PATH": path},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def is_disturbed(self) -> bool:
        """Tell whether a process has died, or the person wants to stop."""
        if self.times_asked:
            return True
        for name, child in self.children.items():
            if child.poll() is not None:
                say(
                    f"The {name} process has ended with code {child.returncode}; stopping the rest."
                )
                return True
        return False

    def wait_until_ready(self, port: int) -> bool:
        """Wait until pages are served and the worker answers; False if that never comes."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self.is_disturbed():
            if probe.web(port) and probe.worker("*"):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def watch(self) -> None:
        """Return when something is wrong or the person wants to stop."""
        while not self.is_disturbed():
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End all processes, by force after some seconds or at the second Ctrl-C."""
        asked_before = self.times_asked
        for child in self.children.values():
            if child.poll() is None:
                # Only the parent of each group: a worker's children finish their job.
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and self.times_asked <= max(asked_before, 1):
            if all(child.poll() is not None for child in self.children.values()):
                break
            time.sleep(LOOK_SECONDS)
        for child in self.children.values():
            _kill_group(child.pid)
            child.wait()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # The usual case: nobody is left. macOS says "not permitted" then.
        return


def _welcome() -> None:
    if settings.DEMO:
        call_command(SIGN_INS)
        connections.close_all()
    say(f"\nSERTAKAN is ready at {settings.PUBLIC_URL}  (Ctrl-C stops it)\n")


def _prepare() -> int:
    """Bring environment, port and database into place; return the port."""
    path = environment.env_file()
    if environment.write_env_file(path):
        say(f"First start: the keys of this checkout are written to {path.name}.")
    environment.load(path)
    wanted, port = environment.use_free_port()
    if wanted != port:
        say(f"Port {wanted} is taken; using {port}.")
    django.setup()
    preparing.prepare(say)
    return port


def _run(supervisor: Supervisor, port: int) -> None:
    try:
        supervisor.start()
        if supervisor.wait_until_ready(port):
            _welcome()
            supervisor.watch()
        elif not supervisor.times_asked:
            say("The portal did not become ready; the lines above say why.")
    finally:
        supervisor.stop()


def main() -> int:
    """Run the portal until somebody stops it; the exit code is 1 if a process failed."""
    try:
        port = _prepare()
    except KeyboardInterrupt:
        say("Stopped.")
        return 0
    supervisor = Supervisor()
    for number in STOP_SIGNALS:
        signal.signal(number, supervisor.ask_to_stop)
    _run(supervisor, port)
    if not supervisor.times_asked:
        return 1
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
