"""How a worker opens his own page: a code by SMS, or the one on paper; and checks a message."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.limits import may_send
from bricks import clock
from bricks.phones import mask_phone
from workers import person_access
from workers.forms.person import CheckForm, CodeForm, EnterForm, PrintedForm
from workers.services import own_access

FORM = require_http_methods(["GET", "HEAD", "POST"])
#: In an hour: of one browser, and of the many phones behind one address.
LIMITS = {"per_browser": 12, "per_address": 120}
TOO_OFTEN = 429


def _page(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def _too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "workers/person_wait.html", status=TOO_OFTEN)


@never_cache
@FORM
def person_enter(request: HttpRequest) -> HttpResponse:
    """Ask for phone and birth date, and send a code; the answer is the same for everybody."""
    form = EnterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        if not may_send(request, what="person_enter", now=now, **LIMITS):
            return _too_often(request)
        data = form.cleaned_data
        try:
            asked = own_access.send_code(
                phone=data["phone"], birth_date=data["birth_date"], now=now
            )
        except own_access.AskedTooOften:
            return _too_often(request)
        person_access.keep_asked(request, asked)
        request.session["person_phone"] = mask_phone(data["phone"])
        return redirect("person_code")
    return _page(request, "workers/person_enter.html", form)


@never_cache
@FORM
def person_code(request: HttpRequest) -> HttpResponse:
    """Take the six digits."""
    asked = person_access.asked_of(request)
    if asked is None:
        return redirect("person_enter")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        if not may_send(request, what="person_code", now=now, **LIMITS):
            return _too_often(request)
        try:
            code = own_access.open_by_phone(asked=asked, code=form.cleaned_data["code"], now=now)
        except own_access.WrongCode:
            form.add_error(
                "code", _("Kode tidak cocok atau sudah lewat. Periksa, atau minta lagi.")
            )
        else:
            person_access.open_page(request, code, now)
            return redirect("person")
    phone = request.session.get("person_phone", "")
    return _page(request, "workers/person_code.html", form, phone=phone)


@never_cache
@FORM
def person_printed(request: HttpRequest) -> HttpResponse:
    """Take the code that the branch has printed."""
    form = PrintedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        if not may_send(request, what="person_printed", now=now, **LIMITS):
            return _too_often(request)
        try:
            code = own_access.open_by_print(**form.cleaned_data, now=now)
        except own_access.WrongCode:
            form.add_error(None, _("Kode dan tanggal lahir tidak cocok. Periksa lagi keduanya."))
        else:
            person_access.open_page(request, code, now)
            return redirect("person")
    return _page(request, "workers/person_printed.html", form)


@never_cache
@FORM
def person_check(request: HttpRequest) -> HttpResponse:
    """Tell whether a message with this code comes from the portal (P18), and nothing else."""
    form = CheckForm(request.POST if request.method == "POST" else None)
    genuine = None
    if request.method == "POST" and form.is_valid():
        if not may_send(request, what="person_check", now=clock.now(), **LIMITS):
            return _too_often(request)
        genuine = own_access.is_greeted(form.case_id())
    return _page(request, "workers/person_check.html", form, genuine=genuine)


@require_POST
def person_done(request: HttpRequest) -> HttpResponse:
    """Forget on a shared phone who was here."""
    person_access.close(request)
    request.session.pop("person_phone", None)
    return redirect("person_enter")
