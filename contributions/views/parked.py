"""The branch's page of what the clock leaves to people: money that the bank took back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from contributions import parked as questions
from contributions import parked_access as access
from contributions.models import Sponsorship
from contributions.remittance_forms import ReasonForm, RulingForm
from contributions.services import ruling
from payments.models import Payment

PAGE_SIZE = 25
OTHERS, AFTER_ALL = "lain", "disahkan"
page = require_http_methods(["GET", "HEAD", "POST"])


@access.readers
@require_safe
def parked(request: HttpRequest) -> HttpResponse:
    """List what waits for people: payments, parked sponsorships, months accepted after all."""
    user, part = request.user, request.GET.get("bagian", "")
    lists: dict[str, QuerySet[Any]] = {
        "": questions.parked_payments(user),
        OTHERS: questions.parked_sponsorships(user),
        AFTER_ALL: questions.accepted_after_all(user),
    }
    part = part if part in lists else ""
    shown = Paginator(lists[part], PAGE_SIZE).get_page(request.GET.get("page"))
    found = list(shown.object_list)
    rows = found if part else questions.payment_rows(found)
    counts = {name: each.count() for name, each in lists.items()}
    context = {
        "part": part,
        "page": shown,
        "rows": rows,
        "counts": (counts[""], counts[OTHERS], counts[AFTER_ALL]),
    }
    return render(request, "contributions/parked.html", context)


@access.readers
@never_cache
@page
def parked_payment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a payment that the bank took back with its facts; propose what becomes of it."""
    found, by = access.payment_for(request.user, uuid), user_of(request)
    form = RulingForm(_said(request))
    if request.method == "POST" and form.is_valid():
        chosen = _chosen(request, found)
        try:
            ruling.propose(
                payment=found, sponsorship=chosen, by=by, now=clock.now(), **form.cleaned_data
            )
        except ruling.CannotRule as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Usulan disimpan. Orang kedua yang menyetujuinya."))
            return redirect("parked_payment", uuid)
    waiting = questions.waiting_of(found)
    rows = questions.worker_rows(found, waiting)
    context = {
        "payment": found,
        "waiting": waiting,
        "page": (shown := Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))),
        "rows": shown.object_list,
        "proposals": questions.open_rulings().filter(payment=found),
        "past": questions.past_rulings(found),
        "form": form,
        **_rights(request, found.invoice.office),
    }
    status = 400 if form.errors else 200
    return render(request, "contributions/parked_payment.html", context, status=status)


def _chosen(request: HttpRequest, payment: Payment) -> Sponsorship | None:
    """Return the sponsorship that the form names, of those that wait; None for all."""
    rows = questions.worker_rows(payment, questions.waiting_of(payment))
    asked = request.POST.get("sponsorship", "")
    return next((row.sponsorship for row in rows if str(row.sponsorship.uuid) == asked), None)


@access.readers
@never_cache
@page
def parked_sponsorship(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a sponsorship that is parked for another reason; rule on it, or let it go on."""
    found, by = access.sponsorship_for(request.user, uuid), user_of(request)
    ahead = questions.months_ahead(found)
    form = (RulingForm if ahead else ReasonForm)(_said(request))
    if request.method == "POST" and form.is_valid():
        asked = {"sponsorship": found, "by": by, "now": clock.now(), **form.cleaned_data}
        try:
            (ruling.propose if ahead else ruling.go_on)(**asked)
        except ruling.CannotRule as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("Usulan disimpan. Orang kedua yang menyetujuinya.")
            messages.success(request, told if ahead else _("Dilanjutkan."))
            return redirect("parked")
    context = {
        "sponsorship": found,
        "months": ahead,
        "total": questions.total_of(ahead),
        "proposals": questions.open_rulings().filter(sponsorship=found, payment__isnull=True),
        "form": form,
        **_rights(request, found.enrollment.office),
    }
    status = 400 if form.errors else 200
    return render(request, "contributions/parked_sponsorship.html", context, status=status)


@access.deciders
@require_POST
def ruling_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a colleague's proposal, or withdraw one."""
    found, by = access.ruling_for(request.user, pk), user_of(request)
    act = request.POST.get("act")
    try:
        if act == "withdraw":
            ruling.withdraw(ruling=found, by=by, now=clock.now())
            messages.success(request, _("Usulan ditarik."))
        elif act == "confirm":
            ruling.confirm(ruling=found, by=by, now=clock.now())
            messages.success(request, _("Putusan dijalankan. Donatur dikabari."))
    except ruling.CannotRule as refusal:
        messages.warning(request, str(refusal))
    return redirect("parked")


@access.readers
@never_cache
@page
def parked_month(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a month that BPJS accepted after its money went back, with a note."""
    found, by = access.month_for(request.user, pk), user_of(request)
    form = ReasonForm(_said(request))
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["reason"]
        try:
            ruling.close_acceptance(contribution=found, note=note, by=by, now=clock.now())
        except ruling.CannotRule as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Ditutup dengan catatan Anda."))
            return redirect("parked")
    rights = _rights(request, found.sponsorship.enrollment.office)
    context = {"month": found, "form": form, **rights}
    status = 400 if form.errors else 200
    return render(request, "contributions/parked_month.html", context, status=status)


def _said(request: HttpRequest) -> QueryDict | None:
    """Return what was filled in; an empty form that was sent is one as well."""
    return request.POST if request.method == "POST" else None


def _rights(request: HttpRequest, office: Any) -> dict[str, bool]:
    user = user_of(request)
    return {
        "may_propose": questions.may_propose(user, office),
        "may_confirm": questions.may_confirm(user, office),
    }
