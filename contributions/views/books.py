"""The treasurer's first page, the proofs of the books, and months to be closed."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import roles_only, user_of
from accounts.limits import may_send
from accounts.models import Role
from bricks import clock
from contributions import books_selectors, treasury
from contributions.services import closing
from notices import bells

READERS = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)
KEEPERS = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE)
CHECKS_AN_HOUR = 12
REFUSALS = {
    closing.MonthNotOver: gettext_lazy("Bulan ini belum selesai."),
    closing.NotTheNext: gettext_lazy(
        "Bulan ini sudah ditutup, atau bulan lain harus ditutup dulu."
    ),
    closing.BooksWrong: gettext_lazy("Pembukuan belum cocok. Selesaikan dulu temuan berat."),
    closing.BooksBusy: gettext_lazy("Pembukuan sedang sibuk. Coba lagi sebentar lagi."),
}


@READERS
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show a treasurer or an auditor every desk of the money, and what waits there."""
    tiles = treasury.tiles(request.user, now=clock.now())
    return render(request, "contributions/books/treasury.html", {"tiles": tiles})


@READERS
@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """Show the newest proof of the books, and the thirty before it."""
    check = books_selectors.newest_check()
    context = {
        "check": check,
        "sums": books_selectors.sums_of(check) if check else None,
        "findings": books_selectors.findings_of(check) if check else [],
        "checks": books_selectors.recent_checks(),
        "may_ask": user_of(request).has_role(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE),
    }
    return render(request, "contributions/books/books.html", context)


@KEEPERS
@require_POST
def books_check(request: HttpRequest) -> HttpResponse:
    """Have the books proved now; the job answers within a minute."""
    limit = CHECKS_AN_HOUR
    now = clock.now()
    if may_send(request, what="books", now=now, per_browser=limit, per_address=limit):
        bells.ring("books_asked")
        messages.success(request, _("Pemeriksaan dimulai. Muat ulang halaman ini sebentar lagi."))
    else:
        messages.error(request, _("Terlalu sering diperiksa. Coba lagi satu jam lagi."))
    return redirect("books")


@READERS
@require_http_methods(["GET", "HEAD", "POST"])
def closed_months(request: HttpRequest) -> HttpResponse:
    """Show the closed months and what the next one would stand at, and close it."""
    user, now, refusal = user_of(request), clock.now(), ""
    may_close = closing.may_close(user)
    if request.method == "POST":
        if not may_close:
            raise PermissionDenied
        try:
            closed = closing.close_month(month=_month(request), by=user, now=now)
        except closing.CannotClose as error:
            refusal = str(REFUSALS[type(error)])
        else:
            told = {"month": f"{closed.month:%m-%Y}"}
            messages.success(request, _("Buku bulan %(month)s ditutup.") % told)
            return redirect("closed_months")
    context = {
        "closed": books_selectors.closed_months(),
        "next": books_selectors.next_month(now=now),
        "may_close": may_close,
        "refusal": refusal,
    }
    page = "contributions/books/closed_months.html"
    return render(request, page, context, status=400 if refusal else 200)


def _month(request: HttpRequest) -> date:
    """Read the month that the form names; what is none is none that can be closed."""
    try:
        return date.fromisoformat(request.POST.get("bulan", ""))
    except ValueError:
        raise closing.NotTheNext from None
