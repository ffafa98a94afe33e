"""A donor hands over, takes over by a link, or chooses from the waiting list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import donors_only, user_of
from accounts.models import User
from bricks import clock
from contributions import access as cover_access
from contributions import hand_over_links, rescue_pages
from contributions import rescue_access as access
from contributions.models import HandOver
from contributions.rescue_forms import TermsForm
from contributions.services import handing_over, taking_over
from contributions.services.handing_over import CannotHandOver
from contributions.services.taking_over import CannotTakeOver, Terms
from workers.entries import MOST_WORKERS
from workers.services.handing_in import CannotHandIn

FORM = require_http_methods(["GET", "HEAD", "POST"])
CARDS_A_PAGE = 20


# --- who hands over ------------------------------------------------------------------------
@login_required
@never_cache
@FORM
def hand_over(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Explain the hand-over, make the link, and show it while it works."""
    found, now = cover_access.own_sponsorship_for(request.user, uuid), clock.now()
    if request.method == "POST":
        try:
            handing_over.make_link(sponsorship=found, by=user_of(request), now=now)
        except CannotHandOver as error:
            messages.error(request, str(error))
        return redirect("hand_over", uuid=uuid)
    offer = access.open_offer(found)
    works = offer is not None and offer.expires_at > now
    today = clock.jakarta_date(now)
    context = {
        "sponsorship": found,
        "offer": offer if works else None,
        "url": hand_over_links.url(offer) if offer and works else "",
        "may_offer": taking_over.is_to_hand_over(found, today=today),
        "most": MOST_WORKERS,
    }
    return render(request, "contributions/hand_over.html", context)


@login_required
@require_POST
def hand_over_revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the link back."""
    found = cover_access.own_sponsorship_for(request.user, uuid)
    if handing_over.revoke_link(sponsorship=found, by=user_of(request), now=clock.now()):
        messages.success(request, _("Tautannya tidak berlaku lagi."))
    return redirect("hand_over", uuid=uuid)


# --- who takes over ------------------------------------------------------------------------
@donors_only
@never_cache
@FORM
def take_over(request: HttpRequest, token: str) -> HttpResponse:
    """Show job, place, months and price of what is handed over, and let the donor accept."""
    offer, user = access.offer_of(token), user_of(request)
    form = _form(request, user)
    if request.method == "POST" and form.is_valid():
        try:
            taking_over.accept(hand_over=offer, terms=_terms(form), by=user, now=clock.now())
        except (CannotTakeOver, CannotHandIn) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sudah kami terima. Pekerja dan cabang memeriksa dulu."))
            return redirect("choose_waiting")
    return _offer_page(request, offer, form)


def _offer_page(request: HttpRequest, offer: HandOver, form: TermsForm) -> HttpResponse:
    now, former = clock.now(), offer.sponsorship
    today = clock.jakarta_date(now)
    is_open = offer.used_at is None and offer.revoked_at is None and offer.expires_at > now
    begins = rescue_pages.begins_of(former, today=today)
    context = {
        "form": form,
        "works": is_open and taking_over.is_to_hand_over(former, today=today),
        "is_own": access.pays_already(user_of(request), former),
        "worker": former.worker,
        "place": rescue_pages.places_of([former.worker])[former.worker_id],
        "begins": begins,
        "quotes": [(n, rescue_pages.price_of(former, begins, n)) for n in (12, 6, 3, 1)],
    }
    status = 400 if form.errors else 200
    return render(request, "contributions/take_over.html", context, status=status)


@donors_only
@never_cache
@FORM
def choose_waiting(request: HttpRequest) -> HttpResponse:
    """Show who waits, without names, and let the donor choose up to five of them."""
    user = user_of(request)
    form = _form(request, user)
    chosen = request.POST.getlist("pilih")
    if form.is_bound and not 1 <= len(chosen) <= MOST_WORKERS:
        form.full_clean()
        form.add_error(None, _("Pilih 1 sampai 5 pekerja."))
    if form.is_bound and form.is_valid():
        places = access.places_to_choose(chosen)
        try:
            if len(places) != len(set(chosen)):
                raise taking_over.PlaceTaken
            taking_over.choose(places=places, terms=_terms(form), by=user, now=clock.now())
        except (CannotTakeOver, CannotHandIn) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sudah kami terima. Cabang memeriksa, lalu Anda membayar."))
            return redirect("choose_waiting")
    return _choose_page(request, form, chosen)


def _choose_page(request: HttpRequest, form: TermsForm, chosen: list[str]) -> HttpResponse:
    today = clock.jakarta_date(clock.now())
    page = Paginator(rescue_pages.free_places(), CARDS_A_PAGE).get_page(request.GET.get("page"))
    own = list(access.take_overs_of(request.user)[:CARDS_A_PAGE])
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen,
        "page": page,
        "cards": rescue_pages.cards_of(list(page.object_list), today=today),
        "own": rescue_pages.own_choices(own, writable=access.writable_ids(request.user)),
        "most": MOST_WORKERS,
    }
    status = 400 if form.errors else 200
    return render(request, "contributions/choose_waiting.html", context, status=status)


@donors_only
@require_POST
def take_over_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let the donor change his mind before the branch has decided."""
    found, user = access.take_over_of(user_of(request), uuid), user_of(request)
    try:
        taking_over.withdraw(take_over=found, by=user, now=clock.now())
    except CannotTakeOver as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Pilihan ini dibatalkan."))
    return redirect("choose_waiting")


def _form(request: HttpRequest, user: User) -> TermsForm:
    # Also where nothing at all was sent: that is an answer as any other.
    said = request.POST if request.method == "POST" else None
    return TermsForm(said, programmes=access.programmes_for(user))


def _terms(form: TermsForm) -> Terms:
    return Terms(
        programme=form.programme_chosen,
        months=form.cleaned_data["months"],
        relation=form.cleaned_data["relation"],
    )
