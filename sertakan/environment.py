"""The first start of a checkout: its `.env` with keys of its own, and its port."""

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PORTS_TRIED = 50
KEYS = ("SECRET_KEY", "SEAL_KEYS", "INDEX_KEY", "SANDBOX_SERVER_KEY")
LOCAL_NAMES = {"127.0.0.1", "localhost", "::1"}


class NoFreePort(OSError):
    """Fifty ports in a row are taken."""


def env_file() -> Path:
    """Return where this checkout keeps its settings."""
    return Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))


def write_env_file(path: Path) -> bool:
    """Write a demo's settings with fresh keys; tell whether this was the first start.

    An existing file is never touched: what is sealed in the database can be opened
    with its keys only.
    """
    lines = [
        "# Written by the first `make run`. Keep it: without these keys the sealed data",
        "# in the database cannot be read. .env.example explains every setting.",
        *(f"{name}={secrets.token_urlsafe(48)}" for name in KEYS),
        "DEMO=true",
        "",
    ]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines))
    return True


def load(path: Path) -> None:
    """Put the file's settings into this process, whose children inherit them."""
    environ.Env.read_env(path)
    os.environ["ENV_FILE"] = str(path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sertakan.settings")


def use_free_port() -> tuple[int, int]:
    """Choose the port from PORT on; return the one wanted and the one taken.

    PUBLIC_URL follows when it names this machine. Raises NoFreePort.
    """
    wanted = int(os.environ.get("PORT", "8000"))
    port = free_port(wanted)
    os.environ["PORT"] = str(port)
    public = os.environ.get("PUBLIC_URL", "")
    if public and urlsplit(public).hostname in LOCAL_NAMES:
        os.environ["PUBLIC_URL"] = f"http://{HOST}:{port}"
    return wanted, port


def free_port(wanted: int) -> int:
    """Return the first free port from `wanted` on. Raises NoFreePort."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        if _is_free(port):
            return port
    raise NoFreePort(f"no free port from {wanted} on")


def _is_free(port: int) -> bool:
    # Two looks: where somebody answers, binding may succeed all the same (macOS, when
    # he listens on another address), and who does not answer may still hold the port.
    with socket.socket() as caller:
        caller.settimeout(1)
        if caller.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True
