"""Reminders: head office's plan, what donors were told, the branch's word on programmes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import donors_only, user_of
from bricks import clock
from contributions import reminder_access as access
from contributions.reminder_forms import ReleaseForm, StepForm
from contributions.reminders.plan import INVOICE_KIND
from contributions.services import reminder_plan as plan_service
from contributions.services import stage_releases
from workers.office_access import head_office_only

PAGE_SIZE = 50
PAGE = require_http_methods(["GET", "HEAD", "POST"])


@head_office_only
@never_cache
@require_safe
def reminder_plan(request: HttpRequest) -> HttpResponse:
    """Show the plan, step by step, and what became of the digests of the last days."""
    context = {
        "ladders": access.ladders(),
        "days": access.days(today=clock.jakarta_date(clock.now())),
        "invoice_kind": INVOICE_KIND,
    }
    return render(request, "contributions/reminders/plan.html", context)


@head_office_only
@never_cache
@PAGE
def reminder_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a step to another day, or switch it on or off."""
    step = access.step_for(pk)
    form = StepForm(request.POST) if request.method == "POST" else StepForm.of(step)
    if form.is_bound and form.is_valid():
        try:
            plan_service.change_step(
                step=step,
                days=form.days,
                is_active=form.cleaned_data["is_active"],
                by=user_of(request),
                now=clock.now(),
            )
        except plan_service.CannotChangeStep as error:
            form.add_error("count", str(error))
        else:
            messages.success(request, _("Langkah disimpan. Berlaku mulai rencana berikutnya."))
            return redirect("reminder_plan")
    status = 400 if form.errors else 200
    context = {"step": step, "form": form}
    return render(request, "contributions/reminders/step.html", context, status=status)


@donors_only
@never_cache
@require_safe
def reminders_told(request: HttpRequest) -> HttpResponse:
    """Show a donor what the portal has reminded him of."""
    pages = Paginator(access.told(user_of(request)), PAGE_SIZE)
    context = {"page": pages.get_page(request.GET.get("page"))}
    return render(request, "contributions/reminders/told.html", context)


@login_required
@never_cache
@require_safe
def reminder_letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the prepared letter of a programme that comes to its end (P19)."""
    programme = access.letter_programme(user_of(request), uuid)
    today = clock.jakarta_date(clock.now())
    context = {"letter": access.letter(programme, today=today), "today": today}
    return render(request, "contributions/reminders/letter.html", context)


@access.SUPERVISORS
@never_cache
@require_safe
def stages(request: HttpRequest) -> HttpResponse:
    """List the programmes whose workers are written to only if the branch says so."""
    rows = access.stages(user_of(request))
    context = {"page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render(request, "contributions/reminders/stages.html", context)


@access.SUPERVISORS
@require_POST
def stage_release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Allow messages to the workers of a programme, or forbid them again."""
    user, now = user_of(request), clock.now()
    programme = access.stage_for(user, uuid)
    form = ReleaseForm(request.POST)
    if request.POST.get("act") == "hold":
        stage_releases.hold_stage(programme=programme, by=user, now=now)
    elif form.is_valid():
        stage_releases.release_stage(
            programme=programme, reason=form.cleaned_data["reason"], by=user, now=now
        )
    else:
        messages.error(request, _("Tuliskan alasannya dulu."))
    return redirect("stages")
