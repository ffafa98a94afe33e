"""The branch's registry: the workers, the page of one, and what is recorded of him."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bricks import clock
from workers import registry_access, registry_pages, registry_selectors
from workers.desk_access import StaffRequest, branch_only, staff_only
from workers.forms.desk import RevealForm
from workers.forms.registry import EventForm, NikSearchForm, RevokeForm
from workers.models import Worker
from workers.registry_filters import RegistryFilter
from workers.services import living, looking

PAGE_SIZE = 25


@staff_only
@never_cache
@require_safe
def workers(request: StaffRequest) -> HttpResponse:
    """List the workers whom the viewer may see."""
    today = clock.jakarta_date(clock.now())
    return _list(request, NikSearchForm(today=today))


@branch_only
@never_cache
@require_POST
def worker_search(request: StaffRequest) -> HttpResponse:
    """Find a worker of the own desk by his full NIK; each search is logged."""
    now = clock.now()
    form = NikSearchForm(request.POST, today=clock.jakarta_date(now))
    if not form.is_valid():
        return _list(request, form, status=400)
    try:
        nik = form.cleaned_data["nik"]
        found = looking.find_by_nik(viewer=request.user, nik=nik, now=now)
    except looking.NothingFound as nothing:
        messages.info(request, str(nothing))
        return redirect("workers")
    return redirect("worker", uuid=found.uuid)


@staff_only
@never_cache
@require_safe
def worker(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a worker, with NIK, phone and address masked."""
    return _show(request, registry_access.watched_worker_for(request.user, uuid))


@branch_only
@never_cache
@require_POST
def worker_reveal(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show NIK, phone and address of a worker, for a reason that is logged."""
    found = registry_access.desk_worker_for(request.user, uuid)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _show(request, found, reveal=form, status=400)
    try:
        reason = form.cleaned_data["reason"]
        looking.reveal(worker=found, viewer=request.user, reason=reason, now=clock.now())
    except looking.CannotLook as refusal:
        messages.warning(request, str(refusal))
        return redirect("worker", uuid=uuid)
    return _show(request, found, identity_shown=True)


@branch_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def worker_event(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Record that something happened to a worker."""
    now = clock.now()
    found = registry_access.desk_worker_for(request.user, uuid)
    form = EventForm(request.POST or None, today=clock.jakarta_date(now))
    if form.is_valid() and _recorded(request, found, form, now):
        return redirect("worker", uuid=uuid)
    context = {"worker": found, "form": form}
    status = 400 if form.errors else 200
    return render(request, "workers/worker_event.html", context, status=status)


@branch_only
@require_POST
def event_revoke(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take back an event that was recorded by mistake, or holds no longer."""
    event = registry_access.desk_event_for(request.user, uuid)
    form = RevokeForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(str(e) for e in form.errors["note"]))
        return redirect("worker", uuid=event.worker.uuid)
    try:
        note = form.cleaned_data["note"]
        living.revoke_event(event=event, by=request.user, now=clock.now(), note=note)
    except living.CannotRecord as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Peristiwa dibatalkan."))
    return redirect("worker", uuid=event.worker.uuid)


# --- what the doors share ----------------------------------------------------------------
def _recorded(request: StaffRequest, found: Worker, form: EventForm, now: datetime) -> bool:
    try:
        living.record_event(worker=found, by=request.user, now=now, **form.event())
    except living.CannotRecord as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Peristiwa dicatat. Akibatnya dikerjakan sekarang juga."))
    return True


def _list(request: StaffRequest, search: NikSearchForm, *, status: int = 200) -> HttpResponse:
    """Draw the list; `search` is the form for a NIK, with what did not fit."""
    listed = registry_selectors.listed_workers(request.user)
    filters = RegistryFilter(request.GET, queryset=listed, request=request)
    page = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = registry_selectors.waiting_changes(request.user)
    context = {
        "filters": filters,
        "page": page,
        "rows": registry_selectors.registry_rows(page.object_list),
        "search": search if request.user.is_branch else None,
        "changes": waiting.count() if request.user.is_branch else 0,
    }
    return render(request, "workers/registry.html", context, status=status)


def _show(request: StaffRequest, found: Worker, *, status: int = 200, **more: Any) -> HttpResponse:
    """Draw the page of a worker."""
    page = registry_pages.worker_page(found, request.user)
    context = {
        "page": page,
        "worker": found,
        "branch": page.office,
        "reveal": RevealForm(),
        "revoke": RevokeForm(),
        "identity_shown": False,
        **more,
    }
    return render(request, "workers/worker.html", context, status=status)
