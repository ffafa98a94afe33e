"""The printable timeline of a worker's cover (P3)."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import user_of
from bricks import clock
from contributions import access
from contributions.timeline import timeline_of


@login_required
@never_cache
@require_safe
def timeline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Print what the portal knows of a worker's cover: all of it for his branch, of a donor
    what he enrolled and paid himself."""
    now = clock.now()
    worker, cases, reports, is_whole = access.timeline_for(user_of(request), uuid)
    today = clock.jakarta_date(now)
    found = timeline_of(worker, today=today, cases=cases, reports=reports, is_whole=is_whole)
    context = {
        "timeline": found,
        "branch": found.office,
        "worker": worker,
        "today": today,
        "now": now,
    }
    return render(request, "contributions/timeline.html", context)
