"""Payouts of providers: the list, one of them, and bringing a report in (P36)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.previews import PreviewGone
from payments import bank_selectors
from payments.bank_access import account_for, bank_readers, demo_only, payout_for, treasurer_only
from payments.bank_forms import ImportForm, JoinForm, PayoutFileForm
from payments.gateways.registry import serving
from payments.sandbox import payout_report
from payments.services.matching import CannotMatch, candidates, join_payout
from payments.services.payouts import CannotTakePayout, Report, import_payout, problems_of
from payments.statements import drafts
from payments.statements.base import BadStatement
from payments.statements.payout_file import read_payout

PAGE_SIZE, SHOWN = 50, 20


@bank_readers
@never_cache
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """List the payouts, those that the bank has not shown yet first."""
    user = user_of(request)
    rows = bank_selectors.payouts_of(user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "sandbox": payout_report.is_offered()}
    return render(request, "payments/bank/payouts.html", context)


@bank_readers
@never_cache
@require_safe
def payout(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one payout: its payments, its fees, and the bank's line."""
    found = payout_for(user_of(request), uuid)
    return _show(request, found)


@treasurer_only
@require_POST
def payout_join(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say which bank line is the lump, where several could be."""
    user = user_of(request)
    found = payout_for(user, uuid)
    form = JoinForm(request.POST, lines=candidates(found))
    if form.is_valid():
        try:
            join_payout(payout=found, line=form.chosen(), by=user, now=clock.now())
        except CannotMatch as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Pencairan dicocokkan dengan mutasi bank."))
            return redirect("payout", uuid=uuid)
    return _show(request, payout_for(user, uuid), form=form, status=400)


@treasurer_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payout_import(request: HttpRequest) -> HttpResponse:
    """Take a report and show what it says."""
    form = PayoutFileForm(
        request.POST or None,
        request.FILES or None,
        accounts=bank_selectors.accounts_of(user_of(request)),
        gateways=serving(),
    )
    if request.method == "POST" and form.is_valid():
        told = {
            "gateway": form.cleaned_data["gateway"],
            "reference": form.cleaned_data["reference"],
            "paid_on": form.cleaned_data["paid_on"].isoformat(),
            "account": str(form.cleaned_data["account"].uuid),
        }
        try:
            return _preview(request, form.text, told)
        except BadStatement as error:
            form.add_error("berkas", str(error))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "sandbox": payout_report.is_offered()}
    return render(request, "payments/bank/payout_import.html", context, status=status)


@treasurer_only
@require_POST
def payout_apply(request: HttpRequest) -> HttpResponse:
    """Do what a preview showed."""
    user, form = user_of(request), ImportForm(request.POST)
    sealed = request.POST.get("pratinjau", "") if form.is_valid() else ""
    try:
        text, told = drafts.unseal_report(sealed, user_id=user.pk)
        made = import_payout(report=_report(request, text, told), by=user, now=clock.now())
    except (PreviewGone, BadStatement, CannotTakePayout) as refusal:
        messages.warning(request, str(refusal))
        return redirect("payout_import")
    messages.success(request, _("Laporan pencairan disimpan."))
    return redirect("payout", uuid=made.uuid)


@demo_only
@treasurer_only
@never_cache
@require_safe
def payout_sandbox(request: HttpRequest) -> HttpResponse:
    """Let the sandbox provider write a report of what it has not paid out yet."""
    response = HttpResponse(payout_report.write(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="pencairan-sandbox.csv"'
    return response


# --- what the doors share ----------------------------------------------------------------
def _report(request: HttpRequest, text: str, told: dict[str, Any]) -> Report:
    account = account_for(user_of(request), UUID(told["account"]))
    return Report(
        gateway=told["gateway"],
        reference=told["reference"],
        account=account,
        paid_on=date.fromisoformat(told["paid_on"]),
        lines=read_payout(text),
    )


def _preview(request: HttpRequest, text: str, told: dict[str, Any]) -> HttpResponse:
    report = _report(request, text, told)
    sealed = drafts.seal_report(text, told, user_id=user_of(request).pk)
    problems = problems_of(report, now=clock.now())
    context = {
        "report": report,
        "problems": problems,
        "shown": report.lines[:SHOWN],
        "more": max(len(report.lines) - SHOWN, 0),
        "confirm": ImportForm(initial={"pratinjau": sealed}),
    }
    page = "payments/bank/payout_preview.html"
    return render(request, page, context, status=400 if problems else 200)


def _show(
    request: HttpRequest, found: Any, form: JoinForm | None = None, status: int = 200
) -> HttpResponse:
    lines = found.lines.select_related("payment").order_by("pk")
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"payout": found, "page": page}
    if found.line is None and user_of(request).is_treasurer:
        possible = candidates(found)
        context["possible"] = possible
        context["form"] = form or JoinForm(lines=possible)
    return render(request, "payments/bank/payout.html", context, status=status)
