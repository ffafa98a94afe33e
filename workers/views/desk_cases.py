"""One case on the officer's page, and every step that he may take on it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from workers import case_selectors
from workers.desk_access import (
    StaffRequest,
    branch_only,
    desk_case_for,
    staff_only,
    supervisors_only,
    watched_case_for,
)
from workers.forms import bulk as bulk_forms
from workers.forms import desk as desk_forms
from workers.models import Enrollment
from workers.services import checking, deciding, holding

Verb = Callable[..., object]


@staff_only
@never_cache
@require_safe
def case(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a case; its holder sees NIK and phone in full, and each look is logged."""
    return _show(request, watched_case_for(request.user, uuid), now=clock.now())


@branch_only
@require_POST
def case_take(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take a waiting case into one's hands."""
    enrollment = desk_case_for(request.user, uuid)
    try:
        holding.take(enrollment=enrollment, officer=request.user, now=clock.now())
    except holding.CannotDecide as refusal:
        messages.warning(request, str(refusal))
    return redirect("case", uuid=uuid)


@branch_only
@require_POST
def case_recheck(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Make the checks of a case anew."""
    enrollment = desk_case_for(request.user, uuid)
    checking.make_checks(enrollment=enrollment, now=clock.now())
    messages.success(request, _("Pemeriksaan sudah diulang."))
    return redirect("case", uuid=uuid)


@branch_only
@never_cache
@require_POST
def case_reveal(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show NIK and phone of a case that one does not hold, for a reason that is logged."""
    now = clock.now()
    enrollment = desk_case_for(request.user, uuid)
    form = desk_forms.RevealForm(request.POST)
    if not form.is_valid():
        return _show(request, enrollment, now=now, reveal=form, status=400)
    reason = form.cleaned_data["reason"]
    try:
        holding.reveal(enrollment=enrollment, viewer=request.user, reason=reason, now=now)
    except holding.CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("case", uuid=uuid)
    return _show(request, enrollment, now=now, revealed=True)


@branch_only
@require_POST
def case_approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Approve a held case."""
    return _step(request, uuid, "approve", deciding.approve, _("Kasus %(number)s disetujui."))


@branch_only
@require_POST
def case_return(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Give a held case back to its donor."""
    told = _("Kasus %(number)s dikembalikan. Donatur diberi tahu.")
    return _step(request, uuid, "return", deciding.return_case, told)


@branch_only
@require_POST
def case_reject(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Refuse a held case for good."""
    told = _("Kasus %(number)s ditolak. Donatur diberi tahu.")
    return _step(request, uuid, "reject", deciding.reject, told)


@branch_only
@require_POST
def case_hand_over(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Send a held case to the branch that serves it."""
    told = _("Kasus %(number)s diserahkan ke cabang lain.")
    return _step(request, uuid, "hand_over", holding.hand_over, told, then="desk")


@branch_only
@require_POST
def case_family(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let go of a case because donor or worker is family."""
    told = _("Kasus %(number)s dilepas. Rekan lain memutuskannya.")
    return _step(request, uuid, "family", holding.declare_family, told, then="desk")


@branch_only
@require_POST
def case_release(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Put a held case back into the queue."""
    told = _("Kasus %(number)s kembali ke antrean.")
    return _step(request, uuid, "release", holding.release, told, then="desk")


@supervisors_only
@require_POST
def case_assign(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Give a case to a colleague, or free it."""
    told = _("Kasus %(number)s dialihkan.")
    return _step(request, uuid, "assign", holding.reassign, told, then="desk_held")


# --- what the doors share ----------------------------------------------------------
def _step(
    request: StaffRequest, uuid: UUID, name: str, verb: Verb, told: str, *, then: str = "case"
) -> HttpResponse:
    """Read the form of a step, take the step, say what happened."""
    now = clock.now()
    enrollment = desk_case_for(request.user, uuid)
    page = case_selectors.case_page(enrollment, request.user, today=clock.jakarta_date(now))
    form = desk_forms.step_form(name, page, request.user, request.POST)
    if not form.is_valid():
        return _show(request, enrollment, now=now, sent=name, status=400)
    try:
        verb(enrollment=enrollment, officer=request.user, now=now, **form.said())
    except holding.CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("case", uuid=uuid)
    messages.success(request, told % {"number": enrollment.number})
    return redirect("case", uuid=uuid) if then == "case" else redirect(then)


def _show(
    request: StaffRequest,
    enrollment: Enrollment,
    *,
    now: datetime,
    sent: str = "",
    reveal: desk_forms.RevealForm | None = None,
    revealed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Draw the page of a case; `sent` names the form whose data did not fit."""
    held = holding.open_case(enrollment=enrollment, viewer=request.user, now=now)
    today = clock.jakarta_date(now)
    page = case_selectors.case_page(enrollment, request.user, today=today)
    context = {
        "page": page,
        "case": enrollment,
        "branch": enrollment.office,
        "forms": {
            **desk_forms.step_forms(page, request.user, sent=sent, data=request.POST),
            **bulk_forms.freeze_forms(),
        },
        "sent": sent,
        "reveal": reveal or desk_forms.RevealForm(),
        "identity_shown": held or revealed,
    }
    return render(request, "workers/case.html", context, status=status)
