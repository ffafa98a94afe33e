"""Whether a page is asked for whole, or a part of it by htmx."""

from django.http import HttpRequest


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of the page; going back asks for the whole."""
    htmx = request.htmx  # type: ignore[attr-defined]  # set by django_htmx's middleware
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request
