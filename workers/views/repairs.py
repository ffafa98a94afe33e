"""What a donor does with one case after it was sent."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import donors_only, user_of
from accounts.models import User
from bricks import clock
from workers import selectors
from workers.access import evidence_for, writable_case
from workers.cards import card_of, link_of
from workers.drafts import cut
from workers.forms.order import ProofForm
from workers.forms.repair import RepairForm
from workers.models import Enrollment
from workers.services import consenting, repairing
from workers.services.evidence import BadFile, FileGone, view_evidence
from workers.services.handing_in import CannotHandIn, CaseClosed

page = require_http_methods(["GET", "HEAD", "POST"])


def _received(request: HttpRequest, case: Enrollment) -> HttpResponse:
    """Answer a step that was taken, now or by the first of two presses."""
    told = {"number": case.number}
    messages.success(request, _("Sudah kami terima, no. %(number)s.") % told)
    return redirect("order_detail", case.order.uuid)


def _taken(form: forms.Form, step: Callable[[], object]) -> bool:
    """Take a step, or say beside the form why not; one that was taken before is taken."""
    try:
        step()
    except CaseClosed:
        return True
    except BadFile as error:
        form.add_error("photo", str(error))
    except CannotHandIn as error:
        form.add_error(None, str(error))
    return not form.errors


@donors_only
@page
def enrollment_repair(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Mend a case that came back; the reasons stand beside the answers."""
    case = writable_case(request.user, uuid)  # type: ignore[arg-type]
    if case.status != Enrollment.Status.RETURNED:
        return _received(request, case)
    if link_of(case):
        # The worker filled it in; only he may mend it.
        return redirect("order_detail", case.order.uuid)
    now = clock.now()
    today = clock.jakarta_date(now)
    form = RepairForm(cut(request.POST) or None, request.FILES or None, case=case, today=today)
    user: User = request.user  # type: ignore[assignment]
    mend = partial(repairing.repair, enrollment=case, user=user, now=now)
    if request.method == "POST" and form.is_valid() and _taken(form, lambda: mend(**form.mended())):
        return _received(request, case)
    context = {
        "case": case,
        "card": card_of(case, today),
        "form": form,
        "note": selectors.return_note(case),
        "whole": form.whole_case_reason,
        "branch": case.office,
    }
    return render(request, "workers/order_repair.html", context, status=_status(form))


@donors_only
@page
def enrollment_form(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the photographed form of a case that waits for it."""
    case = writable_case(request.user, uuid)  # type: ignore[arg-type]
    if case.status != Enrollment.Status.AWAITING_CONSENT or link_of(case):
        return _received(request, case)
    form = ProofForm(request.POST or None, request.FILES or None, required=True)
    user: User = request.user  # type: ignore[assignment]
    take = partial(consenting.record_form, enrollment=case, user=user, now=clock.now())
    sent = request.method == "POST" and form.is_valid()
    if sent and _taken(form, lambda: take(content=form.content() or b"")):
        return _received(request, case)
    context = {"case": case, "form": form, "branch": case.office}
    return render(request, "workers/order_form.html", context, status=_status(form))


def _status(form: forms.Form) -> int:
    return 400 if form.is_bound and form.errors else 200


@donors_only
@require_POST
def link_renew(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give the worker a fresh link."""
    case = writable_case(request.user, uuid)  # type: ignore[arg-type]
    try:
        consenting.renew_link(enrollment=case, user=request.user, now=clock.now())  # type: ignore[arg-type]
    except CaseClosed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Tautan baru sudah jadi. Kirim kepada pekerja."))
    return redirect("order_detail", case.order.uuid)


@donors_only
@require_POST
def enrollment_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a case back."""
    case = writable_case(request.user, uuid)  # type: ignore[arg-type]
    try:
        repairing.withdraw(enrollment=case, user=request.user, now=clock.now())  # type: ignore[arg-type]
    except CaseClosed as error:
        messages.warning(request, str(error))
    else:
        told = {"number": case.number}
        messages.success(request, _("Pendaftaran %(number)s sudah ditarik.") % told)
    return redirect("order_detail", case.order.uuid)


@login_required
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show an officer the file that proves something in a case of his branch; it is logged."""
    now, viewer = clock.now(), user_of(request)
    proof = evidence_for(viewer, uuid, now=now)
    try:
        content = view_evidence(evidence=proof, viewer=viewer, now=now)
    except FileGone as error:
        raise Http404 from error
    extension = proof.content_type.partition("/")[2]
    return HttpResponse(
        content,
        content_type=proof.content_type,
        headers={
            "Content-Disposition": f'inline; filename="bukti-{proof.uuid}.{extension}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
