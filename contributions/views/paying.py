"""The payer's pages: invoices, the pay page with and without sign-in, receipts."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from bricks.fragments import is_fragment
from contributions import access, gate, selectors
from contributions.bills import bill_of
from contributions.services.withholding import Withheld, start_payment
from payments import paylinks
from payments.models import Invoice
from payments.selectors import latest_payment, own_invoices, ways_to_pay
from payments.services.paying import GatewayUnavailable, InvoiceNotPayable

PAGE_SIZE = 20


@login_required
@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """List the invoices of the user's donors, open ones first."""
    pages = Paginator(own_invoices(request.user), PAGE_SIZE)
    return render(
        request,
        "contributions/invoices.html",
        {"page": pages.get_page(request.GET.get("page"))},
    )


@login_required
@never_cache
@require_safe
def invoice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one invoice of the user's donors, with the way to pay it."""
    found = access.invoice_for(request.user, uuid)
    may_pay = selectors.may_act(request.user, found)
    start_url = reverse("invoice_start", args=[uuid]) if may_pay else ""
    return _pay_page(request, found, start_url=start_url, named=True)


@never_cache
@require_safe
def pay_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invoice of a pay link to whoever holds it: count and amount, no names (P38)."""
    found = access.invoice_of_link(token)
    current = selectors.current_invoice_for(found)
    if current is not None and current != found:
        return redirect("pay_link", token=paylinks.make(current))
    start_url = reverse("pay_link_start", args=[token])
    return _pay_page(request, found, start_url=start_url, named=False)


def _pay_page(request: HttpRequest, found: Invoice, *, start_url: str, named: bool) -> HttpResponse:
    now = clock.now()
    payment = latest_payment(found)
    is_open = found.status == Invoice.Status.OPEN and found.expires_at > now
    withheld = is_open and gate.is_withheld(found)
    moment = f"{found.status}-{payment.status if payment else ''}{'-x' if withheld else ''}"
    if is_fragment(request) and request.GET.get("saat") == moment:
        # Nothing has changed: what the payer is reading or copying stays untouched.
        return HttpResponse(status=204)
    context = {
        "moment": moment,
        "bill": bill_of(found, today=clock.jakarta_date(now)),
        "invoice": found,
        "payment": payment,
        "ways": ways_to_pay(payment) if payment else None,
        "payable": is_open and not withheld,
        "withheld": withheld,
        "start_url": start_url,
        "named": named,
    }
    template = "contributions/_pay.html" if is_fragment(request) else "contributions/pay.html"
    return render(request, template, context)


@login_required
@require_POST
def invoice_start(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask the gateway for QRIS and account number; a double click gets the same ones."""
    found = access.own_invoice_for(request.user, uuid)
    _start(request, found)
    return redirect("invoice", uuid=uuid)


@require_POST
def pay_link_start(request: HttpRequest, token: str) -> HttpResponse:
    """The same for the holder of a pay link."""
    found = access.invoice_of_link(token)
    _start(request, found)
    return redirect("pay_link", token=token)


def _start(request: HttpRequest, found: Invoice) -> None:
    try:
        start_payment(invoice=found, now=clock.now())
    except Withheld:
        messages.info(request, _("Untuk sementara tagihan ini tidak perlu dibayar."))
    except InvoiceNotPayable:
        messages.error(
            request, _("Tagihan ini tidak bisa dibayar lagi. Lihat keterangan di bawah.")
        )
    except GatewayUnavailable:
        messages.error(
            request,
            _(
                "Penyedia pembayaran belum menjawab. Coba lagi sebentar. "
                "Belum ada uang yang ditarik."
            ),
        )


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what came in, what it bought and what is left as credit."""
    payment = access.receipt_for(request.user, uuid)
    today = clock.jakarta_date(clock.now())
    context = {
        "payment": payment,
        "allocation": selectors.allocation_of(payment),
        "bill": selectors.bought_with(payment, today=today),
    }
    return render(request, "contributions/receipt.html", context)
