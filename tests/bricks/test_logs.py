"""The log bears no personal number and says to which request a line belongs."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from bricks.logs import (
    NO_REQUEST,
    MaskingFormatter,
    RequestIdMiddleware,
    begin_command,
    current_request,
    mask,
    request_id,
)
from sertakan.celery import app
from tests.environment import ROOT

NIK = "1671014101900001"
SAY_ID = "from bricks.logs import current_request; print(current_request())"


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter(settings.LOGGING["formatters"]["line"]["format"]))
    logger = logging.Logger("test")  # noqa: LOG001 (kept out of the tree of loggers)
    logger.addHandler(handler)
    return logger, stream


@pytest.mark.parametrize(
    "text",
    [
        NIK,
        f"'nik': '{NIK}'",
        f"nik={NIK}&x=1",
        "1671 0141 0190 0001",
        "1671-0141-0190-0001",
        "167101.410190.0001",
        "8808167101410190000",
    ],
)
def test_a_nik_is_covered_however_it_is_grouped(text: str) -> None:
    assert "[16 digits]" in mask(text)
    assert "410190" not in mask(text)
    assert "0141" not in mask(text)


@pytest.mark.parametrize(
    "text", ["081234567890", "+6281234567890", "62812345678", "+62 812-3456-7890", "0812 3456 7890"]
)
def test_a_phone_number_is_covered(text: str) -> None:
    assert mask(f"to {text}.") == "to [phone]."


def test_an_email_address_is_covered_also_when_quoted_for_a_url() -> None:
    assert mask("to rina@example.id or rina%40example.co.id") == "to [e-mail] or [e-mail]"


@pytest.mark.parametrize(
    "text",
    [
        "Rp 184.800",
        "2026-11-20 10:11:12,123",
        "took 1732147200.123456",
        "f81d4fae7dec11d0a76500a0c91e6bf6",
        "postgres://dina@127.0.0.1:5432",
        "version 5.2.19",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


def test_arguments_and_tracebacks_are_covered_too(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    try:
        raise ValueError(f"no worker {NIK}")
    except ValueError:
        logger.exception("failed for %s", NIK)
    assert NIK not in stream.getvalue()
    assert stream.getvalue().count("[16 digits]") == 2


def test_a_line_bears_the_id_of_its_request(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log

    def view(request: HttpRequest) -> HttpResponse:
        logger.warning("inside")
        return HttpResponse()

    request = RequestFactory().get("/", headers={"X-Request-ID": "from-the-proxy-1"})
    response = RequestIdMiddleware(view)(request)
    assert response["X-Request-ID"] == "from-the-proxy-1"
    assert "[from-the-proxy-1] inside" in stream.getvalue()
    assert request_id.get() == NO_REQUEST


def test_an_id_that_could_forge_a_line_is_replaced(client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": "x] ERROR forged"})
    assert len(response["X-Request-ID"]) == 32


def test_every_handler_of_the_settings_masks() -> None:
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["()"] == "bricks.logs.MaskingFormatter"


def test_a_command_has_an_id_of_its_own() -> None:
    former = request_id.get()
    try:
        first, second = begin_command("rotate_keys"), begin_command("rotate_keys")
        assert first.startswith("rotate-keys-")
        assert first != second
        assert current_request() == second
        for unlikely in (NIK, "x" * 200, "", "a b", "-x"):
            assert begin_command(unlikely).startswith("command-")
    finally:
        request_id.set(former)


def test_what_a_command_does_bears_its_id() -> None:
    """Through `manage.py`, as a person starts it."""
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", SAY_ID],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout.startswith("shell-")


# --- jobs ------------------------------------------------------------------------
@pytest.fixture
def seen() -> Iterator[list[str]]:
    """What a job sees as its id."""
    found: list[str] = []

    @app.task(name="tests.say_id", bind=True)
    def say_id(self: Any) -> None:
        found.extend([current_request(), str(self.request.id)])

    yield found
    app.tasks.unregister("tests.say_id")


def test_a_job_of_the_clock_bears_its_own_id(seen: list[str]) -> None:
    app.tasks["tests.say_id"].apply()
    assert seen[0]
    assert seen[0] == seen[1]
    assert current_request() == ""


def test_a_job_that_a_request_rang_for_bears_the_id_of_the_request(seen: list[str]) -> None:
    app.tasks["tests.say_id"].apply(headers={"request_id": "from-the-proxy-1"})
    assert seen[0] == "from-the-proxy-1"
    app.tasks["tests.say_id"].apply(headers={"request_id": NO_REQUEST})
    assert seen[2] == seen[3], "a bell without a request is no request"


def test_a_request_that_does_the_job_itself_keeps_its_id(seen: list[str]) -> None:
    token = request_id.set("from-the-proxy-2")
    try:
        app.tasks["tests.say_id"].apply()
        assert seen[0] == "from-the-proxy-2"
        assert request_id.get() == "from-the-proxy-2"
    finally:
        request_id.reset(token)
