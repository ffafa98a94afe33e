"""The pages of the Kanwil, head office and auditors: figures, and the cases behind them."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import roles_only
from accounts.models import Role
from bricks import clock
from dashboards import access, charts, exports, selectors

PER_PAGE = 50
figures_only = roles_only(Role.Kind.REGIONAL_ADMIN, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)


@require_safe
@figures_only
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the figures of one province, or of all that the user may see."""
    scope = access.scope_of(request.user)
    area = access.province_in(scope, request.GET.get("provinsi", ""))
    board = selectors.read_board(provinces=scope.provinces, area=area)
    context = {"scope": scope, "area": area, "board": board}
    if board is not None:
        context |= charts.drawings(board, whole_country=scope.whole_country)
    return render(request, "dashboards/dashboard.html", context)


@require_safe
@figures_only
def dashboard_csv(request: HttpRequest) -> HttpResponse:
    """Send the figures that the page shows as a file."""
    scope = access.scope_of(request.user)
    area = access.province_in(scope, request.GET.get("provinsi", ""))
    board = selectors.read_board(provinces=scope.provinces, area=area)
    if board is None:
        raise Http404
    name = f"angka-wilayah-{area.pk if area else 'semua'}.csv"
    return HttpResponse(
        exports.as_csv(board),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@figures_only
def dashboard_ending(request: HttpRequest, regency: str) -> HttpResponse:
    """List the workers of a regency whose cover ends within 30 days, with masked names."""
    scope = access.scope_of(request.user)
    area = access.regency_in(scope, regency)
    today = clock.jakarta_date(clock.now())
    cases = selectors.ending_cases(regency=area, day=today)
    page = Paginator(cases, PER_PAGE).get_page(request.GET.get("page"))
    context = {"area": area, "page": page, "today": today}
    return render(request, "dashboards/ending.html", context)
