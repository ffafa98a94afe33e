"""Offices: the list, one office, and head office's forms about it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from regions import selectors as regions
from workers import office_selectors
from workers.forms import offices as forms
from workers.office_access import head_office_only, office_for, office_readers
from workers.services import closing, offices
from workers.services.offices import CannotChangeOffice

PAGE = require_http_methods(["GET", "HEAD", "POST"])


@office_readers
@never_cache
@require_safe
def office_list(request: HttpRequest) -> HttpResponse:
    """List the offices that the reader may see, by Kanwil."""
    user = user_of(request)
    filters = forms.FilterForm(request.GET, provinces=regions.children_of())
    groups = office_selectors.office_groups(user, **filters.asked())
    context = {
        "form": filters,
        "groups": groups,
        "is_filtered": any(filters.asked().values()),
        "count": sum(len(group.lines) for group in groups),
    }
    return render(request, "workers/offices/list.html", context)


@office_readers
@never_cache
@require_safe
def office(request: HttpRequest, code: str) -> HttpResponse:
    """Show an office; head office finds its forms there."""
    found = office_for(user_of(request), code)
    page = office_selectors.office_page(found)
    context = {"page": page, "office": found}
    if user_of(request).is_head_office:
        seen = {"versi": found.version}
        if found.parent is None:
            provinces = office_selectors.overseen_provinces()
            context["form"] = forms.ProvinceForm(office=found, provinces=provinces, initial=seen)
        else:
            regencies = office_selectors.regencies_of(page.kanwil)
            context["form"] = forms.ServeForm(regencies=regencies, initial=seen)
    return render(request, "workers/offices/office.html", context)


@head_office_only
@never_cache
@PAGE
def office_new(request: HttpRequest) -> HttpResponse:
    """Open a branch or sub-branch."""
    form = forms.OfficeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = offices.create_office(row=form.row(), by=user_of(request), now=clock.now())
        except CannotChangeOffice as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kantor dibuat. Sekarang pilih wilayahnya."))
            return redirect("office", code=made.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/offices/form.html", {"form": form}, status=status)


@head_office_only
@never_cache
@PAGE
def office_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change name, kind, parent, city, address and phone of an office."""
    found = office_for(user_of(request), code)
    form = forms.OfficeForm(request.POST or None, office=found)
    if request.method == "POST" and form.is_valid():
        try:
            offices.change_office(
                office=found,
                row=form.row(),
                seen=form.cleaned_data["versi"],
                by=user_of(request),
                now=clock.now(),
            )
        except CannotChangeOffice as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Perubahan disimpan."))
            return redirect("office", code=code)
    context = {"form": form, "office": found}
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/offices/form.html", context, status=status)


@head_office_only
@never_cache
@PAGE
def office_close(request: HttpRequest, code: str) -> HttpResponse:
    """Show what hangs on an office, and close it."""
    found = office_for(user_of(request), code)
    successors = office_selectors.possible_successors(found)
    seen = {"versi": found.version, "successor": found.parent.code if found.parent else ""}
    form = forms.CloseForm(request.POST or None, office=found, successors=successors, initial=seen)
    if request.method == "POST" and form.is_valid():
        try:
            moved = closing.close_office(
                office=found,
                successor=form.cleaned_data.get("successor"),
                seen=form.cleaned_data["versi"],
                by=user_of(request),
                now=clock.now(),
            )
        except CannotChangeOffice as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("Kantor ditutup. %(count)d kasus sudah pindah ke penerima.")
            messages.success(request, told % {"count": moved})
            return redirect("office", code=code)
    context = {"form": form, "office": found, "page": office_selectors.office_page(found)}
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/offices/close.html", context, status=status)


@head_office_only
@require_POST
def office_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open a closed office again."""
    found = office_for(user_of(request), code)
    form = forms.SeenForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Isian tidak terbaca. Ulangi dari halaman ini."))
        return redirect("office", code=code)
    try:
        closing.reopen_office(
            office=found,
            seen=form.cleaned_data["versi"],
            by=user_of(request),
            now=clock.now(),
        )
        messages.success(request, _("Kantor dibuka lagi. Pilih wilayahnya."))
    except CannotChangeOffice as refusal:
        messages.warning(request, str(refusal))
    return redirect("office", code=code)
