"""The branch's desk: the queue, the next case, and who holds what."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from workers import bulk_selectors, desk_selectors, report_selectors
from workers.desk_access import StaffRequest, branch_only, supervisors_only
from workers.filters import DeskFilter
from workers.services import holding

PAGE_SIZE = 25


@branch_only
@never_cache
@require_safe
def desk(request: StaffRequest) -> HttpResponse:
    """Show the queue of the officer's desk: urgent cases first, then the oldest."""
    today = clock.jakarta_date(clock.now())
    offices = list(desk_selectors.desk_offices(request.user))
    cases = desk_selectors.desk_cases(request.user, today=today, offices=offices)
    filters = DeskFilter(request.GET, queryset=cases, request=request, today=today, offices=offices)
    page = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "rows": desk_selectors.desk_rows(
            desk_selectors.desk_page(page.object_list, today=today), today=today
        ),
        "counts": desk_selectors.desk_counts(request.user, today=today, offices=offices),
        "offices": offices,
        "reports": report_selectors.report_counts(offices, today=today),
        "proposed": bulk_selectors.count_proposed(request.user, offices),
        "today": today,
    }
    return render(request, "workers/desk.html", context)


@branch_only
@require_POST
def desk_next(request: StaffRequest) -> HttpResponse:
    """Take the first free case of the queue."""
    try:
        case = holding.take_next(officer=request.user, now=clock.now())
    except holding.NothingWaits as nothing:
        messages.info(request, str(nothing))
        return redirect("desk")
    return redirect("case", uuid=case.uuid)


@supervisors_only
@never_cache
@require_safe
def desk_held(request: StaffRequest) -> HttpResponse:
    """Show a supervisor who holds what."""
    today = clock.jakarta_date(clock.now())
    cases = desk_selectors.held_cases(request.user, today=today)
    page = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = desk_selectors.desk_rows(page.object_list, today=today)
    return render(request, "workers/desk_held.html", {"rows": rows, "page": page, "today": today})
