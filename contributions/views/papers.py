"""Invoices and receipts as papers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import donors_only
from accounts.limits import may_send
from bricks import clock
from bricks.tables import write_table
from contributions import access, gate, selectors
from contributions.papers import money
from contributions.papers.printing import PrinterBusy, pdf
from payments.models import Invoice

OK = 200
#: For so many seconds a reader waits while others' papers are printed.
WAIT = 10
#: A pay link's paper is kept for so many seconds, if it has fewer bytes than these.
KEPT_SECONDS, KEPT_BYTES = 300, 200_000


def paper(content: bytes, name: str) -> HttpResponse:
    """Answer with a PDF that the browser shows; its name tells nothing of a person."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def printed(request: HttpRequest, template: str, data: Mapping[str, Any], name: str) -> Any:
    """Answer with a PDF, or 503 where too many others' papers are being printed."""
    try:
        return paper(pdf(template, data, wait=WAIT), name)
    except PrinterBusy:
        answer = render(request, "contributions/paper_busy.html", status=503)
        answer["Retry-After"] = "60"
        return answer


def table(text: str, name: str) -> HttpResponse:
    """Answer with a table that a spreadsheet opens."""
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


@login_required
@never_cache
@require_safe
def invoice_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Print an invoice with its workers."""
    found, now = access.invoice_for(request.user, uuid), clock.now()
    data = money.invoice_paper(found, named=True, payable=_is_payable(found, now), now=now)
    return printed(request, "money", data, f"tagihan-{found.number}")


@never_cache
@require_safe
def pay_link_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Print the invoice of a pay link: count and amount, no names (P38)."""
    found, now = access.invoice_of_link(token), clock.now()
    if not may_send(request, what="pay_link_pdf", now=now, per_browser=20, per_address=200):
        return render(request, "contributions/pay_wait.html", {"token": token}, status=429)
    payable, name = _is_payable(found, now), f"tagihan-{found.number}"
    # Whoever holds the link may ask again and again: what was printed is kept a while.
    day = f"{clock.jakarta_date(now):%Y%m%d}"
    key = f"pay_link_pdf:{found.pk}:{found.status}:{payable}:{day}:{get_language()}"
    kept = cache.get(key)
    if kept is not None:
        return paper(kept, name)
    data = money.invoice_paper(found, named=False, payable=payable, now=now)
    answer = printed(request, "money", data, name)
    if answer.status_code == OK and len(answer.content) < KEPT_BYTES:
        cache.set(key, answer.content, KEPT_SECONDS)
    return answer


def _is_payable(found: Invoice, now: datetime) -> bool:
    is_open = found.status == Invoice.Status.OPEN and found.expires_at > now
    return is_open and not gate.is_withheld(found)


@donors_only
@never_cache
@require_safe
def invoice_csv(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand out the workers of an invoice as a file, however many they are."""
    found = access.invoice_for(request.user, uuid)
    today = clock.jakarta_date(clock.now())
    head, rows = money.invoice_rows(found, today=today)
    return table(write_table(head, rows), f"tagihan-{found.number}")


@login_required
@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Print what came in, what it bought and what is left as credit."""
    payment = access.receipt_for(request.user, uuid)
    allocation = selectors.allocation_of(payment)
    data = money.receipt_paper(payment, allocation, now=clock.now())
    return printed(request, "money", data, f"kuitansi-{payment.receipt_number}")
