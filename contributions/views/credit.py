"""The donor's page about his credit, and the branch's about money that came late."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import roles_only, user_of
from accounts.models import Role
from bricks import clock
from contributions import access, credit_page, selectors
from contributions.services import late_money as deciding
from workers.desk_selectors import supervises

PAGE_SIZE = 20
DESK = roles_only(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)
SUPERVISORS = roles_only(Role.Kind.BRANCH_SUPERVISOR)


@login_required
@never_cache
@require_safe
def credit(request: HttpRequest) -> HttpResponse:
    """Show a donor's credit, every rupiah in and out of it, and what will become of it."""
    donors, donor = access.own_donors(user_of(request), request.GET.get("donatur"))
    context: dict[str, Any] = {"donors": donors, "donor": donor}
    if donor is not None:
        pages = Paginator(credit_page.transfers_of(donor), PAGE_SIZE)
        page = pages.get_page(request.GET.get("page"))
        context |= {
            "found": credit_page.credit_page(donor),
            "page": page,
            "movements": credit_page.movements(list(page.object_list)),
        }
    return render(request, "contributions/credit.html", context)


@DESK
@never_cache
@require_safe
def late_money(request: HttpRequest) -> HttpResponse:
    """List the money that came for workers of the branch whose membership is over."""
    now = clock.now()
    pages = Paginator(selectors.late_money_of(request.user), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    rows = list(page.object_list)
    user = user_of(request)
    context = {
        "page": page,
        "rows": [
            (late, obstacle, supervises(user, late.sponsorship.enrollment.office))
            for late, obstacle in deciding.with_obstacles(rows, now=now)
        ],
        "decided": selectors.late_money_of(request.user, decided=True)[:PAGE_SIZE],
    }
    return render(request, "contributions/late_money.html", context)


@SUPERVISORS
@require_POST
def late_money_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Revive the cover from now on, or leave the money as the donor's credit."""
    found, by, now = access.late_money_for(request.user, pk), user_of(request), clock.now()
    try:
        if request.POST.get("act") == "revive":
            deciding.revive(late=found, by=by, now=now)
            messages.success(request, _("Perlindungan mulai lagi sekarang. Donatur dikabari."))
        elif request.POST.get("act") == "credit":
            deciding.leave_as_credit(late=found, by=by, now=now)
            messages.success(request, _("Uang tetap menjadi saldo. Donatur dikabari."))
        else:
            messages.error(request, _("Pilih: hidupkan lagi, atau biarkan sebagai saldo."))
    except (deciding.AlreadyDecided, deciding.OwnMoney, deciding.CannotRevive) as error:
        messages.error(request, str(error))
    return redirect("late_money")
