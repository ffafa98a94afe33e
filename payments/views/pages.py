"""Pictures of QRIS payloads, and the pay page of the sandbox provider."""

from io import BytesIO
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bricks import clock
from payments import access
from payments.forms import SandboxPayForm
from payments.models import SandboxCharge
from payments.sandbox import acquirer, provider

# Banks' apps read a saved picture better with dots of some size and a quiet border.
PNG = {"kind": "png", "scale": 12, "border": 4}
SVG = {"kind": "svg", "scale": 6, "border": 4, "svgns": True, "xmldecl": False}


@require_safe
@cache_control(private=True, max_age=600)
def qris_image(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draw a pending payment's QRIS payload as PNG, to look at or to save into the gallery."""
    payment = access.payment_to_scan(uuid)
    response = _drawn(payment.qris, "image/png", PNG)
    response["Content-Disposition"] = f'attachment; filename="qris-{payment.invoice.number}.png"'
    return response


@require_safe
@cache_control(private=True, max_age=600)
def qris_svg(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draw the same as SVG, sharp on paper."""
    return _drawn(access.payment_to_scan(uuid).qris, "image/svg+xml", SVG)


def _drawn(payload: str, content_type: str, options: dict[str, Any]) -> HttpResponse:
    drawn = BytesIO()
    segno.make(payload, error="m", micro=False).save(drawn, **options)
    return HttpResponse(drawn.getvalue(), content_type=content_type)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sandbox_pay(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """The sandbox provider's own page: pay without real money, or let something go wrong."""
    charge = access.sandbox_charge(transaction_id)
    form = SandboxPayForm(request.POST or None, charge=charge)
    if request.method == "POST" and form.is_valid():
        _play(request, charge, form.cleaned_data)
        return redirect("sandbox_pay", transaction_id=transaction_id)
    context = {
        "charge": charge,
        "form": form,
        "merchant_name": acquirer.MERCHANT_NAME,
        "payable": charge.status in {"pending", "expire"},
    }
    status = 400 if form.is_bound else 200
    return render(request, "payments/sandbox_pay.html", context, status=status)


def _play(request: HttpRequest, charge: SandboxCharge, answer: dict[str, Any]) -> None:
    done = provider.play(
        charge=charge,
        act=answer["act"],
        way=answer["way"],
        amount=answer["amount"],
        delivery=answer["delivery"],
        now=clock.now(),
    )
    if not done:
        messages.info(request, _("Pesanan ini sudah selesai. Tidak ada yang berubah."))
