"""Pages about what goes out and what the clock did."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import roles_only
from accounts.models import Role
from bricks import clock
from notices import selectors, services
from notices.channel_health import health_of_channels
from notices.replies import MAILBOX, Answer
from regions.selectors import lacking_years

LONGEST_REPLY = 500


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show the built-in mailbox of the demo; elsewhere it does not exist."""
    if not settings.DEMO:
        raise Http404
    address = request.GET.get("untuk", "").strip()
    letters = selectors.newest_letters(address=address)
    return render(request, "notices/mailbox.html", {"letters": letters, "address": address})


@require_POST
def mailbox_reply(request: HttpRequest) -> HttpResponse:
    """Answer a letter to a phone, as its owner would: a local stand-in for the provider."""
    if not settings.DEMO:
        raise Http404
    text = request.POST.get("balasan", "")[:LONGEST_REPLY]
    phone = selectors.phone_of_letter(request.POST.get("surat", ""))
    if phone is None:
        raise Http404
    answer = Answer(provider_id=uuid4().hex, phone=phone, text=text.strip(), raw=text)
    services.keep_reply(provider=MAILBOX, answer=answer, now=clock.now())
    messages.success(request, _("Balasan terkirim. Jawabannya muncul di kotak surat ini."))
    return redirect("mailbox")


@roles_only(Role.Kind.HEAD_OFFICE)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Show head office when each clock job last ran, and how it ended."""
    now = clock.now()
    context = {
        "rows": selectors.jobs_overview(now=now),
        "health": health_of_channels(now=now),
        "lacking_years": lacking_years(clock.jakarta_date(now)),
    }
    return render(request, "notices/jobs.html", context)
