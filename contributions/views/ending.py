"""The lists of cover that ends: the donor's own, and those of branch, Kanwil, head office."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import donors_only, user_of
from bricks import clock
from contributions import endings
from contributions.ending_filters import EndingFilter
from contributions.ending_words import said
from contributions.models import Sponsorship
from contributions.services import exporting_endings as exporting
from workers.desk_access import StaffRequest, staff_only

PAGE_SIZE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@donors_only
@never_cache
@require_safe
def ending_donor(request: HttpRequest) -> HttpResponse:
    """List the workers of a donor whose cover ends soon, or has ended lately."""
    rows = endings.endings_of_donors(user_of(request))
    return _list(request, rows, "ending_donor")


@staff_only
@never_cache
@require_safe
def ending_soon(request: StaffRequest) -> HttpResponse:
    """List the workers at a branch, in a Kanwil or everywhere whose cover ends soon."""
    rows = endings.endings_watched(request.user)
    if request.GET.get("lihat") == "angka":
        return _figures(request, rows)
    return _list(request, rows, "ending_soon")


@donors_only
@never_cache
@require_POST
def ending_donor_file(request: HttpRequest) -> HttpResponse:
    """Hand out a donor's list as a file."""
    rows = endings.endings_of_donors(user_of(request))
    return _file(request, rows, "ending_donor")


@staff_only
@never_cache
@require_POST
def ending_soon_file(request: StaffRequest) -> HttpResponse:
    """Hand out the list of a branch, a Kanwil or all as a file; that is a look as well."""
    return _file(request, endings.endings_watched(request.user), "ending_soon")


def _figures(request: HttpRequest, rows: QuerySet[Sponsorship]) -> HttpResponse:
    today = clock.jakarta_date(clock.now())
    regencies = endings.figures_by_regency(rows, today=today)
    regency = next((row for row in regencies if row.key == request.GET.get("wilayah")), None)
    context: dict[str, Any] = {
        "offices": endings.figures_by_office(rows, today=today),
        "donors": endings.figures_by_donor(rows, today=today),
        "regencies": regencies,
        "regency": regency,
        "days": endings.DAYS,
        "arrears": endings.arrears_offered(),
        "today": today,
    }
    if regency is not None:
        villages = endings.figures_by_village(rows, regency=regency, today=today)
        context["villages"] = villages
    return render(request, "contributions/ending_figures.html", context)


def _list(request: HttpRequest, rows: QuerySet[Sponsorship], name: str) -> HttpResponse:
    today = clock.jakarta_date(clock.now())
    filters = EndingFilter(request.GET, queryset=rows, today=today)
    page = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    found = endings.endings(page.object_list, today=today)
    context: dict[str, Any] = {
        "filters": filters,
        "page": page,
        "rows": [(row, said(row)) for row in found],
        "place": filters.place,
        "weeks": endings.by_week(filters.qs),
        "today": today,
        "is_staff_list": name == "ending_soon",
        "file_url": reverse(f"{name}_file"),
        "list_url": reverse(name),
    }
    return render(request, "contributions/ending.html", context)


def _file(request: HttpRequest, rows: QuerySet[Sponsorship], name: str) -> HttpResponse:
    now = clock.now()
    today = clock.jakarta_date(now)
    filters = EndingFilter(request.POST, queryset=rows, today=today)
    kind = "xlsx" if request.POST.get("berkas") == "xlsx" else "csv"
    try:
        content = exporting.export_endings(
            rows=filters.qs, kind=kind, when=filters.when, by=user_of(request), today=today, now=now
        )
    except exporting.TooManyRows as refusal:
        messages.warning(request, str(refusal))
        return redirect(name)
    response = HttpResponse(
        content, content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="akan-berakhir-{today}.{kind}"'
    return response
