"""The two logs: who looked at what, and who did what."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bricks import clock
from workers import log_files, log_selectors
from workers.desk_access import StaffRequest
from workers.log_access import log_readers
from workers.log_filters import ActFilter, LookFilter
from workers.services import exporting_logs as exporting

PAGE_SIZE = 50


@log_readers
@never_cache
@require_safe
def view_log(request: StaffRequest) -> HttpResponse:
    """Show who looked at which sealed datum, when and why."""
    filters = _looks(request)
    page = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = log_selectors.read_looks(page.object_list, reader=request.user)
    context = {"filters": filters, "page": page, "rows": rows, "tab": "view_log"}
    return render(request, "workers/logs/view_log.html", context)


@log_readers
@never_cache
@require_safe
def audit_log(request: StaffRequest) -> HttpResponse:
    """Show who did what to what, before and after."""
    filters = _acts(request)
    page = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = log_selectors.read_acts(page.object_list, reader=request.user)
    context = {"filters": filters, "page": page, "rows": rows, "tab": "audit_log"}
    return render(request, "workers/logs/audit_log.html", context)


@log_readers
@never_cache
@require_safe
def view_log_csv(request: StaffRequest) -> HttpResponse:
    """Hand out what the page of looks shows as a file; that is a look as well."""
    filters = _looks(request)
    try:
        looks = exporting.export_log(
            rows=filters.qs,
            read=log_selectors.read_looks,
            what=exporting.VIEW_LOG,
            days=filters.days,
            reader=request.user,
            now=clock.now(),
        )
    except exporting.TooManyRows as refusal:
        messages.warning(request, str(refusal))
        return redirect("view_log")
    return _file(log_files.looks_file(looks), "catatan-lihat.csv")


@log_readers
@never_cache
@require_safe
def audit_log_csv(request: StaffRequest) -> HttpResponse:
    """Hand out what the page of actions shows as a file; that is a look as well."""
    filters = _acts(request)
    try:
        acts = exporting.export_log(
            rows=filters.qs,
            read=log_selectors.read_acts,
            what=exporting.AUDIT_LOG,
            days=filters.days,
            reader=request.user,
            now=clock.now(),
        )
    except exporting.TooManyRows as refusal:
        messages.warning(request, str(refusal))
        return redirect("audit_log")
    return _file(log_files.acts_file(acts), "catatan-tindakan.csv")


def _looks(request: StaffRequest) -> LookFilter:
    rows = log_selectors.looks_for(request.user)
    today = clock.jakarta_date(clock.now())
    return LookFilter(request.GET, queryset=rows, request=request, today=today)


def _acts(request: StaffRequest) -> ActFilter:
    rows = log_selectors.acts_for(request.user)
    today = clock.jakarta_date(clock.now())
    return ActFilter(request.GET, queryset=rows, request=request, today=today)


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
