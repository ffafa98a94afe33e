"""The branch's desk for reports of accidents and deaths: the list, one report, the ruling."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from workers import desk_selectors, report_selectors
from workers.desk_access import StaffRequest, branch_only
from workers.forms.reports import ConfirmForm, FindWorkerForm, RefuteForm
from workers.models import IncidentReport
from workers.report_access import report_for, worker_to_match
from workers.services import ruling_reports
from workers.services.living import CannotRecord
from workers.services.ruling_reports import CannotRule

PAGE_SIZE = 25


@branch_only
@never_cache
@require_safe
def reports(request: StaffRequest) -> HttpResponse:
    """List the reports of the officer's desk: the open ones first, those due first on top."""
    today = clock.jakarta_date(clock.now())
    rows = report_selectors.reports_of_desk(request.user)
    tab = "ruled" if request.GET.get("daftar") == "selesai" else "open"
    is_open = IncidentReport.Status.OPEN
    rows = rows.exclude(status=is_open) if tab == "ruled" else rows.filter(status=is_open)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": report_selectors.report_rows(page.object_list, today=today),
        "counts": report_selectors.report_counts(
            desk_selectors.desk_offices(request.user), today=today
        ),
        "tab": tab,
    }
    return render(request, "workers/reports.html", context)


@branch_only
@never_cache
@require_safe
def report(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a report with the reporter's phone; each look is logged."""
    return _show(request, report_for(request.user, uuid), now=clock.now())


@branch_only
@never_cache
@require_POST
def report_find(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Look for the worker of a report by NIK or name, in the officer's own area."""
    now = clock.now()
    found = report_for(request.user, uuid)
    form = FindWorkerForm(request.POST)
    if not form.is_valid():
        return _show(request, found, now=now, find=form, status=400)
    if form.nik:
        worker = ruling_reports.find_by_nik(
            report=found, nik=form.nik, viewer=request.user, now=now
        )
        matches = [report_selectors.candidate(worker)] if worker else []
    else:
        matches = report_selectors.find_by_name(form.cleaned_data["text"], request.user)
    return _show(request, found, now=now, find=form, matches=matches)


@branch_only
@require_POST
def report_match(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Say of whom a report speaks."""
    found = report_for(request.user, uuid)
    worker = worker_to_match(request.user, request.POST.get("worker", ""))

    def verb() -> object:
        return ruling_reports.match(
            report=found, worker=worker, officer=request.user, now=clock.now()
        )

    return _done(request, uuid, verb, _("Pekerjanya sudah dicocokkan."))


@branch_only
@never_cache
@require_POST
def report_confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Rule that a report is true."""
    now = clock.now()
    found = report_for(request.user, uuid)
    form = ConfirmForm(request.POST, today=clock.jakarta_date(now), report=found)
    if not form.is_valid():
        return _show(request, found, now=now, confirm=form, status=400)

    def verb() -> object:
        return ruling_reports.confirm(
            report=found, officer=request.user, now=now, **form.cleaned_data
        )

    return _done(request, uuid, verb, _("Laporan dicatat benar."))


@branch_only
@never_cache
@require_POST
def report_refute(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Rule that a report is not true."""
    now = clock.now()
    found = report_for(request.user, uuid)
    form = RefuteForm(request.POST)
    if not form.is_valid():
        return _show(request, found, now=now, refute=form, status=400)

    def verb() -> object:
        return ruling_reports.refute(
            report=found, officer=request.user, now=now, **form.cleaned_data
        )

    return _done(request, uuid, verb, _("Laporan dicatat tidak benar. Tagihan diminta lagi."))


# --- what the doors share ----------------------------------------------------------
def _done(request: StaffRequest, uuid: UUID, verb: Callable[[], object], told: str) -> HttpResponse:
    """Take the step, and say what happened."""
    try:
        verb()
    except (CannotRule, CannotRecord) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, told)
    return redirect("report", uuid=uuid)


def _show(
    request: StaffRequest,
    found: IncidentReport,
    *,
    now: datetime,
    find: FindWorkerForm | None = None,
    confirm: ConfirmForm | None = None,
    refute: RefuteForm | None = None,
    matches: list[report_selectors.Candidate] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page of a report."""
    ruling_reports.open_report(report=found, viewer=request.user, now=now)
    today = clock.jakarta_date(now)
    context: dict[str, Any] = {
        "page": report_selectors.report_page(found, request.user, today=today),
        "report": found,
        "branch": found.office,
        "find": find or FindWorkerForm(),
        "matches": matches,
        "confirm": confirm or ConfirmForm(today=today, report=found),
        "refute": refute or RefuteForm(),
        "sent": "confirm" if confirm else "refute" if refute else "",
    }
    return render(request, "workers/report.html", context, status=status)
