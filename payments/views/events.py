"""What providers told and no rule covers: read, asked again, ruled on."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from payments import event_selectors
from payments.event_access import event_for, event_readers, event_rulers, reads_body
from payments.event_forms import RulingForm
from payments.gateways.protocol import GatewayUnavailable
from payments.gateways.registry import UnknownGateway
from payments.models import ProviderEvent
from payments.services.questions import AlreadyRuled, ask_again, rule

PAGE_SIZE = 20


@event_readers
@never_cache
@require_safe
def provider_events(request: HttpRequest) -> HttpResponse:
    """List what waits for a person, or, asked for, what somebody has ruled on."""
    done = "selesai" in request.GET
    user = user_of(request)
    rows = event_selectors.ruled(user) if done else event_selectors.waiting(user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": event_selectors.questions(page.object_list), "done": done}
    return render(request, "payments/events/list.html", context)


@event_readers
@never_cache
@require_safe
def provider_event(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one event: what was said, what is true, what can be done."""
    return _page(request, event_for(user_of(request), pk), RulingForm(), status=200)


@event_rulers
@require_POST
def event_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the provider again and apply what it says."""
    event = event_for(user_of(request), pk)
    try:
        asked = ask_again(event=event, by=user_of(request), now=clock.now())
    except AlreadyRuled:
        messages.info(request, _("Kabar ini sudah selesai. Tidak ada yang berubah."))
    except UnknownGateway:
        messages.error(request, _("Penyedia ini tidak dipakai lagi. Tanyakan langsung kepadanya."))
    except GatewayUnavailable:
        messages.error(request, _("Penyedia belum menjawab. Coba lagi sebentar."))
    else:
        if asked.outcome in {ProviderEvent.Outcome.APPLIED, ProviderEvent.Outcome.IGNORED}:
            messages.success(request, _("Sudah cocok dengan penyedia. Kabar ini selesai."))
            return redirect("provider_events")
        messages.info(request, _("Penyedia sudah menjawab. Lihat jawabannya di bawah."))
    return redirect("provider_event", pk=pk)


@event_rulers
@require_POST
def event_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an event with a note."""
    event = event_for(user_of(request), pk)
    form = RulingForm(request.POST)
    if not form.is_valid():
        return _page(request, event, form, status=400)
    try:
        rule(event=event, note=form.cleaned_data["note"], by=user_of(request), now=clock.now())
        messages.success(request, _("Kabar ini selesai."))
    except AlreadyRuled:
        messages.info(request, _("Kabar ini sudah selesai. Tidak ada yang berubah."))
    return redirect("provider_events")


def _page(
    request: HttpRequest, event: ProviderEvent, form: RulingForm, *, status: int
) -> HttpResponse:
    [question] = event_selectors.questions([event])
    context = {
        "row": question,
        "form": form,
        "reads_body": reads_body(user_of(request)),
        "may_rule": reads_body(user_of(request)) and not question.ruled,
    }
    return render(request, "payments/events/detail.html", context, status=status)
