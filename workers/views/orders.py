"""The donor's orders and the cases in them."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import donors_only
from bricks import clock
from donors.access import may_write, person_donor
from workers import selectors
from workers.access import own_order
from workers.cards import card_of
from workers.eligibility_selectors import funded_elsewhere
from workers.models import Enrollment, Order
from workers.reasons import read_reasons
from workers.sharing import share_link

ORDERS_A_PAGE = 10
FILLING = (Enrollment.Status.AWAITING_CONSENT, Enrollment.Status.RETURNED)


def _cards(order: Order, cases: Any, today: date) -> list[dict[str, Any]]:
    """Return the cases of an order in words, each with the link to send on."""
    cards = [card_of(case, today) for case in cases]
    return [
        {"card": card, "share": share_link(card), "reasons": read_reasons(card.case.reasons)}
        for card in cards
    ]


def _current_step(cases: list[Enrollment]) -> int:
    """Return where an order stands: 1 the donor fills in, 2 the branch checks, 3 he pays."""
    if any(case.status in FILLING for case in cases):
        return 1
    if any(case.status in Enrollment.UNDECIDED for case in cases):
        return 2
    return 3


@donors_only
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """List the donor's orders, drafts first."""
    user = request.user
    today = clock.jakarta_date(clock.now())
    sent = selectors.sent_orders_of(user)  # type: ignore[arg-type]
    page = Paginator(sent, ORDERS_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"order": order, "cases": _cards(order, order.enrollments.all(), today)} for order in page
    ]
    context = {
        "drafts": selectors.drafts_of(user),  # type: ignore[arg-type]
        "rows": rows,
        "page": page,
        "own_donor": person_donor(user),
    }
    return render(request, "workers/orders.html", context)


@donors_only
@require_safe
def order_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one order: its number, and for each worker what comes next."""
    order = own_order(request.user, uuid)  # type: ignore[arg-type]
    today = clock.jakarta_date(clock.now())
    cases = selectors.cases_of(order)
    writes = may_write(request.user, order.donor_id)  # type: ignore[arg-type]
    funded = funded_elsewhere(order, cases, today=today) if writes else {}
    rows = _cards(order, cases, today)
    context = {
        "order": order,
        "cases": [{**row, "funded_until": funded.get(row["card"].case.pk)} for row in rows],
        "current": _current_step(cases),
        "branch": cases[0].office if cases else None,
        "may_write": writes,
    }
    return render(request, "workers/order_detail.html", context)
