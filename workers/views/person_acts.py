"""What a worker does on his own page. Each step is safe to repeat and answered kindly."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bricks import clock
from workers import person_access
from workers.forms.person import WRONG, CorrectionForm, WrongForm
from workers.models import Enrollment, Said, WorkerEvent
from workers.person_access import PersonRequest, own_page
from workers.services import changing, freezing, living, own_acts
from workers.services.handing_in import CannotHandIn

FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
@own_page
def person_agree(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Let the worker say yes."""
    case = person_access.case_for(request.person, uuid)
    try:
        own_acts.agree(enrollment=case, opened=request.person, now=clock.now())
    except CannotHandIn as error:
        messages.error(request, str(error))
    else:
        told = {"number": case.number}
        messages.success(request, _("Sudah kami terima, no. %(number)s. Cabang memeriksa.") % told)
    return redirect("person")


@require_POST
@own_page
def person_refuse(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Let the worker say no."""
    case = person_access.case_for(request.person, uuid)
    try:
        own_acts.refuse(enrollment=case, opened=request.person, now=clock.now())
    except CannotHandIn:
        messages.error(request, _("Cabang sudah memutuskan. Telepon 175, kami bantu."))
    else:
        messages.success(request, _("Sudah kami terima. Pendaftaran ini tidak diteruskan."))
    return redirect("person")


@require_POST
@own_page
def person_not_me(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Freeze an unpaid case: the worker knows nothing of it (P18)."""
    case = person_access.case_for(request.person, uuid)
    try:
        freezing.freeze(
            enrollment=case,
            because=Enrollment.Frozen.NOT_ME,
            by=None,
            now=clock.now(),
            through=request.person.through,
        )
    except freezing.NothingToFreeze:
        messages.error(request, _("Iurannya sudah dibayar. Telepon 175 atau datang ke cabang."))
    else:
        messages.success(request, _("Sudah kami terima. Pendaftaran ini dihentikan dulu."))
    return redirect("person")


@FORM
@own_page
def person_wrong(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Let the worker name what is wrong in a case that is still checked."""
    case = person_access.case_for(request.person, uuid)
    form = WrongForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wrong = form.cleaned_data["wrong"]
        words = ", ".join(str(WRONG[name]) for name in wrong)
        try:
            own_acts.say_wrong(
                enrollment=case, opened=request.person, wrong=wrong, words=words, now=clock.now()
            )
        except CannotHandIn as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Sudah kami terima. Cabang akan bertanya kepada Anda."))
        return redirect("person")
    return _form(request, "workers/person_wrong.html", form, case=case)


@FORM
@own_page
def person_correct(request: PersonRequest) -> HttpResponse:
    """Let a registered worker propose what is right; the branch decides."""
    worker = person_access.worker_for(request.person)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.propose(
                worker=worker,
                values=form.values(),
                reason=_("Pekerja sendiri, di halamannya."),
                said_by=Said.WORKER,
                by=None,
                now=clock.now(),
                through=request.person.through,
            )
        except changing.CannotChange as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sudah kami terima. Cabang menjawab dalam 3 hari."))
            return redirect("person")
    return _form(request, "workers/person_correct.html", form)


@FORM
@own_page
def person_leave(request: PersonRequest) -> HttpResponse:
    """Tell kindly what is lost, and let the worker leave all the same."""
    worker = person_access.worker_for(request.person)
    if request.method == "POST":
        now = clock.now()
        living.record_event(
            worker=worker,
            kind=WorkerEvent.Kind.LEFT,
            happened_on=clock.jakarta_date(now),
            said_by=Said.WORKER,
            by=None,
            now=now,
            through=request.person.through,
        )
        messages.success(request, _("Sudah kami terima. Berubah pikiran? Hubungi cabang."))
        return redirect("person")
    last_day = person_access.last_paid_day(worker)
    return render(request, "workers/person_leave.html", {"last_day": last_day})


def _form(request: PersonRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)
