"""Consent as the branch heard it from the worker, and the registry asked about a case."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bricks import clock
from workers import consent_selectors, consent_text
from workers.batch_access import unconsented_case_for
from workers.desk_access import StaffRequest, branch_only, desk_case_for
from workers.forms.consent import BranchConsentForm
from workers.forms.desk import RevealForm
from workers.models import Enrollment
from workers.services import asking_registry, branch_consent, holding
from workers.services.evidence import BadFile

PAGE_SIZE = 25


@branch_only
@never_cache
@require_safe
def consents_missing(request: StaffRequest) -> HttpResponse:
    """List the complete cases of the desk's area that wait for the worker's consent."""
    cases = consent_selectors.awaiting_consent(request.user)
    shown = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workers/consents_missing.html", {"page": shown})


@branch_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent_missing(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Record the consent that such a case waits for; it then lies on the desk."""
    case = unconsented_case_for(request.user, uuid)
    form = BranchConsentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            branch_consent.record_and_hand_in(
                enrollment=case, officer=request.user, now=clock.now(), **form.said()
            )
        except BadFile as error:
            form.add_error("photo", str(error))
        except holding.CannotDecide as refusal:
            messages.warning(request, str(refusal))
            return redirect("consents_missing")
        else:
            told = _("Persetujuan dicatat. Kasus %s masuk ke meja cabang.")
            messages.success(request, told % case.number)
            return redirect("case", case.uuid)
    return _show_missing(request, case, form)


@branch_only
@never_cache
@require_POST
def consent_reveal(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show NIK and phone of such a case for a reason that is logged, to reach the worker."""
    case = unconsented_case_for(request.user, uuid)
    reveal = RevealForm(request.POST)
    if not reveal.is_valid():
        return _show_missing(request, case, BranchConsentForm(), reveal=reveal, status=400)
    reason = reveal.cleaned_data["reason"]
    try:
        branch_consent.show_identity(
            enrollment=case, viewer=request.user, reason=reason, now=clock.now()
        )
    except holding.CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("consents_missing")
    return _show_missing(request, case, BranchConsentForm(), shown=True)


@branch_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case_consent(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Record the consent in a case that the officer holds."""
    case = desk_case_for(request.user, uuid)
    form = BranchConsentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            branch_consent.record_at_desk(
                enrollment=case, officer=request.user, now=clock.now(), **form.said()
            )
        except BadFile as error:
            form.add_error("photo", str(error))
        except holding.CannotDecide as refusal:
            messages.warning(request, str(refusal))
            return redirect("case", uuid)
        else:
            messages.success(request, _("Persetujuan pekerja dicatat."))
            return redirect("case", uuid)
    context = {"case": case, "form": form, "branch": case.office, **_text()}
    status = 400 if form.errors else 200
    return render(request, "workers/case_consent.html", context, status=status)


@branch_only
@require_POST
def case_identity(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask a connected civil registry about a held case."""
    case = desk_case_for(request.user, uuid)
    try:
        asking_registry.ask_registry(enrollment=case, officer=request.user, now=clock.now())
    except holding.CannotDecide as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Data kependudukan sudah menjawab."))
    return redirect("case", uuid)


def _text() -> dict[str, object]:
    version, sentence, points = consent_text.current()
    return {"version": version, "sentence": sentence, "points": points}


def _show_missing(
    request: StaffRequest,
    case: Enrollment,
    form: BranchConsentForm,
    *,
    reveal: RevealForm | None = None,
    shown: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "reveal": reveal or RevealForm(),
        "identity_shown": shown,
        **_text(),
    }
    status = 400 if form.errors else status
    return render(request, "workers/consent_missing.html", context, status=status)
