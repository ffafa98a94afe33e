"""Offices as a file: out, in with a preview, and the gaps that the table still has."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.previews import Preview, PreviewGone, open_preview, seal_preview
from regions.office_csv import COLUMNS, plan_offices, write_offices
from regions.office_table import current_table
from workers import office_selectors
from workers.forms.tables import ConfirmForm, TableFileForm
from workers.office_access import gap_readers, head_office_only
from workers.services.offices import CannotChangeOffice, import_offices

KIND = "offices"
GAPS_A_PAGE = 50


@head_office_only
@never_cache
@require_safe
def offices_csv(request: HttpRequest) -> HttpResponse:
    """Give the whole table as a file."""
    return HttpResponse(
        write_offices(current_table()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="kantor.csv"'},
    )


@head_office_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offices_import(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change; nothing is written."""
    if request.method != "POST":
        form = TableFileForm(columns=COLUMNS)
        return render(request, "workers/offices/import.html", {"form": form, "columns": COLUMNS})
    form = TableFileForm(request.POST, request.FILES, columns=COLUMNS)
    if not form.is_valid():
        context = {"form": form, "columns": COLUMNS}
        return render(request, "workers/offices/import.html", context, status=400)
    table = current_table()
    preview = Preview(form.content, table.fingerprint)
    sealed = seal_preview(preview, kind=KIND, user_id=user_of(request).pk)
    context = {
        "plan": plan_offices(form.lines, table),
        "confirm": ConfirmForm(initial={"pratinjau": sealed}),
        "back_url": reverse("offices_import"),
        "apply_url": reverse("offices_apply"),
    }
    return render(request, "workers/offices/preview.html", context)


@head_office_only
@require_POST
def offices_apply(request: HttpRequest) -> HttpResponse:
    """Do what a preview showed."""
    user = user_of(request)
    form = ConfirmForm(request.POST)
    text = form.cleaned_data["pratinjau"] if form.is_valid() else ""
    try:
        preview = open_preview(text, kind=KIND, user_id=user.pk)
        done = import_offices(content=preview.content, seen=preview.seen, by=user, now=clock.now())
    except (PreviewGone, CannotChangeOffice) as refusal:
        messages.warning(request, str(refusal))
        return redirect("offices_import")
    count = len({change.office for change in done})
    messages.success(request, _("Berkas diterapkan. %(count)d kantor berubah.") % {"count": count})
    return redirect("offices")


@gap_readers
@never_cache
@require_safe
def office_gaps(request: HttpRequest) -> HttpResponse:
    """Show which regencies no branch serves, or only one that stands in."""
    gaps = office_selectors.gaps_seen(user_of(request))
    gaps.sort(key=lambda gap: (gap.is_served, gap.regency.code))
    page = Paginator(gaps, GAPS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": office_selectors.gap_lines(page.object_list),
        "count": len(gaps),
        "unserved": sum(not gap.is_served for gap in gaps),
    }
    return render(request, "workers/offices/gaps.html", context)
