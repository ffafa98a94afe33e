"""A branch's figures, and who has how much in hand."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bricks import clock
from workers import desk_selectors, figure_selectors, figure_table
from workers.desk_access import StaffRequest, staff_only, supervisors_only
from workers.figure_selectors import SPAN_NAMES, BranchFigures
from workers.forms.figures import FigureForm, MoveForm
from workers.services.holding import CannotDecide
from workers.services.spreading import move_cases


@staff_only
@never_cache
@require_safe
def branch_figures(request: StaffRequest) -> HttpResponse:
    """Show what came in, what was decided and how fast, for the offices under one's eyes."""
    form, figures = _asked(request)
    context = {
        "form": form,
        "figures": figures,
        "chart": figure_table.work_chart(figures),
        "periods": [(figure_table.label_of(p, figures.by), p) for p in figures.periods],
        "span_name": SPAN_NAMES[figures.by],
    }
    return render(request, "workers/branch_figures.html", context)


@staff_only
@never_cache
@require_safe
def branch_figures_csv(request: StaffRequest) -> HttpResponse:
    """Send the figures that the page shows as a file."""
    _form, figures = _asked(request)
    today = clock.jakarta_date(clock.now())
    return HttpResponse(
        figure_table.as_csv(figures, today=today),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="angka-cabang-{today}.csv"'},
    )


@supervisors_only
@never_cache
@require_safe
def workload(request: StaffRequest) -> HttpResponse:
    """Show a supervisor how much each person at his desk has in hand."""
    today = clock.jakarta_date(clock.now())
    offices = list(desk_selectors.supervised_offices(request.user))
    context = {
        "loads": figure_selectors.loads(request.user, today=today),
        "counts": desk_selectors.desk_counts(request.user, today=today, offices=offices),
        "people": figure_selectors.desk_people(request.user),
    }
    return render(request, "workers/workload.html", context)


@supervisors_only
@require_POST
def workload_move(request: StaffRequest) -> HttpResponse:
    """Give what one person holds to another, or back to the queue."""
    form = MoveForm(request.POST, supervisor=request.user)
    if not form.is_valid():
        messages.warning(request, _("Pilih petugas dari daftar."))
        return redirect("workload")
    try:
        counts = move_cases(
            holder=form.cleaned_data["dari"],
            to=form.cleaned_data["ke"],
            supervisor=request.user,
            offices=desk_selectors.supervised_offices(request.user),
            now=clock.now(),
        )
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
        return redirect("workload")
    messages.success(request, _("%(moved)s kasus dipindahkan, %(left)s tetap.") % counts)
    return redirect("workload")


def _asked(request: StaffRequest) -> tuple[FigureForm, BranchFigures]:
    """Read which offices and which spans are asked for; another's office is no office."""
    offices = list(figure_selectors.figure_offices(request.user))
    form = FigureForm(request.GET, offices=offices)
    if not form.is_valid():
        raise Http404
    today = clock.jakarta_date(clock.now())
    chosen = [o for o in offices if form.cleaned_data["kantor"] in ("", o.code)]
    by = form.cleaned_data["per"] or "minggu"
    return form, figure_selectors.branch_figures(chosen, today=today, by=by)
