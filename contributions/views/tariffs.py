"""Head office's tariffs: dated rows, their history, and changes, shown before they count."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.previews import Preview, PreviewGone, open_preview, seal_preview
from contributions import tariff_selectors as selectors
from contributions.services import tariff_changes
from contributions.services.tariff_changes import CannotChangeTariff, ChangePlan
from contributions.tariff_csv import COLUMNS, plan_tariffs, write_tariffs
from contributions.tariff_forms import ReliefForm, TariffConfirmForm, TariffForm
from contributions.tariff_rows import Edit, Row, TariffRows
from contributions.tariffs import ReliefRow, TariffRow
from workers.forms.tables import TableFileForm
from workers.office_access import head_office_only

KIND = "tariffs"
PAGE = require_http_methods(["GET", "HEAD", "POST"])


@head_office_only
@never_cache
@require_safe
def tariffs(request: HttpRequest) -> HttpResponse:
    """Show every dated row, and what was changed when, by whom and why."""
    context = {
        "groups": selectors.tariff_groups(),
        "reliefs": selectors.reliefs(),
        "changes": selectors.changes(),
        "this_month": _today().replace(day=1),
    }
    return render(request, "contributions/tariffs/list.html", context)


@head_office_only
@never_cache
@require_safe
def tariff_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one change: rows before and after, and what it did."""
    found = selectors.change_of(uuid)
    if found is None:
        raise Http404
    context = {"change": found, **_by_table(selectors.edits_of(found))}
    return render(request, "contributions/tariffs/change.html", context)


@head_office_only
@never_cache
@PAGE
def tariff_new(request: HttpRequest) -> HttpResponse:
    """Enter a new dated tariff of one bracket, or of all."""
    form = TariffForm(request.POST or None, rows=TariffRows.load())
    return _preview_or_form(request, form, title=_("Tarif baru"))


@head_office_only
@never_cache
@PAGE
def tariff_correct(request: HttpRequest, bracket: int, month: str) -> HttpResponse:
    """Correct a dated tariff."""
    rows = TariffRows.load()
    row = _row_or_404(rows, ("tariff", bracket, _month(month)))
    form = TariffForm(request.POST or None, rows=rows, row=row)
    title = _("Perbaiki tarif golongan %(bracket)s") % {"bracket": bracket}
    return _preview_or_form(request, form, title=title)


@head_office_only
@never_cache
@PAGE
def relief_new(request: HttpRequest) -> HttpResponse:
    """Enter a relief of some sectors and sources of money."""
    return _preview_or_form(request, ReliefForm(request.POST or None), title=_("Diskon baru"))


@head_office_only
@never_cache
@PAGE
def relief_correct(request: HttpRequest, sector: str, funding: str, month: str) -> HttpResponse:
    """Correct a relief."""
    row = _row_or_404(TariffRows.load(), ("relief", sector, funding, _month(month)))
    form = ReliefForm(request.POST or None, row=row)
    return _preview_or_form(request, form, title=_("Perbaiki diskon"), relief=row)


@head_office_only
@never_cache
@require_safe
def tariffs_csv(request: HttpRequest) -> HttpResponse:
    """Give every dated tariff as a file."""
    return HttpResponse(
        write_tariffs(TariffRows.load()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tarif.csv"'},
    )


@head_office_only
@never_cache
@PAGE
def tariffs_import(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change; nothing is written."""
    posted = request.method == "POST"
    form = TableFileForm(*([request.POST, request.FILES] if posted else []), columns=COLUMNS)
    context: dict[str, Any] = {"form": form, "columns": COLUMNS}
    if form.is_valid():
        read = plan_tariffs(form.lines, TariffRows.load())
        try:
            if not read.problems:
                plan = tariff_changes.plan_change(edits=read.edits, today=_today())
                return _show(request, plan)
        except CannotChangeTariff as refusal:
            form.add_error("berkas", str(refusal))
        context["problems"] = read.problems
    status = 400 if posted else 200
    return render(request, "contributions/tariffs/import.html", context, status=status)


@head_office_only
@require_POST
def tariffs_apply(request: HttpRequest) -> HttpResponse:
    """Do what a preview showed."""
    user, now = user_of(request), clock.now()
    form = TariffConfirmForm(request.POST)
    try:
        preview = open_preview(request.POST.get("pratinjau", ""), kind=KIND, user_id=user.pk)
        if not form.is_valid():
            edits = tariff_changes.read_edits(preview.content)
            plan = tariff_changes.plan_change(edits=edits, today=clock.jakarta_date(now))
            return _show(request, plan, form=form)
        told = {name: form.cleaned_data[name] for name in ("legal_basis", "reason")}
        change = tariff_changes.change_tariffs(
            content=preview.content, seen=preview.seen, by=user, now=now, **told
        )
    except PreviewGone:
        messages.warning(request, _("Pratinjau ini tidak berlaku lagi. Isi perubahannya lagi."))
        return redirect("tariffs")
    except CannotChangeTariff as refusal:
        messages.warning(request, str(refusal))
        return redirect("tariffs")
    if change is None:
        return redirect("tariffs")
    messages.success(request, _("Tarif disimpan. Iuran yang terkena segera disesuaikan."))
    return redirect("tariff_change", change.uuid)


# --- what the doors share ----------------------------------------------------------
def _today() -> date:
    return clock.jakarta_date(clock.now())


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None


def _row_or_404(rows: TariffRows, key: tuple[Any, ...]) -> Any:
    found: Row | None = rows.rows.get(key)
    if found is None:
        raise Http404
    return found


def _by_table(edits: Sequence[Edit]) -> dict[str, Any]:
    return {
        "tariff_edits": [edit for edit in edits if isinstance(edit.after, TariffRow)],
        "relief_edits": [edit for edit in edits if isinstance(edit.after, ReliefRow)],
    }


def _preview_or_form(
    request: HttpRequest, form: TariffForm | ReliefForm, **context: Any
) -> HttpResponse:
    """Show the form, or what its answers would change."""
    if form.is_bound and form.is_valid():
        try:
            plan = tariff_changes.plan_change(edits=form.edits(), today=_today())
            return _show(request, plan)
        except CannotChangeTariff as refusal:
            form.add_error(None, str(refusal))
    status = 400 if request.method == "POST" else 200
    context["form"] = form
    return render(request, "contributions/tariffs/form.html", context, status=status)


def _show(
    request: HttpRequest, plan: ChangePlan, *, form: TariffConfirmForm | None = None
) -> HttpResponse:
    """Show a plan, sealed for who looks at it."""
    if form is None:
        preview = Preview(plan.content(), plan.seen)
        sealed = seal_preview(preview, kind=KIND, user_id=user_of(request).pk)
        form = TariffConfirmForm(initial={"pratinjau": sealed, "legal_basis": plan.legal_basis})
    context = {
        "plan": plan,
        "effect": plan.effect,
        "form": form,
        "back_url": reverse("tariffs"),
        **_by_table(plan.edits),
    }
    status = 400 if form.errors else 200
    return render(request, "contributions/tariffs/preview.html", context, status=status)
