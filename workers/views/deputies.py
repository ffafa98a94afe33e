"""Who stands in for the supervisor, and until when (P22)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from bricks import clock
from workers.desk_access import StaffRequest
from workers.forms.deputies import DeputyForm
from workers.log_access import deputy_for, in_charge_only

PAGE_SIZE = 25


@in_charge_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deputies(request: StaffRequest) -> HttpResponse:
    """Show a supervisor his deputies; name one."""
    now, user = clock.now(), request.user
    officers = selectors.officers_to_deputise(user)
    form = DeputyForm(request.POST or None, officers=officers)
    if request.method == "POST" and form.is_valid():
        today = clock.jakarta_date(now)
        try:
            named = services.name_deputy(by=user, today=today, now=now, **form.said())
        except services.CannotDeputise as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s menjadi wakil.") % {"name": named.user.name})
            return redirect("deputies")
    page = Paginator(selectors.deputies_of(user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "has_officers": officers.exists()}
    return render(
        request, "workers/logs/deputies.html", context, status=400 if form.errors else 200
    )


@in_charge_only
@require_POST
def deputy_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End a deputy's role before its day."""
    deputy = deputy_for(request.user, pk)
    try:
        services.end_deputy(deputy=deputy, by=request.user, now=clock.now())
    except services.CannotDeputise as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Tugas wakil %(name)s diakhiri.") % {"name": deputy.user.name})
    return redirect("deputies")
