"""The worker's own page, and the card that he prints for his family (P16)."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bricks import clock
from contributions import own_page as pages
from workers import consent_text
from workers.person_access import PersonRequest, own_page


@require_safe
@own_page
def person(request: PersonRequest) -> HttpResponse:
    """Show who pays, until when, what he gets, and what he can do."""
    today = clock.jakarta_date(clock.now())
    page = pages.own_page(request.person, today=today)
    _version, sentence, points = consent_text.current()
    context = {
        "page": page,
        "branch": page.office,
        "today": today,
        "sentence": sentence,
        "points": points,
    }
    return render(request, "contributions/own.html", context)


@require_safe
@own_page
def person_card(request: PersonRequest) -> HttpResponse:
    """Show the family card: what to do in need, whom to call, which papers."""
    today = clock.jakarta_date(clock.now())
    page = pages.own_page(request.person, today=today)
    address = ""
    if page.worker:
        address = settings.PUBLIC_URL + reverse("public_card", args=[page.worker.uuid])
    context = {"page": page, "branch": page.office, "today": today, "card_url": address}
    return render(request, "contributions/own_card.html", context)
