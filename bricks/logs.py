"""What reaches the log: lines with a request id, without personal numbers.

A NIK, phone or e-mail address never belongs into a message; when one gets there
all the same, inside a traceback for instance, the formatter covers it.
"""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

NO_REQUEST = "-"
request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)

_COMMAND = re.compile(r"[a-z][a-z_]{1,39}")
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# A NIK in one run or grouped as people write it; longer runs are account numbers.
_LONG_NUMBER = re.compile(
    r"(?<!\d)(?:\d{16,}|\d{4}(?:[ .-]\d{4}){3}|\d{6}[ .-]\d{6}[ .-]\d{4})(?!\d)"
)
_PHONE = re.compile(r"(?<![\w.])(?:\+?62|0)[ .-]?8\d(?:[ .-]?\d){6,10}(?!\w)")
_EMAIL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")


def current_request() -> str:
    """Return the id of the request, job or command at work; empty outside of any."""
    found = request_id.get()
    return "" if found == NO_REQUEST else found


def begin_command(name: str) -> str:
    """Give a command run by hand an id, which its log lines and audit events bear."""
    word = name.replace("_", "-") if _COMMAND.fullmatch(name) else "command"
    request_id.set(f"{word}-{uuid.uuid4().hex[:12]}")
    return request_id.get()


def mask(text: str) -> str:
    """Cover every NIK-like number, phone number and e-mail address in a text."""
    text = _LONG_NUMBER.sub("[16 digits]", text)
    text = _PHONE.sub("[phone]", text)
    return _EMAIL.sub("[e-mail]", text)


class MaskingFormatter(logging.Formatter):
    """Masks the whole line, the traceback included, and adds the request id."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id.get()
        return mask(super().format(record))


class RequestIdMiddleware:
    """Gives each request an id, which its log lines, jobs and answer bear.

    An id that a proxy in front has given is kept when it looks like one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
        finally:
            request_id.reset(token)
        return response
