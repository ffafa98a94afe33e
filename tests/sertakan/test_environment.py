"""The first start writes keys once; the port is the first that is free."""

import os
import re
import socket
from pathlib import Path

import pytest

from sertakan import environment
from tests.environment import ROOT


def test_each_checkout_gets_strong_keys_of_its_own(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        path = tmp_path / name
        assert environment.write_env_file(path)
        texts.append(path.read_text())
        assert path.stat().st_mode & 0o777 == 0o600
    keys = [re.findall(r"^[A-Z_]+=(\S{64})$", text, re.MULTILINE) for text in texts]
    assert len(keys[0]) == len(environment.KEYS)
    assert len(set(keys[0] + keys[1])) == 2 * len(environment.KEYS)


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine")
    assert not environment.write_env_file(path)
    assert path.read_text() == "SECRET_KEY=mine"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert environment.free_port(port) > port


def test_a_port_that_is_held_without_answering_is_passed_over() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        assert environment.free_port(port) > port


def test_no_port_at_all_is_an_error() -> None:
    with pytest.raises(environment.NoFreePort):
        environment.free_port(65_536)


@pytest.mark.parametrize(
    ("public", "follows"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://sertakan.example.id", False),
    ],
)
def test_the_public_address_follows_the_port_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, public: str, follows: bool
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public)
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setattr(environment, "free_port", lambda wanted: wanted + 7)
    assert environment.use_free_port() == (8000, 8007)
    assert os.environ["PORT"] == "8007"
    assert os.environ["PUBLIC_URL"] == ("http://127.0.0.1:8007" if follows else public)


def test_every_setting_that_is_read_is_explained_in_the_example() -> None:
    places = ("settings.py", "notice_settings.py")
    code = "".join((ROOT / "sertakan" / name).read_text() for name in places)
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", code)) | {"ENV_FILE"}
    explained = set(
        re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    assert read - explained == set()
    assert explained - read == set()
