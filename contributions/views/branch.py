"""The branch's pages about money: months that BPJS's core refused or has not answered."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from contributions import selectors
from contributions.services import remitting


@login_required
@require_safe
def rejected(request: HttpRequest) -> HttpResponse:
    """List refused and unanswered months of the user's branch, by worker."""
    if not request.user.is_branch:
        raise PermissionDenied
    today = clock.jakarta_date(clock.now())
    context = {
        "rejected": selectors.rejected_contributions(request.user),
        "overdue": selectors.unanswered_contributions(request.user, today=today),
    }
    return render(request, "contributions/rejected.html", context)


@login_required
@require_POST
def rejected_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a refused month again, or give its money back as the donor's credit."""
    if not request.user.is_branch:
        raise PermissionDenied
    found = selectors.rejected_contributions(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    if request.POST.get("act") == "credit":
        remitting.credit_rejected(contribution=found, by=request.user, now=clock.now())
        messages.success(request, _("Iuran dikembalikan menjadi saldo donatur."))
    else:
        remitting.resend_rejected(contribution=found, by=request.user, now=clock.now())
        messages.success(request, _("Akan dikirim lagi pada penyetoran berikutnya."))
    return redirect("rejected")
