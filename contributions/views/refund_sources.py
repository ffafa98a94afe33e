"""From where money goes back: donors' credit, budget funds, months that are undone."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.rupiah import format_rupiah
from bricks.templatetags.house import rentang
from contributions import refund_access, refund_pages
from contributions.refund_access import READERS, TREASURERS
from contributions.refund_forms import CreditForm, MonthsForm
from contributions.refundable import refundable
from contributions.services import refunding
from contributions.services.refunding import RefundError

PAGE_SIZE = 30


@READERS
@never_cache
@require_safe
def refund_credits(request: HttpRequest) -> HttpResponse:
    """List the donors who have credit, the largest first."""
    pages = Paginator(refund_access.credits_for(user_of(request)), PAGE_SIZE)
    context = {"page": pages.get_page(request.GET.get("page"))}
    return render(request, "contributions/refund_credits.html", context)


@TREASURERS
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund_credit_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for a donor's credit in his stead."""
    donor = refund_access.credit_donor(user_of(request), uuid)
    form = CreditForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refund = refunding.ask_for_credit(
                donor=donor, by=user_of(request), now=clock.now(), **form.cleaned_data
            )
        except RefundError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Tercatat. Siapkan tujuannya."))
            return redirect("refund", uuid=refund.uuid)
    context = {"donor": donor, "found": refundable(donor=donor), "form": form}
    status = 400 if form.is_bound else 200
    return render(request, "contributions/refund_credit.html", context, status=status)


@READERS
@never_cache
@require_safe
def refund_funds(request: HttpRequest) -> HttpResponse:
    """List the budget programmes with what is left and what went back to the treasury (P28)."""
    today = clock.jakarta_date(clock.now())
    pages = Paginator(refund_access.funds_for(user_of(request)), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    context = {"page": page, "rows": refund_pages.fund_lines(page.object_list, today)}
    return render(request, "contributions/refund_funds.html", context)


@TREASURERS
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund_fund_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for a programme's rest, for its treasury."""
    programme = refund_access.fund_of(user_of(request), uuid)
    form = CreditForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refund = refunding.ask_for_fund(
                programme=programme, by=user_of(request), now=clock.now(), **form.cleaned_data
            )
        except RefundError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Tercatat. Isi rekening kas daerah dan nomor STS."))
            return redirect("refund", uuid=refund.uuid)
    found = refundable(donor=programme.donor, programme=programme)
    context = {"donor": programme.donor, "programme": programme, "found": found, "form": form}
    status = 400 if form.is_bound else 200
    return render(request, "contributions/refund_credit.html", context, status=status)


@TREASURERS
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund_months(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show which months of an invoice may be undone for their money, and ask for it."""
    invoice = refund_access.invoice_of(user_of(request), uuid)
    today = clock.jakarta_date(clock.now())
    lines = refunding.undoable_lines(invoice, today)
    form = MonthsForm(request.POST or None, months=_choices(lines))
    if request.method == "POST" and form.is_valid():
        try:
            refund = refunding.ask_for_months(
                by=user_of(request), now=clock.now(), **form.cleaned_data
            )
        except RefundError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Tercatat. Bulan dibatalkan setelah disetujui."))
            return redirect("refund", uuid=refund.uuid)
    context = {
        "invoice": invoice,
        "form": form,
        "free": [line for line in lines if not line.why],
        "kept": [line for line in lines if line.why],
    }
    status = 400 if form.is_bound else 200
    return render(request, "contributions/refund_months.html", context, status=status)


def _choices(lines: list[refunding.MonthLine]) -> list[tuple[int, str]]:
    return [
        (
            line.row.pk,
            _("%(name)s, %(days)s: %(amount)s")
            % {
                "name": line.row.sponsorship.worker.short_name,
                "days": rentang(line.row.covered_from, line.row.covered_until),
                "amount": format_rupiah(line.worth),
            },
        )
        for line in lines
        if not line.why
    ]
