"""Corrections of a worker's data: proposed by one, seen side by side, decided by another."""

from collections.abc import Callable
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
from workers import registry_access, registry_selectors
from workers.desk_access import StaffRequest, branch_only
from workers.forms.registry import ChangeForm, RefusalForm
from workers.models import WorkerChange
from workers.registry_pages import LABELS
from workers.services import changing, looking

PAGE_SIZE = 25
Verb = Callable[..., WorkerChange]


@branch_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def worker_change(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Propose a correction of a worker's data; a colleague decides it."""
    now = clock.now()
    worker = registry_access.desk_worker_for(request.user, uuid)
    form = ChangeForm(request.POST or None, today=clock.jakarta_date(now))
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("reason", "said_by")}
        try:
            changing.propose(worker=worker, values=form.values(), by=request.user, now=now, **said)
        except changing.CannotChange as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Usulan disimpan. Rekan lain yang memutuskan."))
            return redirect("worker", uuid=uuid)
    status = 400 if form.errors else 200
    context = {"worker": worker, "form": form}
    return render(request, "workers/worker_change.html", context, status=status)


@branch_only
@never_cache
@require_safe
def changes(request: StaffRequest) -> HttpResponse:
    """List the corrections that wait at the desk, the one that is due first on top."""
    waiting = registry_selectors.waiting_changes(request.user)
    page = Paginator(waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(change, [LABELS[name] for name in change.fields]) for change in page.object_list]
    today = clock.jakarta_date(clock.now())
    return render(request, "workers/changes.html", {"rows": rows, "page": page, "today": today})


@branch_only
@never_cache
@require_safe
def change(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a correction side by side; each look is logged."""
    found = registry_access.desk_change_for(request.user, uuid)
    return _show(request, found, RefusalForm())


@branch_only
@require_POST
def change_approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Apply a colleague's correction."""
    return _step(request, uuid, changing.approve, _("Perubahan diterapkan."))


@branch_only
@require_POST
def change_withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take back one's own correction."""
    return _step(request, uuid, changing.withdraw, _("Usulan ditarik."))


@branch_only
@never_cache
@require_POST
def change_refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Refuse a colleague's correction, with a reason."""
    form = RefusalForm(request.POST)
    if not form.is_valid():
        found = registry_access.desk_change_for(request.user, uuid)
        return _show(request, found, form, status=400)
    return _step(request, uuid, changing.refuse, _("Usulan ditolak."), **form.cleaned_data)


# --- what the doors share ----------------------------------------------------------------
def _step(request: StaffRequest, uuid: UUID, verb: Verb, told: str, **said: Any) -> HttpResponse:
    """Take a step on a correction, and say what happened."""
    found = registry_access.desk_change_for(request.user, uuid)
    try:
        verb(change=found, by=request.user, now=clock.now(), **said)
    except changing.CannotChange as refusal:
        messages.warning(request, str(refusal))
        return redirect("change", uuid=uuid)
    messages.success(request, told)
    return redirect("worker", uuid=found.worker.uuid)


def _show(
    request: StaffRequest, found: WorkerChange, refusal: RefusalForm, *, status: int = 200
) -> HttpResponse:
    """Draw a correction with its values."""
    try:
        rows = looking.open_change(change=found, viewer=request.user, now=clock.now())
    except looking.CannotLook as closed:
        messages.warning(request, str(closed))
        return redirect("worker", uuid=found.worker.uuid)
    context = {
        "change": found,
        "rows": rows,
        "refusal": refusal,
        "waits": found.status == WorkerChange.Status.PROPOSED,
        "is_own": found.proposed_by_id == request.user.pk,
    }
    return render(request, "workers/change.html", context, status=status)
