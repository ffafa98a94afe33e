"""Holidays by year: head office adds, renames, removes, and brings them by a file."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.previews import Preview, PreviewGone, open_preview, seal_preview
from regions import selectors as regions
from regions.holiday_csv import COLUMNS, current_days, fingerprint, plan_holidays, write_holidays
from workers.forms import tables as forms
from workers.office_access import head_office_only, holiday_for, office_readers
from workers.services import holidays as services
from workers.services.holidays import CannotChangeHoliday

KIND = "holidays"


@office_readers
@never_cache
@require_safe
def holidays(request: HttpRequest) -> HttpResponse:
    """Show the holidays of a year; head office finds its forms there."""
    return _show(request, forms.HolidayForm(today=_today()))


@head_office_only
@require_POST
def holiday_add(request: HttpRequest) -> HttpResponse:
    """Enter a holiday."""
    now = clock.now()
    form = forms.HolidayForm(request.POST, today=clock.jakarta_date(now))
    if form.is_valid():
        day, name = form.cleaned_data["day"], form.cleaned_data["name"]
        try:
            services.add_holiday(day=day, name=name, by=user_of(request), now=now)
        except CannotChangeHoliday as refusal:
            form.add_error("day", str(refusal))
        else:
            messages.success(request, _("Hari libur disimpan."))
            return _to_year(day.year)
    return _show(request, form, status=400)


@head_office_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def holiday(request: HttpRequest, day: str) -> HttpResponse:
    """Call a holiday otherwise."""
    found = holiday_for(day)
    form = forms.RenameForm(request.POST or None, holiday=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_holiday(
                day=found.date,
                former=form.cleaned_data["dulu"],
                name=form.cleaned_data["name"],
                by=user_of(request),
                now=clock.now(),
            )
        except CannotChangeHoliday as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Hari libur disimpan."))
            return _to_year(found.date.year)
    context = {"form": form, "holiday": found}
    status = 400 if request.method == "POST" else 200
    return render(request, "workers/holidays/form.html", context, status=status)


@head_office_only
@require_POST
def holiday_remove(request: HttpRequest, day: str) -> HttpResponse:
    """Take a holiday away."""
    found = holiday_for(day)
    form = forms.RemoveForm(request.POST)
    former = form.cleaned_data["dulu"] if form.is_valid() else ""
    try:
        services.remove_holiday(day=found.date, former=former, by=user_of(request), now=clock.now())
        messages.success(request, _("Hari libur dihapus."))
    except CannotChangeHoliday as refusal:
        messages.warning(request, str(refusal))
    return _to_year(found.date.year)


# --- as a file ---------------------------------------------------------------------
@head_office_only
@never_cache
@require_safe
def holidays_csv(request: HttpRequest) -> HttpResponse:
    """Give the holidays as a file."""
    return HttpResponse(
        write_holidays(current_days()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="hari-libur.csv"'},
    )


@head_office_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def holidays_import(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change; nothing is written."""
    posted = request.method == "POST"
    form = forms.TableFileForm(*([request.POST, request.FILES] if posted else []), columns=COLUMNS)
    if not form.is_valid():
        context = {"form": form, "columns": COLUMNS}
        status = 400 if posted else 200
        return render(request, "workers/holidays/import.html", context, status=status)
    days = current_days()
    plan = plan_holidays(form.lines, days, this_year=_today().year)
    preview = Preview(form.content, fingerprint(days))
    sealed = seal_preview(preview, kind=KIND, user_id=user_of(request).pk)
    context = {
        "plan": plan,
        "confirm": forms.ConfirmForm(initial={"pratinjau": sealed}),
        "back_url": reverse("holidays_import"),
        "apply_url": reverse("holidays_apply"),
    }
    return render(request, "workers/holidays/preview.html", context)


@head_office_only
@require_POST
def holidays_apply(request: HttpRequest) -> HttpResponse:
    """Do what a preview showed."""
    user = user_of(request)
    form = forms.ConfirmForm(request.POST)
    text = form.cleaned_data["pratinjau"] if form.is_valid() else ""
    try:
        preview = open_preview(text, kind=KIND, user_id=user.pk)
        count = services.import_holidays(
            content=preview.content, seen=preview.seen, by=user, now=clock.now()
        )
    except (PreviewGone, CannotChangeHoliday) as refusal:
        messages.warning(request, str(refusal))
        return redirect("holidays_import")
    messages.success(request, _("Berkas diterapkan. %(count)d hari berubah.") % {"count": count})
    return redirect("holidays")


# --- what the doors share ----------------------------------------------------------
def _today() -> date:
    return clock.jakarta_date(clock.now())


def _to_year(year: int) -> HttpResponse:
    return redirect(f"{reverse('holidays')}?tahun={year}")


def _show(request: HttpRequest, form: forms.HolidayForm, status: int = 200) -> HttpResponse:
    today = _today()
    years = regions.holiday_years(today)
    asked = request.GET.get("tahun", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else today.year
    context = {
        "form": form,
        "year": year,
        "years": years.items(),
        "days": regions.holidays_of(year),
        "lacking_years": regions.lacking_years(today),
    }
    return render(request, "workers/holidays/list.html", context, status=status)
