"""The branch's waiting list: who waits, who should be asked, who leaves."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from contributions import rescue_access as access
from contributions import rescue_pages
from contributions.rescue_forms import AgreedForm, RemoveForm
from contributions.services import waiting

PAGE_SIZE = 30
TO_ASK = "tanya"


@access.READERS
@require_safe
def waiting_list(request: HttpRequest) -> HttpResponse:
    """List who waits, the one first who loses most; or whom the branch should still ask."""
    user, today = user_of(request), clock.jakarta_date(clock.now())
    part = TO_ASK if request.GET.get("bagian") == TO_ASK else ""
    waits, asks = rescue_pages.waiting_list(user), rescue_pages.to_ask(user, today=today)
    page = Paginator(asks if part else waits, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "part": part,
        "page": page,
        "rows": page.object_list if part else rescue_pages.list_rows(page.object_list),
        "counts": (waits.count(), asks.count()),
        "offices": rescue_pages.counts_by_office(user),
        "agreed": AgreedForm(),
        "may_act": user.is_branch,
        "today": today,
    }
    return render(request, "contributions/waiting_list.html", context)


@access.BRANCH
@require_POST
def waiting_record(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Record that a worker agreed to another donor, and put him on the list."""
    user, form = user_of(request), AgreedForm(request.POST)
    row = access.ended_sponsorship(user, uuid)
    if not form.is_valid():
        messages.error(request, _("Pilih bagaimana pekerja menyetujui."))
        return redirect(f"{reverse('waiting_list')}?bagian={TO_ASK}")
    try:
        waiting.join(worker=row.worker, how=form.cleaned_data["how"], by=user, now=clock.now())
    except waiting.CannotWait as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Sudah masuk daftar tunggu."))
    return redirect("waiting_list")


@access.BRANCH
@require_POST
def waiting_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a worker off the list, for a reason."""
    user, form = user_of(request), RemoveForm(request.POST)
    place = access.place_of(user, uuid)
    if not form.is_valid():
        messages.error(request, _("Tulis alasannya."))
        return redirect("waiting_list")
    try:
        waiting.remove(place=place, reason=form.cleaned_data["reason"], by=user, now=clock.now())
    except waiting.CannotWait as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Sudah dikeluarkan dari daftar tunggu."))
    return redirect("waiting_list")
