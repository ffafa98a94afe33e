"""Check files at the desk: proposed, let out, fetched, answered (P21)."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bricks import clock
from workers import batch_selectors, desk_selectors
from workers.batch_access import answer_for, batch_for
from workers.checkfile.reading import Unreadable
from workers.checkfile.words import preview_rows
from workers.desk_access import StaffRequest, branch_only, supervisors_only
from workers.forms.batches import AnswerForm, BatchForm
from workers.models import CheckBatch
from workers.services import check_answers, check_files, sandbox_answers

PAGE_SIZE = 25
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

page = require_http_methods(["GET", "HEAD", "POST"])


@branch_only
@never_cache
@require_safe
def check_files_list(request: StaffRequest) -> HttpResponse:
    """List the check files of the user's desk, the latest first."""
    batches = batch_selectors.batches_of(request.user)
    shown = Paginator(batches, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workers/check_files.html", {"page": shown})


@branch_only
@never_cache
@page
def check_file_new(request: StaffRequest) -> HttpResponse:
    """Propose a file of waiting cases."""
    offices = desk_selectors.desk_offices(request.user)
    form = BatchForm(request.POST or None, offices=offices)
    if request.method == "POST" and form.is_valid():
        try:
            batch = check_files.propose(officer=request.user, now=clock.now(), **form.said())
        except check_files.CannotCheck as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Berkas %s menunggu penyelia.") % batch.number)
            return redirect("check_file", batch.uuid)
    status = 400 if form.errors else 200
    return render(request, "workers/check_file_new.html", {"form": form}, status=status)


@branch_only
@never_cache
@require_safe
def check_file(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show one check file, and what the user may do with it."""
    return _show(request, batch_for(request.user, uuid))


@supervisors_only
@require_POST
def check_file_release(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let a proposed file out."""
    told = _("Berkas %s siap diambil pembuatnya.")
    return _decide(request, batch_for(request.user, uuid), check_files.release, told)


@supervisors_only
@require_POST
def check_file_refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Refuse a proposed file."""
    told = _("Berkas %s ditolak.")
    return _decide(request, batch_for(request.user, uuid), check_files.refuse, told)


@branch_only
@never_cache
@require_safe
def check_file_download(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Hand the locked file to its maker or a supervisor; it is logged."""
    batch = batch_for(request.user, uuid)
    try:
        content = check_files.fetch(batch=batch, viewer=request.user, now=clock.now())
    except check_files.CannotCheck as refusal:
        messages.warning(request, str(refusal))
        return redirect("check_file", uuid)
    headers = {
        "Content-Disposition": f'attachment; filename="{batch.number}.xlsx"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=XLSX, headers=headers)


@branch_only
@never_cache
@require_POST
def check_file_password(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the password of a file to its maker; it is logged."""
    batch = batch_for(request.user, uuid)
    try:
        password = check_files.show_password(batch=batch, viewer=request.user, now=clock.now())
    except check_files.CannotCheck as refusal:
        messages.warning(request, str(refusal))
        return redirect("check_file", uuid)
    return _show(request, batch, password=password)


@branch_only
@never_cache
@require_POST
def check_file_upload(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take a file that came back, and lead to its preview."""
    batch = batch_for(request.user, uuid)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, batch, form=form)
    return _received(request, batch, form, form.content)


@branch_only
@never_cache
@require_POST
def check_file_sandbox(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let the sandbox answer in place of the real system; only the demo has one."""
    batch, now = batch_for(request.user, uuid), clock.now()
    form = AnswerForm()
    return _received(
        request, batch, form, lambda: sandbox_answers.sandbox_answers(batch=batch, now=now)
    )


@branch_only
@never_cache
@page
def check_file_answer(request: StaffRequest, uuid: UUID, answer: UUID) -> HttpResponse:
    """Show what a file of answers would do, and do it once its sender confirms."""
    kept, now = answer_for(request.user, uuid, answer), clock.now()
    try:
        if request.method == "POST":
            done = check_answers.apply(answer=kept, sender=request.user, now=now)
            messages.success(request, _("%d jawaban sudah disimpan.") % done.saved)
            return redirect("check_file", uuid)
        if kept.applied_at is not None:
            messages.info(request, _("Berkas yang sama sudah disimpan. Tidak ada yang berubah."))
            return redirect("check_file", uuid)
        found = check_answers.preview(answer=kept, now=now)
    except (check_files.CannotCheck, Unreadable) as refusal:
        messages.warning(request, str(refusal))
        return redirect("check_file", uuid)
    context = {"batch": kept.batch, "answer": kept, "found": found, "rows": preview_rows(found)}
    return render(request, "workers/check_file_answer.html", context)


# --- what the doors share ----------------------------------------------------------
def _decide(
    request: StaffRequest, batch: CheckBatch, verb: Callable[..., object], told: str
) -> HttpResponse:
    try:
        verb(batch=batch, supervisor=request.user, now=clock.now())
    except check_files.CannotCheck as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, told % batch.number)
    return redirect("check_file", batch.uuid)


def _received(
    request: StaffRequest, batch: CheckBatch, form: AnswerForm, content: Callable[[], bytes]
) -> HttpResponse:
    """Keep an answer and lead to its preview, or say beside the form why not."""
    try:
        answer = check_answers.receive(
            batch=batch, content=content(), sender=request.user, now=clock.now()
        )
    except (check_files.CannotCheck, Unreadable) as refusal:
        return _show(request, batch, form=form, refusal=str(refusal))
    return redirect("check_file_answer", batch.uuid, answer.uuid)


def _show(
    request: StaffRequest,
    batch: CheckBatch,
    *,
    form: AnswerForm | None = None,
    refusal: str = "",
    password: str = "",
) -> HttpResponse:
    lines = Paginator(batch_selectors.lines_of(batch), PAGE_SIZE)
    shown = lines.get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "rights": batch_selectors.rights_of(request.user, batch),
        "answers": batch_selectors.answers_of(batch),
        "page": shown,
        "rows": batch_selectors.line_rows(shown.object_list),
        "form": form or AnswerForm(),
        "refusal": refusal,
        "password": password,
    }
    status = 400 if form or refusal else 200
    return render(request, "workers/check_file.html", context, status=status)
