"""Pages of the nightly renewal: its runs, what comes next, and what could not be renewed."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import user_of
from bricks import clock
from contributions import renewal_access as access
from contributions import renewal_page as questions
from contributions import renewal_runs as history
from contributions import renewal_selectors
from contributions.renewal_forms import PreviewForm

PAGE_SIZE, RUNS = 25, 14


@access.head_office
@require_safe
def renewal_runs(request: HttpRequest) -> HttpResponse:
    """Show the last runs, and what the next one would do on a day that is chosen."""
    now = clock.now()
    today = clock.jakarta_date(now)
    runs = history.shown_runs(RUNS)
    day = history.next_night(runs, today=today)
    form = PreviewForm(request.GET if "hari" in request.GET else {"hari": day}, today=today)
    if form.is_valid():
        day = form.cleaned_data["hari"]
    rows = history.run_rows(runs, now=now)
    preview = renewal_selectors.preview(day) if form.is_valid() else None
    context = {
        "rows": rows,
        "is_stuck": any(row.is_stuck for row in rows),
        "form": form,
        "day": day,
        "preview": preview,
        "reasons": questions.told_reasons(preview.reasons) if preview else [],
    }
    return render(request, "contributions/renewal/runs.html", context)


@access.readers
@require_safe
def renewal_outcomes(request: HttpRequest) -> HttpResponse:
    """List what could not be renewed at the user's offices, why, and what to do about it."""
    user, asked = user_of(request), access.open_outcomes(request.user)
    reason, office = request.GET.get("alasan", ""), request.GET.get("cabang", "")
    found = questions.narrowed(asked, reason=reason, office=office)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": questions.rows_for(user, page.object_list),
        "reasons": questions.by_reason(asked),
        "offices": questions.by_office(asked),
        "reason": reason,
        "office": office,
    }
    return render(request, "contributions/renewal/outcomes.html", context)


@access.readers
@require_safe
def renewal_outcomes_csv(request: HttpRequest) -> HttpResponse:
    """Send the same as a file, narrowed as the page is."""
    asked = access.open_outcomes(request.user)
    found = questions.narrowed(
        asked, reason=request.GET.get("alasan", ""), office=request.GET.get("cabang", "")
    )
    return HttpResponse(
        questions.as_csv(found.iterator(chunk_size=1_000)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tidak-diperpanjang.csv"'},
    )
