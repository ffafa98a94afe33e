"""The banner that stands on the first pages of head office and treasurers."""

from typing import Any

from django import template

from bricks import clock
from contributions import books_selectors

register = template.Library()


@register.inclusion_tag("contributions/books/_alarm.html")
def books_alarm(user: Any) -> dict[str, Any]:
    """Warn whoever keeps the books that the last check found them wrong, or is old."""
    keeps = user.is_head_office or user.is_treasurer
    return {"alarm": books_selectors.alarm(now=clock.now()) if keeps else None}
