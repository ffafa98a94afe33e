"""Pages about what goes out and what the clock did."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import roles_only
from accounts.models import Role
from bricks import clock
from notices import selectors


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show the built-in mailbox of the demo; elsewhere it does not exist."""
    if not settings.DEMO:
        raise Http404
    address = request.GET.get("untuk", "").strip()
    letters = selectors.newest_letters(address=address)
    return render(request, "notices/mailbox.html", {"letters": letters, "address": address})


@roles_only(Role.Kind.HEAD_OFFICE)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Show head office when each clock job last ran, and how it ended."""
    rows = selectors.jobs_overview(now=clock.now())
    return render(request, "notices/jobs.html", {"rows": rows})
