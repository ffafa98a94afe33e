"""The branch's pages about money: months that BPJS's core refused or has not answered."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import roles_only, user_of
from accounts.models import Role
from bricks import clock
from contributions import selectors
from contributions.services import remitting

DESK = roles_only(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)


@DESK
@require_safe
def rejected(request: HttpRequest) -> HttpResponse:
    """List refused and unanswered months of the user's branch, by worker."""
    today = clock.jakarta_date(clock.now())
    context = {
        "rejected": selectors.rejected_contributions(request.user),
        "overdue": selectors.unanswered_contributions(request.user, today=today),
    }
    return render(request, "contributions/rejected.html", context)


@DESK
@require_POST
def rejected_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a refused month again, or give its money back as the donor's credit."""
    found = selectors.rejected_contributions(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    by = user_of(request)
    try:
        if request.POST.get("act") == "credit":
            remitting.credit_rejected(contribution=found, by=by, now=clock.now())
            messages.success(request, _("Iuran dikembalikan menjadi saldo donatur."))
        else:
            remitting.resend_rejected(contribution=found, by=by, now=clock.now())
            messages.success(request, _("Akan dikirim lagi pada penyetoran berikutnya."))
    except remitting.NotRejected:
        messages.error(request, _("Bulan ini sudah diputuskan, atau sudah dibayar donatur lain."))
    return redirect("rejected")
