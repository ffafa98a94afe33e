"""The log bears no personal number and says to which request a line belongs."""

import io
import logging

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from bricks.logs import NO_REQUEST, MaskingFormatter, RequestIdMiddleware, mask, request_id

NIK = "1671014101900001"


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
