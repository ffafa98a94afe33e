"""The donor's page about money that goes back: what can, how he asks, how it stands."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import donors_only, user_of
from bricks import clock
from contributions import refund_access
from contributions.refund_forms import AskForm
from contributions.refund_pages import fund_lines, progress_of
from contributions.refundable import refundable
from contributions.services import refunding
from donors.models import Donor

SHOWN = 50


@donors_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund_ask(request: HttpRequest) -> HttpResponse:
    """Show a donor what of his credit may go back, and take his wish for it."""
    user, now = user_of(request), clock.now()
    donor = refund_access.own_donor(user, request.GET.get("donatur"))
    if donor is None:
        return render(request, "contributions/refund_ask.html", {"donor": None})
    may_ask = refund_access.may_ask(user, donor)
    form = AskForm(request.POST or None)
    if request.method == "POST" and may_ask and form.is_valid():
        try:
            refund = refunding.ask_for_credit(
                donor=donor,
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                account=form.account,
                token=form.cleaned_data["token"],
                by=user,
                now=now,
            )
        except refunding.RefundError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            said = _("Sudah kami terima, no. %(number)s. Bendahara memeriksanya.")
            messages.success(request, said % {"number": refund.transfer_code})
            return redirect(f"{reverse('refund_ask')}?donatur={donor.uuid}")
    return _page(request, donor, form, may_ask=may_ask)


def _page(request: HttpRequest, donor: Donor, form: AskForm, *, may_ask: bool) -> HttpResponse:
    user, today = user_of(request), clock.jakarta_date(clock.now())
    found = refundable(donor=donor)
    refused = request.method == "POST" and not may_ask
    context = {
        "donor": donor,
        "donors": refund_access.own_donors(user),
        "found": found,
        "instruments": [row for row in found.sources if row.can_take],
        "funds": fund_lines(refund_access.budgets_of(donor), today),
        "form": form,
        "may_ask": may_ask,
        "refused": refused,
        "rows": [progress_of(row, today) for row in refund_access.refunds_of(user, donor)[:SHOWN]],
    }
    status = 403 if refused else 400 if form.is_bound else 200
    return render(request, "contributions/refund_ask.html", context, status=status)
