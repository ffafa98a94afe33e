"""Pages about cover: the donor's workers, one sponsorship, and the public card."""

from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from contributions import access, ahead, control_page, gate, selectors
from contributions.not_renewed import reasons
from contributions.services import stopping
from regions.selectors import default_office_for

PAGE_SIZE = 20


@login_required
@require_safe
def sponsorships(request: HttpRequest) -> HttpResponse:
    """List whom the donor sponsors, those whose cover ends first on top."""
    today = clock.jakarta_date(clock.now())
    pages = Paginator(selectors.sponsorships_of(request.user), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    rows = selectors.with_cover(page.object_list, today=today)
    context = {"page": page, "rows": rows, "today": today}
    return render(request, "contributions/sponsorships.html", context)


@login_required
@require_safe
def sponsorship(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one sponsorship: cover, months, what is next, and how to stop it."""
    today = clock.jakarta_date(clock.now())
    found = access.sponsorship_for(request.user, uuid)
    may_act = selectors.may_act(request.user, found)
    why_not = reasons([found]).get(found.pk, "") if may_act else ""
    step = ahead.next_step(found, today=today) if may_act and not why_not else None
    context = {
        "sponsorship": found,
        "step": step,
        "why_not": why_not,
        "change": control_page.sentences_of(step),
        "cover": selectors.cover_status(found.worker, today=today),
        "branch": found.enrollment.office,
        "withheld": gate.withheld([found]),
        "months": selectors.months_of(found),
        "demand": selectors.demand_of(found, today=today),
        "today": today,
        "may_act": may_act,
        "card_url": settings.PUBLIC_URL + reverse("public_card", args=[found.worker.uuid]),
    }
    return render(request, "contributions/sponsorship.html", context)


@login_required
@require_POST
def sponsorship_stop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stop renewing; the months that are paid stay with the worker."""
    found = access.own_sponsorship_for(request.user, uuid)
    try:
        stopping.stop_sponsorship(sponsorship=found, by=user_of(request), now=clock.now())
    except stopping.CannotStop as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("Sudah dihentikan. Bulan yang sudah dibayar tetap milik pekerja.")
        )
    return redirect("sponsorship", uuid=uuid)


@login_required
@require_POST
def sponsorship_resume(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let a stopped sponsorship renew again while it still runs."""
    found = access.own_sponsorship_for(request.user, uuid)
    try:
        stopping.resume_sponsorship(sponsorship=found, by=user_of(request), now=clock.now())
    except stopping.CannotResume as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Perpanjangan berjalan lagi."))
    return redirect("sponsorship", uuid=uuid)


@require_safe
def public_card(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show first name, initial and cover, and nothing else, to whoever scans the card."""
    worker = access.card_worker(uuid)
    today = clock.jakarta_date(clock.now())
    context = {
        "worker": worker,
        "cover": selectors.cover_status(worker, today=today),
        "branch": default_office_for(village_code=worker.village_id),
        "today": today,
    }
    return render(request, "contributions/public_card.html", context)


@require_safe
def public_card_qr(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draw the QR code that leads to the public card."""
    worker = access.card_worker(uuid)
    address = settings.PUBLIC_URL + reverse("public_card", args=[worker.uuid])
    picture = segno.make(address, error="m").svg_inline(scale=6, border=4, dark="#10302b")
    svg = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return HttpResponse(svg, content_type="image/svg+xml")
