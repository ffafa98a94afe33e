"""The list of jobs, and head office's forms about it; the page that lists all settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import user_of
from bricks import clock
from regions import selectors as regions
from workers import office_selectors
from workers.forms.tables import OccupationForm
from workers.office_access import head_office_only, occupation_for
from workers.services import occupations as services
from workers.services.occupations import CannotChangeOccupation

PAGE = require_http_methods(["GET", "HEAD", "POST"])


@head_office_only
@never_cache
@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    """List what head office sets for the whole portal."""
    today = clock.jakarta_date(clock.now())
    context = {
        "offices": office_selectors.office_counts(),
        "gaps": len(regions.gaps()),
        "years": regions.holiday_years(today).items(),
        "lacking_years": regions.lacking_years(today),
        "jobs_offered": office_selectors.offered_occupations().count(),
    }
    return render(request, "workers/setup.html", context)


@head_office_only
@never_cache
@require_safe
def occupations(request: HttpRequest) -> HttpResponse:
    """Show the list of jobs, those that are no longer offered at its end."""
    rows = office_selectors.occupation_lines()
    return render(request, "workers/occupations/list.html", {"rows": rows})


@head_office_only
@never_cache
@PAGE
def occupation_new(request: HttpRequest) -> HttpResponse:
    """Put a job on the list."""
    form = OccupationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_occupation(data=form.job_data(), by=user_of(request), now=clock.now())
        except CannotChangeOccupation as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Pekerjaan ditambahkan."))
            return redirect("occupations")
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/occupations/form.html", {"form": form}, status=status)


@head_office_only
@never_cache
@PAGE
def occupation(request: HttpRequest, code: str) -> HttpResponse:
    """Change a job, or take it off the list."""
    job = occupation_for(code)
    form = OccupationForm(request.POST or None, job=job)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_occupation(
                occupation=job,
                data=form.job_data(),
                seen=form.cleaned_data["versi"],
                by=user_of(request),
                now=clock.now(),
            )
        except CannotChangeOccupation as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Perubahan disimpan."))
            return redirect("occupations")
    context = {"form": form, "job": job}
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/occupations/form.html", context, status=status)
