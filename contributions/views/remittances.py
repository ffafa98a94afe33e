"""The treasurer's pages of remittances: files to BPJS and its answers (P1, P38)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from contributions import remittance_access as access
from contributions import remittance_selectors as selectors
from contributions.models import Remittance
from contributions.remittance_forms import AnswersForm, PurposeForm, RemittanceFilter
from contributions.services import answer_files, remittance_files
from workers.checkfile.reading import Unreadable

PAGE_SIZE = 25
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@access.readers
@require_safe
def remittances(request: HttpRequest) -> HttpResponse:
    """List the remittances of the user's branches by day."""
    form = RemittanceFilter(request.GET, offices=selectors.offices_of(request.user))
    asked = form.cleaned_data if form.is_valid() else {}
    found = selectors.remittances_of(request.user, **asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rows": selectors.rows_of(page.object_list)}
    status = 400 if form.errors else 200
    return render(request, "contributions/remittances.html", context, status=status)


@access.readers
@never_cache
@require_safe
def remittance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one remittance with its lines, and what the user may do with it."""
    return _show(request, access.remittance_for(request.user, uuid))


@access.treasurers
@never_cache
@require_POST
def remittance_fetch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand the locked file to the treasurer; who and what for is logged."""
    by = user_of(request)
    found = access.remittance_to_act_on(by, uuid)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return _show(request, found, status=400, purpose=form)
    try:
        content = remittance_files.fetch(
            remittance=found, viewer=by, now=clock.now(), **form.cleaned_data
        )
    except remittance_files.CannotHandOver as refusal:
        messages.warning(request, str(refusal))
        return redirect("remittance", uuid)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.number}.xlsx"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=XLSX, headers=headers)


@access.treasurers
@never_cache
@require_POST
def remittance_password(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the password of the file apart from it; the look is logged."""
    by = user_of(request)
    found = access.remittance_to_act_on(by, uuid)
    try:
        password = remittance_files.show_password(remittance=found, viewer=by, now=clock.now())
    except remittance_files.CannotHandOver as refusal:
        messages.warning(request, str(refusal))
        return redirect("remittance", uuid)
    return _show(request, found, password=password)


@access.treasurers
@require_POST
def remittance_hand_over(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Note that the file was given to BPJS."""
    by = user_of(request)
    found = access.remittance_to_act_on(by, uuid)
    try:
        sent = remittance_files.hand_over(remittance=found, by=by, now=clock.now())
        messages.success(request, _("Ditandai diserahkan: %d bulan iuran.") % sent)
    except remittance_files.CannotHandOver as refusal:
        messages.warning(request, str(refusal))
    return redirect("remittance", uuid)


@access.treasurers
@never_cache
@require_POST
def remittance_upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take BPJS's acceptance file, and lead to its preview."""
    by = user_of(request)
    found = access.remittance_to_act_on(by, uuid)
    form = AnswersForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = answer_files.receive(
                remittance=found, content=form.content(), sender=by, now=clock.now()
            )
        except (answer_files.CannotImport, Unreadable) as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("remittance_answer", kept.uuid)
    return _show(request, found, status=400, upload=form)


@access.treasurers
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remittance_answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what a file of answers would do line by line, and do it once confirmed."""
    by = user_of(request)
    file = access.answer_for(by, uuid)
    back = redirect("remittance", file.remittance.uuid)
    try:
        if request.method == "POST":
            done = answer_files.apply(file=file, by=by, now=clock.now())
            told = {"yes": done.accepted, "no": done.rejected}
            messages.success(request, _("%(yes)d bulan diterima, %(no)d ditolak.") % told)
            return back
        if file.applied_at is not None:
            messages.info(request, _("Berkas yang sama sudah disimpan. Tidak ada yang berubah."))
            return back
        found = answer_files.preview(file=file)
    except answer_files.CannotImport as refusal:
        messages.warning(request, str(refusal))
        return back
    kind = request.GET.get("jenis", "")
    lines = selectors.in_order(found.lines, kind=kind)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "file": file,
        "found": found,
        "kinds": selectors.kinds_of(found),
        "kind": kind,
        "page": page,
        "rows": selectors.told_rows(page.object_list),
    }
    return render(request, "contributions/remittance_answer.html", context)


def _show(request: HttpRequest, found: Remittance, status: int = 200, **more: Any) -> HttpResponse:
    state = request.GET.get("status", "")
    lines = Paginator(selectors.lines_of(found, state=state), PAGE_SIZE)
    by = user_of(request)
    [row] = selectors.rows_of([found])
    context = {
        "row": row,
        "remittance": found,
        "file": selectors.file_of(found),
        "by_hand": selectors.is_by_hand(found),
        "may_act": access.looks_after(by, found.office),
        "answers": selectors.answers_of(found),
        "page": lines.get_page(request.GET.get("page")),
        "state": state,
        "now": clock.now(),
        "purpose": PurposeForm(),
        "upload": AnswersForm(),
        **more,
    }
    return render(request, "contributions/remittance.html", context, status=status)
