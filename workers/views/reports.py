"""The public pages on which anyone reports an accident or a death; nobody signs in here."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import user_of
from accounts.limits import may_send
from accounts.models import User
from bricks import clock
from workers import report_access, report_selectors
from workers.drafts import cut
from workers.forms.reports import ReportForm
from workers.services import reporting

#: Reports in an hour: a family makes one, a village office a few after a flood.
PER_BROWSER, PER_ADDRESS = 6, 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: HttpRequest) -> HttpResponse:
    """Ask the few things that the branch needs to call back, and keep the report."""
    now = clock.now()
    form = _form(request, now)
    if request.method != "POST" or not form.is_valid():
        status = 400 if form.errors else 200
        return render(request, "workers/report_form.html", {"form": form}, status=status)
    if not may_send(
        request, what="report", now=now, per_browser=PER_BROWSER, per_address=PER_ADDRESS
    ):
        return render(request, "workers/report_form.html", {"form": form, "busy": True}, status=429)
    by = request.user if isinstance(request.user, User) else None
    try:
        made = reporting.report(told=form.told(), by=by, now=now)
    except reporting.NobodyServes as error:
        form.add_error(None, str(error))
        return render(request, "workers/report_form.html", {"form": form}, status=400)
    return redirect("report_received", uuid=made.uuid)


def _form(request: HttpRequest, now: datetime) -> ReportForm:
    own, card = request.GET.get("pekerja", ""), request.GET.get("kartu", "")
    worker, is_own = report_access.told_by_address(request.user, own, card)
    initial = {"reporter_name": user_of(request).get_full_name()} if is_own else {}
    return ReportForm(
        cut(request.POST) if request.method == "POST" else None,
        today=clock.jakarta_date(now),
        worker=worker,
        own=is_own,
        initial=initial,
    )


@never_cache
@require_safe
def report_received(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that the report is here, who calls back, and what to bring; nothing of the worker."""
    found = report_access.received(uuid)
    context = {"report": found, "branch": report_selectors.office_told(found)}
    return render(request, "workers/report_received.html", context)
