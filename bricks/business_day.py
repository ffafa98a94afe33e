"""The business day of the request at work, for what must not call the clock itself.

A door's middleware reads the clock once; outside of a request no day is set.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date

from django.http import HttpRequest, HttpResponse

from bricks import clock

_day: ContextVar[date | None] = ContextVar("business_day", default=None)


def of_request() -> date | None:
    """Return the business day (Asia/Jakarta) on which the request came, or None."""
    return _day.get()


class BusinessDayMiddleware:
    """Notes the day on which a request came; stands before whatever asks for a role."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _day.set(clock.jakarta_date(clock.now()))
        try:
            return self.get_response(request)
        finally:
            _day.reset(token)
