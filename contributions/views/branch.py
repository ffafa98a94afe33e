"""The branch's pages about money: months that BPJS's core refused or has not answered."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import roles_only, user_of
from accounts.models import Role
from bricks import clock
from contributions import refused, selectors
from contributions.services import remitting

DESK = roles_only(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)
PAGE_SIZE = 25
LATE = "lama"


@DESK
@require_safe
def rejected(request: HttpRequest) -> HttpResponse:
    """List refused and late months of the user's branch, by worker."""
    user, today = user_of(request), clock.jakarta_date(clock.now())
    q, reason = request.GET.get("q", ""), request.GET.get("alasan", "")
    is_late = request.GET.get("bagian") == LATE
    late = refused.late_groups(user, today=today, q=q)
    groups = refused.refused_groups(user, q=q, reason=reason)
    page = Paginator(late if is_late else groups, PAGE_SIZE).get_page(request.GET.get("page"))
    rows: list[Any]
    if is_late:
        rows = refused.late_rows(page.object_list, today=today)
    else:
        rows = refused.refused_rows(user, page.object_list, today=today)
    context = {
        "is_late": is_late,
        "page": page,
        "rows": rows,
        "counts": (groups.count(), late.count()),
        "q": q,
        "reason": reason,
        "reasons": refused.reasons_of(user),
    }
    return render(request, "contributions/rejected.html", context)


@DESK
@require_POST
def rejected_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a worker's refused months again, or give their money back as the donor's credit."""
    found = selectors.rejected_contributions(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    by, now = user_of(request), clock.now()
    try:
        if request.POST.get("act") == "credit":
            remitting.credit_rejected(contribution=found, by=by, now=now, whole=True)
            messages.success(request, _("Iuran dikembalikan menjadi saldo donatur."))
        else:
            count = remitting.resend_rejected(contribution=found, by=by, now=now, whole=True)
            told = _("%d bulan dikirim lagi pada penyetoran berikutnya.") % count
            messages.success(request, told)
    except remitting.ChangeWaits:
        messages.error(request, _("Perubahan data pekerja ini menunggu putusan. Selesaikan dulu."))
    except remitting.MonthTaken:
        text = _("Bulan ini sudah dibayar donatur lain. Jadikan saldo donatur.")
        messages.error(request, text)
    except remitting.NotRejected:
        messages.error(request, _("Bulan ini sudah diputuskan."))
    return redirect("rejected")
