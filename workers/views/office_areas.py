"""Which areas an office has: head office's steps on the page of an office."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import user_of
from bricks import clock
from regions.models import Office
from workers import office_selectors
from workers.forms import offices as forms
from workers.office_access import head_office_only, office_for
from workers.services import offices
from workers.services.offices import CannotChangeOffice

Verb = Callable[..., object]


@head_office_only
@require_POST
def office_province(request: HttpRequest, code: str) -> HttpResponse:
    """Let a Kanwil take a province from another."""
    office = office_for(user_of(request), code)
    provinces = office_selectors.overseen_provinces()
    form = forms.ProvinceForm(request.POST, office=office, provinces=provinces)
    if not form.is_valid():
        return _unread(request, office)
    said = {"kanwil": office, **form.said()}
    return _step(request, office, form, offices.take_province, said)


@head_office_only
@require_POST
def office_serve(request: HttpRequest, code: str) -> HttpResponse:
    """Let a branch serve another regency."""
    office = office_for(user_of(request), code)
    page = office_selectors.office_page(office)
    regencies = office_selectors.regencies_of(page.kanwil)
    form = forms.ServeForm(request.POST, regencies=regencies)
    if not form.is_valid():
        return _unread(request, office)
    said = {"office": office, "regency": form.cleaned_data["wilayah"], "is_configured": True}
    return _step(request, office, form, offices.serve, said)


@head_office_only
@require_POST
def office_area(request: HttpRequest, code: str) -> HttpResponse:
    """Make a branch the default of a regency, settle it or not, or let it go."""
    office = office_for(user_of(request), code)
    form = forms.AreaStepForm(request.POST)
    if not form.is_valid():
        return _unread(request, office)
    step, regency = form.cleaned_data["langkah"], form.cleaned_data["wilayah"]
    said: dict[str, Any] = {"office": office, "regency": regency}
    if step == "utama":
        said["former"] = form.cleaned_data["dari"]
        return _step(request, office, form, offices.make_default, said)
    if step == "berhenti":
        return _step(request, office, form, offices.stop_serving, said)
    said["is_configured"] = step == "diatur"
    return _step(request, office, form, offices.settle, said)


@head_office_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def office_exception(request: HttpRequest, code: str) -> HttpResponse:
    """Let an office take a village or a district; what another has is shown first."""
    office = office_for(user_of(request), code)
    form = forms.ExceptionForm(request.POST or None, initial={"versi": office.version})
    if request.method == "POST" and form.is_valid():
        try:
            offices.take_area(
                office=office,
                area=form.area(),
                former=form.cleaned_data["dari"],
                seen=form.cleaned_data["versi"],
                by=user_of(request),
                now=clock.now(),
            )
        except CannotChangeOffice as refusal:
            form = form.after(refusal)
        else:
            messages.success(request, _("Pengecualian disimpan."))
            return redirect("office", code=code)
    context = {"form": form, "office": office}
    status = 400 if request.method == "POST" and not form.is_searching else 200
    return render(request, "workers/offices/exception.html", context, status=status)


@head_office_only
@require_POST
def office_exception_end(request: HttpRequest, code: str) -> HttpResponse:
    """Let a village or district go with its regency again."""
    office = office_for(user_of(request), code)
    form = forms.GiveBackForm(request.POST)
    if not form.is_valid():
        return _unread(request, office)
    said = {"office": office, "area": form.cleaned_data["wilayah"]}
    return _step(request, office, form, offices.give_back, said)


# --- what the doors share ----------------------------------------------------------
def _unread(request: HttpRequest, office: Office) -> HttpResponse:
    messages.warning(request, _("Isian tidak terbaca. Ulangi dari halaman ini."))
    return redirect("office", code=office.code)


def _step(
    request: HttpRequest, office: Office, form: forms.SeenForm, verb: Verb, said: dict[str, Any]
) -> HttpResponse:
    """Take a step, and say what happened on the page of the office."""
    seen = form.cleaned_data["versi"]
    try:
        verb(seen=seen, by=user_of(request), now=clock.now(), **said)
        messages.success(request, _("Perubahan disimpan."))
    except CannotChangeOffice as refusal:
        messages.warning(request, str(refusal))
    return redirect("office", code=office.code)
