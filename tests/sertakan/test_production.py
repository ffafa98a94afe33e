"""The image's commands with production settings: they serve, and refuse a demo's settings."""

import os
import secrets
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from sertakan import environment
from sertakan.processes import LONG_LIVED, PREPARE, WEB
from tests.environment import ROOT

pytestmark = pytest.mark.slow
TOOLS = Path(sys.executable).parent
START_SECONDS = 60


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def production(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "ENV_FILE": str(folder / "none"),
        "VAR_DIR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
        "PORT": str(port),
        "PUBLIC_URL": "https://sertakan.example.id",
        "ALLOWED_HOSTS": "sertakan.example.id",
        "HTTPS": "true",
        **{name: secrets.token_urlsafe(48) for name in environment.KEYS},
    }


def manage(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *shlex.split(command)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A folder as the image has it: static files collected, database prepared."""
    env = production(tmp_path_factory.mktemp("production"), environment.free_port(8600))
    for command in ("collectstatic --noinput", PREPARE.removeprefix("python manage.py ")):
        done = manage(command, env)
        assert done.returncode == 0, done.stderr
    return env


@pytest.fixture(scope="module")
def served(place: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(shlex.split(WEB), cwd=ROOT, env=place)
    address = f"http://127.0.0.1:{place['PORT']}"
    deadline = time.monotonic() + START_SECONDS
    try:
        while get(f"{address}/healthz")[0] != 200:
            assert time.monotonic() < deadline, "the web server never answered"
            assert process.poll() is None, "the web server has ended"
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0


def get(url: str, **headers: str) -> tuple[int, Message, str]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode(errors="replace")
    except OSError:
        return 0, Message(), ""


def public(served: str, path: str) -> tuple[int, Message, str]:
    """Ask as the proxy that ends TLS does."""
    return get(f"{served}{path}", **{"Host": "sertakan.example.id", "X-Forwarded-Proto": "https"})


def test_ready_without_tls_from_inside(served: str) -> None:
    assert get(f"{served}/readyz")[0] == 200


def test_everybody_else_is_sent_to_https(served: str) -> None:
    status, headers, _ = get(f"{served}/", Host="sertakan.example.id")
    assert status == 301
    assert headers["Location"] == "https://sertakan.example.id/"


def test_the_front_page_is_strict_and_its_files_may_be_kept_for_ever(served: str) -> None:
    status, headers, page = public(served, "/")
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "style-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    style = next(part for part in page.split('"') if part.endswith(".css"))
    status, headers, _ = public(served, style)
    assert status == 200
    assert "immutable" in headers["Cache-Control"]


def test_a_strange_host_is_refused(served: str) -> None:
    assert get(f"{served}/", **{"Host": "evil.example", "X-Forwarded-Proto": "https"})[0] == 400


def test_what_only_the_demo_shows_is_not_there(served: str) -> None:
    assert public(served, "/gaya/")[0] == 404


@pytest.mark.parametrize("command", LONG_LIVED.values(), ids=LONG_LIVED)
@pytest.mark.parametrize("bad", [{"DEMO": "true"}, {"INDEX_KEY": "short"}], ids=["demo", "key"])
def test_no_process_starts_with_unfit_settings(
    place: dict[str, str], command: str, bad: dict[str, str]
) -> None:
    done = subprocess.run(
        shlex.split(command),
        cwd=ROOT,
        env={**place, **bad, "PORT": str(environment.free_port(8650))},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
    assert done.returncode != 0
    assert "not fit for this place" in done.stderr


def test_the_deployment_checks_of_django_find_nothing(place: dict[str, str]) -> None:
    done = manage("check --deploy --fail-level ERROR", place)
    assert done.returncode == 0, done.stderr
    # HSTS for all subdomains is for the owner of the domain to decide.
    warnings = {line.split(")")[0] for line in done.stderr.splitlines() if "(security." in line}
    assert {part.split("(")[1] for part in warnings} <= {"security.W005", "security.W021"}
