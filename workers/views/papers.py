"""The printed form on which a worker agrees by signature or thumbprint (P12)."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import donors_only
from bricks import clock
from workers import consent_text
from workers.access import writable_case, writable_order
from workers.drafts import read_draft
from workers.forms.order import data_form
from workers.models import Enrollment, Order


def _paper(request: HttpRequest, worker: dict[str, Any], number: str) -> HttpResponse:
    version, sentence, points = consent_text.current()
    context = {
        "worker": worker,
        "number": number,
        "version": version,
        "sentence": sentence,
        "points": points,
    }
    return render(request, "workers/order_paper.html", context)


@require_safe
def consent_form(request: HttpRequest) -> HttpResponse:
    """Show the form with nothing filled in, for village offices and branches."""
    return _paper(request, {}, "")


@donors_only
@never_cache
@require_safe
def order_paper(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """Show the form of a worker of a draft, with what the donor has typed so far."""
    order = writable_order(request.user, uuid)  # type: ignore[arg-type]
    worker = read_draft(order.draft).worker(key)
    if worker is None or order.status != Order.Status.DRAFT:
        raise Http404
    form = data_form(worker, today=clock.jakarta_date(clock.now()))
    form.is_valid()
    filled = {"name": worker.who.get("name", ""), **form.cleaned_data}
    return _paper(request, filled, "")


@donors_only
@never_cache
@require_safe
def case_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the form of a case that waits for it; the NIK is written in by hand."""
    case = writable_case(request.user, uuid)  # type: ignore[arg-type]
    waits = (Enrollment.Status.AWAITING_CONSENT, Enrollment.Status.RETURNED)
    if case.status not in waits or hasattr(case, "link"):
        raise Http404
    return _paper(request, {"name": case.name, "occupation": case.occupation}, case.number)
