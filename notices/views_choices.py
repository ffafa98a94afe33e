"""Pages on which people say what they want to be told."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bricks import clock
from notices import preferences
from notices.forms import EMAIL, PHONE, ChoicesForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def message_choices(request: HttpRequest) -> HttpResponse:
    """Let the user choose kinds, way and zone of his messages."""
    user: Any = request.user
    initial = {
        "wanted": preferences.wanted_groups(user),
        "way": PHONE if user.is_reached_by_phone else EMAIL,
        "zone": user.utc_offset,
    }
    form = ChoicesForm(request.POST or None, initial=initial, user=user)
    if request.method == "POST" and form.is_valid():
        preferences.choose(
            user=user,
            wanted=form.cleaned_data["wanted"],
            prefers_phone=form.cleaned_data.get("way", initial["way"]) == PHONE,
            utc_offset=form.cleaned_data["zone"],
            now=clock.now(),
        )
        messages.success(request, _("Pilihan Anda sudah disimpan."))
        return redirect("message_choices")
    status = 400 if form.errors else 200
    return render(request, "notices/choices.html", {"form": form}, status=status)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request: HttpRequest, token: str) -> HttpResponse:
    """Switch one group off by the link of an e-mail, without signing in.

    A mail programme posts here by itself (RFC 8058), without cookies: the link is the
    proof. A look alone changes nothing, because scanners of mail follow every link.
    """
    try:
        user, group = preferences.read_stop_token(token)
    except preferences.BadToken:
        raise Http404 from None
    stopped = request.method == "POST"
    if stopped:
        preferences.refuse_group(user=user, group=group, now=clock.now())
    context = {"group": preferences.Group(group).label, "stopped": stopped}
    return render(request, "notices/stop.html", context)
