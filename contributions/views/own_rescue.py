"""The worker's own page, once nobody goes on paying: ask for another donor, pay himself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bricks import clock
from contributions.links import pay_url
from contributions.models import WaitingPlace
from contributions.services import waiting
from contributions.services.paying_himself import (
    AlreadyAsked,
    CannotPayHimself,
    NothingToTakeBack,
    pay_himself,
    take_back,
)
from workers import person_access
from workers.person_access import PersonRequest, own_page


@require_POST
@own_page
def person_ask_sponsor(request: PersonRequest) -> HttpResponse:
    """Put the worker on his branch's waiting list, because he asks for it."""
    worker = person_access.worker_for(request.person)
    try:
        waiting.join(worker=worker, how=WaitingPlace.How.PAGE, now=clock.now())
    except waiting.CannotWait as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Sudah kami terima. Cabang mencarikan sponsor."))
    return redirect("person")


@require_POST
@own_page
def person_unask_sponsor(request: PersonRequest) -> HttpResponse:
    """Let the worker leave the list again."""
    worker = person_access.worker_for(request.person)
    try:
        waiting.withdraw(worker=worker, now=clock.now())
    except waiting.CannotWait as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Anda sudah keluar dari daftar tunggu."))
    return redirect("person")


@require_POST
@own_page
def person_pay(request: PersonRequest) -> HttpResponse:
    """Make the worker's own invoice and lead him to it."""
    worker = person_access.worker_for(request.person)
    text = request.POST.get("months", "")
    months = int(text) if text.isdecimal() and len(text) < 3 else 0
    try:
        invoice = pay_himself(worker=worker, months=months, now=clock.now())
    except AlreadyAsked as asked:
        return redirect(asked.url)
    except CannotPayHimself as error:
        messages.error(request, str(error))
        return redirect("person")
    return redirect(pay_url(invoice))


@require_POST
@own_page
def person_take_back(request: PersonRequest) -> HttpResponse:
    """Withdraw the worker's own unpaid bill: he chooses anew."""
    worker = person_access.worker_for(request.person)
    try:
        take_back(worker=worker, now=clock.now())
    except NothingToTakeBack as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Tagihan dibatalkan. Silakan pilih lagi."))
    return redirect("person")
