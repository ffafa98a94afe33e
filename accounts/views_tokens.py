"""The page on which a user makes and withdraws tokens for the API."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import tokens
from bricks import clock


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """List the user's tokens; a POST makes one and shows it this once."""
    user: Any = request.user
    now = clock.now()
    made = ""
    if request.method == "POST":
        try:
            made = tokens.create_token(user=user, now=now)
        except tokens.TooManyTokens:
            messages.warning(request, _("Anda sudah punya lima token. Cabut satu dulu."))
    rows = [(tokens.id_of(token), token) for token in tokens.tokens_of(user, now=now)]
    context = {"made": made, "rows": rows, "full": len(rows) >= tokens.MOST_TOKENS}
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def token_revoke(request: HttpRequest) -> HttpResponse:
    """Withdraw a token; once it is gone, the answer is the same again."""
    user: Any = request.user
    tokens.revoke_token(user=user, token_id=request.POST.get("token", ""), now=clock.now())
    messages.success(request, _("Token sudah dicabut."))
    return redirect("tokens")
