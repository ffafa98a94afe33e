"""Decisions on many cases: the dry run, its way past the supervisor, its progress."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from bricks.fragments import is_fragment
from workers import bulk_selectors, desk_selectors
from workers.bulk_access import bulk_for
from workers.desk_access import StaffRequest, branch_only, supervisors_only
from workers.filters import DeskFilter
from workers.forms.bulk import BulkForm, reasons_form
from workers.models import BulkDecision
from workers.services import bulk as bulk_services
from workers.services.holding import CannotDecide

PAGE_SIZE = 50


@branch_only
@never_cache
@require_safe
def bulk_list(request: StaffRequest) -> HttpResponse:
    """Show the decisions on many cases: what waits for a supervisor, what runs, what was."""
    page = Paginator(bulk_selectors.listed(request.user), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = bulk_selectors.with_counts(page.object_list)
    return render(request, "workers/bulk_list.html", {"page": page, "rows": rows})


@branch_only
@never_cache
@require_POST
def bulk_new(request: StaffRequest) -> HttpResponse:
    """Make the dry run of what was ticked in the queue; ask for reasons where it needs them."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Pilih kasus dan langkahnya dulu."))
        return redirect("desk")
    verb = form.cleaned_data["verb"]
    reasons = reasons_form(verb, request.POST)
    if reasons is not None and not reasons.is_valid():
        context = {"form": form, "reasons": reasons, "verb": BulkDecision.Verb(verb)}
        status = 400 if reasons.is_bound else 200
        return render(request, "workers/bulk_reasons.html", context, status=status)
    try:
        made = bulk_services.preview(
            officer=request.user,
            verb=verb,
            enrollments=_chosen(request, form),
            now=clock.now(),
            **(reasons.said() if reasons is not None else {}),
        )
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("desk")
    return redirect("bulk", uuid=made.uuid)


@branch_only
@never_cache
@require_safe
def bulk(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show what would happen to each case, or what did."""
    return render(request, "workers/bulk.html", _page(request, bulk_for(request.user, uuid)))


@branch_only
@never_cache
@require_safe
def bulk_progress(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show how far it is, for the page that asks every two seconds; else that whole page."""
    decision = bulk_for(request.user, uuid)
    if not is_fragment(request):
        return redirect("bulk", uuid=uuid)
    summary = bulk_selectors.summary_of(decision)
    context = {"decision": decision, "summary": summary}
    return render(request, "workers/_bulk_progress.html", context)


@branch_only
@require_POST
def bulk_send(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let it run, or propose it to the supervisor."""
    return _step(request, uuid, bulk_services.send, officer=request.user)


@branch_only
@require_POST
def bulk_withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    return _step(request, uuid, bulk_services.withdraw, officer=request.user)


@supervisors_only
@require_POST
def bulk_confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Confirm what somebody else proposed."""
    return _step(request, uuid, bulk_services.confirm, supervisor=request.user)


@supervisors_only
@require_POST
def bulk_refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Refuse what somebody else proposed."""
    return _step(request, uuid, bulk_services.refuse, supervisor=request.user)


# --- what the doors share ----------------------------------------------------------
def _chosen(request: StaffRequest, form: BulkForm) -> list[int]:
    """The cases of the officer's desk that he ticked, in the order of his queue."""
    today = clock.jakarta_date(clock.now())
    offices = list(desk_selectors.desk_offices(request.user))
    cases = desk_selectors.desk_cases(request.user, today=today, offices=offices)
    if form.cleaned_data["pilihan"] == BulkForm.ALL:
        asked = QueryDict(form.cleaned_data["saringan"])
        found = DeskFilter(asked, queryset=cases, request=request, today=today, offices=offices)
        cases = found.qs
    else:
        cases = cases.filter(uuid__in=form.uuids)
    return list(cases.values_list("pk", flat=True)[: bulk_selectors.MOST])


def _page(request: StaffRequest, decision: BulkDecision) -> dict[str, Any]:
    code = request.GET.get("hambatan", "")
    page = Paginator(bulk_selectors.lines_of(decision, code=code), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    is_mine = decision.proposed_by_id == request.user.pk
    return {
        "decision": decision,
        "summary": bulk_selectors.summary_of(decision),
        "page": page,
        "rows": bulk_selectors.rows_of(page.object_list),
        "code": code,
        "is_mine": is_mine,
        "may_confirm": not is_mine and desk_selectors.supervises(request.user, decision.office),
    }


def _step(
    request: StaffRequest, uuid: UUID, verb: Callable[..., object], **who: Any
) -> HttpResponse:
    """Take a step on a decision and show where it stands."""
    decision = bulk_for(request.user, uuid)
    try:
        verb(decision=decision, now=clock.now(), **who)
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
    return redirect("bulk", uuid=uuid)
