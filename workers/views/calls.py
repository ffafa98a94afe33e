"""The supervisor's call-backs, and what a frozen case waits for."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bricks import clock
from workers import call_selectors
from workers.bulk_access import call_back_for
from workers.desk_access import StaffRequest, desk_case_for, supervisors_only
from workers.forms.bulk import AnnulForm, CallForm, ThawForm
from workers.models import CallBack
from workers.services import calling, freezing
from workers.services.holding import CannotDecide

PAGE_SIZE = 25


@supervisors_only
@never_cache
@require_safe
def call_backs(request: StaffRequest) -> HttpResponse:
    """Show whom the supervisor has to call, the earliest due first."""
    today = clock.jakarta_date(clock.now())
    asked = request.GET.get("hasil", "")
    asked = asked if asked in CallBack.Outcome.values else ""
    rows = call_selectors.listed(request.user, asked=asked)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": call_selectors.call_counts(request.user, today=today),
        "asked": asked,
        "today": today,
    }
    return render(request, "workers/call_backs.html", context)


@supervisors_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the worker's phone to who may call, and keep what the call found."""
    drawn, now = call_back_for(request.user, uuid), clock.now()
    form = CallForm(request.POST or None)
    try:
        if form.is_valid():
            calling.tell_outcome(call_back=drawn, caller=request.user, now=now, **form.cleaned_data)
            messages.success(request, _("Hasil telepon sudah dicatat."))
            return redirect("call_backs")
        phone = calling.see_phone(call_back=drawn, caller=request.user, now=now)
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("call_backs")
    context = {"drawn": drawn, "case": drawn.enrollment, "phone": phone, "form": form}
    status = 400 if form.is_bound else 200
    return render(request, "workers/call_back.html", context, status=status)


@supervisors_only
@require_POST
def case_thaw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Lift the freeze of a case."""
    case = desk_case_for(request.user, uuid)
    form = ThawForm(request.POST, prefix="thaw")
    if not form.is_valid():
        messages.warning(request, form.first_error)
        return redirect("case", uuid=uuid)
    note = form.cleaned_data["note"]
    try:
        freezing.thaw(enrollment=case, by=request.user, now=clock.now(), note=note)
        messages.success(request, _("Kasus %(number)s dicairkan.") % {"number": case.number})
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
    return redirect("case", uuid=uuid)


@supervisors_only
@require_POST
def case_annul(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take back the approval of a case."""
    case = desk_case_for(request.user, uuid)
    form = AnnulForm(request.POST, prefix="annul")
    if not form.is_valid():
        messages.warning(request, form.first_error)
        return redirect("case", uuid=uuid)
    reason = form.cleaned_data["reason"]
    try:
        freezing.annul(enrollment=case, by=request.user, now=clock.now(), reason=reason)
        messages.success(request, _("Persetujuan %(number)s dicabut.") % {"number": case.number})
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
    return redirect("case", uuid=uuid)
