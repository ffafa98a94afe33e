"""The bridge fund's page, and the steps that open, fill and close it (P39)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from contributions import bridge_access as access
from contributions.bridge_forms import BasisForm, CloseForm, ReceiveForm, TakeBackForm
from contributions.bridge_page import fund_page
from contributions.services import bridge_fund as fund_services
from contributions.services.bridge_fund import Basis, CannotBridge
from payments.services.matching import CannotMatch

PAGE_SIZE = 30
REFUSED = "belum"


@access.READERS
@require_safe
def bridge_fund(request: HttpRequest) -> HttpResponse:
    """Show what the fund holds, on which basis, whom it helped, and whom not and why."""
    return _page(request, BasisForm())


@access.HEAD_OFFICE
@require_http_methods(["POST"])
def bridge_propose(request: HttpRequest) -> HttpResponse:
    """Propose that the fund be opened; a second person opens it."""
    form = BasisForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    said = form.cleaned_data
    basis = Basis(
        said["legal_basis"], said["document_number"], said["document_date"], said["office"]
    )

    def act() -> None:
        fund_services.propose_fund(basis=basis, by=user_of(request), now=clock.now())

    return _done(request, act, _("Sudah diusulkan. Orang kedua yang membukanya."))


@access.HEAD_OFFICE
@require_POST
def bridge_confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open a proposed fund as a second person."""
    fund = access.fund_of(uuid)

    def act() -> None:
        fund_services.confirm_fund(fund=fund, by=user_of(request), now=clock.now())

    return _done(request, act, _("Dana talangan dibuka."))


@access.HEAD_OFFICE
@require_POST
def bridge_close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Close the fund, or withdraw its proposal."""
    fund, form = access.fund_of(uuid), CloseForm(request.POST)

    def act() -> None:
        fund_services.close_fund(
            fund=fund, reason=form.cleaned_data["reason"], by=user_of(request), now=clock.now()
        )

    return _done(request, act, _("Dana talangan ditutup."), form)


@access.TREASURERS
@require_POST
def bridge_receive(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Book what is left of a bank line into the fund."""
    line, form = access.line_of(request.user, uuid), ReceiveForm(request.POST)

    def act() -> None:
        said = form.cleaned_data
        fund_services.receive(
            line=line,
            source=said["source"],
            seen=said["seen"],
            by=user_of(request),
            now=clock.now(),
        )

    return _done(request, act, _("Sudah masuk dana talangan."), form)


@access.TREASURERS
@require_POST
def bridge_take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put money of a receipt back into its bank line."""
    receipt, form = access.receipt_of(request.user, uuid), TakeBackForm(request.POST)

    def act() -> None:
        fund_services.take_back(
            receipt=receipt,
            amount=form.cleaned_data["amount"],
            seen=form.cleaned_data["seen"],
            by=user_of(request),
            now=clock.now(),
        )

    return _done(request, act, _("Sudah keluar dari dana. Kembalikan lewat mutasi bank."), form)


def _done(
    request: HttpRequest, act: Callable[[], None], said: str, form: Form | None = None
) -> HttpResponse:
    """Act where the form is whole, say what came of it, and lead back to the page."""
    if form is not None and not form.is_valid():
        messages.error(request, _("Isi semua kolom, lalu coba lagi."))
        return redirect("bridge_fund")
    try:
        act()
    except (CannotBridge, CannotMatch) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("bridge_fund")


def _page(request: HttpRequest, form: BasisForm, *, status: int = 200) -> HttpResponse:
    user, part = user_of(request), request.GET.get("bagian", "")
    part = REFUSED if part == REFUSED else ""
    grants, refused = access.grants_of(user), access.outcomes_of(user)
    shown: Any = refused if part else grants
    facts = fund_page()
    is_open = facts.present is not None and facts.present.is_open
    context = {
        "fund": facts,
        "is_open": is_open,
        "form": form,
        "part": part,
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": (grants.count(), refused.count()),
        "lines": access.lines_to_book(user)[:PAGE_SIZE] if is_open and user.is_treasurer else [],
        "reads_people": user.is_branch or user.is_head_office or not user.is_treasurer,
        "receipts": access.receipts_of(user)[:PAGE_SIZE],
        "days": settings.BRIDGE_DAYS_AHEAD,
        "me": user,
    }
    return render(request, "contributions/bridge_fund.html", context, status=status)
