"""The payer's pages: invoices, the pay page with and without sign-in, receipts."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import may_send
from accounts.models import User
from bricks import clock
from bricks.fragments import is_fragment
from contributions import access, gate, selectors
from contributions.bills import bill_of
from contributions.services.withholding import Withheld, start_payment
from payments import paylinks
from payments.channels import ways_for
from payments.models import Invoice, Payment
from payments.selectors import latest_payment, own_invoices, ways_to_pay
from payments.services.paying import (
    AlreadyPaid,
    GatewayUnavailable,
    InvoiceNotPayable,
    TooManyAttempts,
    WayNotOffered,
)
from payments.transfers import advice_for

PAGE_SIZE = 20
#: A charge that can still be paid.
OPEN = {Payment.Status.NEW, Payment.Status.PENDING}


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
    if payment and not named and _is_anothers(request, payment):
        payment = None
    is_open = found.status == Invoice.Status.OPEN and found.expires_at > now
    withheld = is_open and gate.is_withheld(found)
    moment = _moment(found, payment, withheld=withheld)
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
        "offers": ways_for(found),
        "qris_max": settings.QRIS_MAX,
        "transfer": advice_for(found) if named and is_open and not withheld else None,
        "withheld": withheld,
        "start_url": start_url,
        "named": named,
    }
    template = "contributions/_pay.html" if is_fragment(request) else "contributions/pay.html"
    return render(request, template, context)


def _is_anothers(request: HttpRequest, payment: Payment) -> bool:
    """Whether the donor's own people opened a charge, for whoever else holds the link: until
    he presses start himself, he would pay it in their name (P38)."""
    if payment.opened_by_id is None or payment.status not in OPEN:
        return False
    return _opener(request, payment.invoice) is None


def _moment(found: Invoice, payment: Payment | None, *, withheld: bool) -> str:
    """Name what the page shows: while it stays the same, a waiting page is left alone."""
    paying = f"{payment.status}-{payment.pk}" if payment else ""
    return f"{found.status}-{paying}{'-x' if withheld else ''}"


@login_required
@require_POST
def invoice_start(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open the way that was chosen, at the gateway; a double click gets the same one."""
    found = access.own_invoice_for(request.user, uuid)
    _start(request, found)
    return redirect("invoice", uuid=uuid)


@require_POST
def pay_link_start(request: HttpRequest, token: str) -> HttpResponse:
    """The same for the holder of a pay link."""
    found = access.invoice_of_link(token)
    if not may_send(request, what="pay_link", now=clock.now(), per_browser=20, per_address=200):
        return render(request, "contributions/pay_wait.html", {"token": token}, status=429)
    _start(request, found)
    return redirect("pay_link", token=token)


def _opener(request: HttpRequest, found: Invoice) -> User | None:
    """Return who acts for the donor; whoever else holds the link is nobody to us (P38)."""
    user = request.user
    return user if user.is_authenticated and selectors.may_act(user, found) else None


def _start(request: HttpRequest, found: Invoice) -> None:
    way, by = request.POST.get("way", ""), _opener(request, found)
    try:
        start_payment(invoice=found, now=clock.now(), way=way, by=by)
    except WayNotOffered:
        messages.error(request, _("Cara bayar itu tidak tersedia. Pilih cara di bawah ini."))
    except AlreadyPaid:
        messages.info(request, _("Uang untuk tagihan ini sudah masuk. Jangan membayar lagi."))
    except Withheld:
        messages.info(request, _("Untuk sementara tagihan ini tidak perlu dibayar."))
    except TooManyAttempts:
        messages.error(
            request, _("Cara bayar tagihan ini terlalu sering diganti. Coba lagi satu jam lagi.")
        )
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
