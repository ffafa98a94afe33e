"""Lines that wait for a person: suggestions, allocation, what money out was (P37)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from payments import bank_selectors
from payments.bank_access import bank_readers, invoices_for, keepers, line_for, treasurer_only
from payments.bank_explaining import explain_as, meanings_for
from payments.bank_forms import AllocationForm, ExplainForm, asked_invoices, proposed
from payments.bank_suggestions import suggest
from payments.models import BankLine, Invoice
from payments.services.matching import CannotMatch, allocate
from payments.services.outgoing import return_to_sender, withdraw_return

PAGE_SIZE = 25


@bank_readers
@never_cache
@require_safe
def bank_worklist(request: HttpRequest) -> HttpResponse:
    """List the lines that wait, each with the likeliest suggestion."""
    lines = bank_selectors.worklist(user_of(request))
    side = request.GET.get("arah", "")
    if side in BankLine.Side.values:
        lines = lines.filter(side=side)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    found = suggest(page.object_list)
    rows = [(line, next(iter(found.get(line.pk, ())), None)) for line in page.object_list]
    context = {"page": page, "rows": rows, "side": side}
    return render(request, "payments/bank/worklist.html", context)


@bank_readers
@never_cache
@require_safe
def bank_line(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one line: what it may be, and the forms by which a treasurer says so."""
    line = line_for(user_of(request), uuid)
    return _show(request, line)


@treasurer_only
@require_POST
def bank_line_allocate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give rupiah of a line of money in to invoices."""
    user = user_of(request)
    line = line_for(user, uuid)
    form = AllocationForm(request.POST, invoices=invoices_for(line, asked_invoices(request.POST)))
    if form.is_valid():
        parts, seen = form.parts(), form.cleaned_data["seen"]
        try:
            allocate(line=line, parts=parts, seen=seen, by=user, now=clock.now())
        except CannotMatch as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Uang dicocokkan. Kuitansinya sudah dibuat."))
            return redirect("bank_line", uuid=uuid)
    return _show(request, line_for(user, uuid), allocation=form, status=400)


@treasurer_only
@require_POST
def bank_line_explain(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say what a line of money out was."""
    user = user_of(request)
    line = line_for(user, uuid)
    form = ExplainForm(request.POST, choices=meanings_for(line, user))
    if form.is_valid():
        try:
            explain_as(line=line, **form.cleaned_data, by=user, now=clock.now())
        except CannotMatch as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Uang keluar dicatat."))
            return redirect("bank_line", uuid=uuid)
    return _show(request, line_for(user, uuid), explanation=form, status=400)


@keepers
@require_POST
def bank_line_returned(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirm as a second person that money went back, or take the proposal back."""
    user = user_of(request)
    line = line_for(user, uuid)
    act = return_to_sender if request.POST.get("act") == "confirm" else withdraw_return
    try:
        act(line=line, by=user, now=clock.now())
    except CannotMatch as refusal:
        messages.error(request, str(refusal))
    return redirect("bank_line", uuid=uuid)


# --- the page of a line ----------------------------------------------------------------
def _show(
    request: HttpRequest,
    line: BankLine,
    *,
    allocation: AllocationForm | None = None,
    explanation: ExplainForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = user_of(request)
    context: dict[str, Any] = {
        "line": line,
        "left": line.amount - line.allocated,
        "matches": line.matches.select_related("invoice__donor", "payment", "matched_by"),
        "search": request.GET.get("cari", ""),
    }
    acts = user.is_treasurer and line.status != BankLine.Status.DONE
    if line.side == BankLine.Side.IN and line.status != BankLine.Status.DONE:
        found = suggest([line]).get(line.pk, [])
        asked = bank_selectors.find_invoices(line, context["search"])
        context |= {"suggestions": found, "found": asked}
        if acts:
            context["allocation"] = allocation or _allocation(line, found, asked, request)
    elif line.proposed_by and line.status != BankLine.Status.DONE:
        context["proposed"] = user.is_treasurer or user.is_head_office
    elif acts:
        choices = meanings_for(line, user)
        context["explanation"] = explanation or ExplainForm(choices=choices)
    return render(request, "payments/bank/line.html", context, status=status)


def _allocation(
    line: BankLine, suggestions: list[Any], found: list[Invoice], request: HttpRequest
) -> AllocationForm:
    """Offer every suggested and found invoice; the chosen suggestion is filled in."""
    rows: dict[int, Invoice] = {}
    for one in suggestions:
        rows |= {invoice.pk: invoice for invoice, _amount in one.parts}
    rows |= {invoice.pk: invoice for invoice in found}
    number = request.GET.get("usul", "1")
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 3 else 0
    chosen = suggestions[place].parts if 0 <= place < len(suggestions) else ()
    initial = {**proposed(chosen), "seen": line.allocated}
    return AllocationForm(initial=initial, invoices=list(rows.values()))
