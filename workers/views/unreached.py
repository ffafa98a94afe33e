"""The page on which a branch sees whom its messages do not reach."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from notices.outcomes import handle_failures
from workers import unreached
from workers.desk_access import branch_only


@never_cache
@branch_only
@require_safe
def failed_messages(request: HttpRequest) -> HttpResponse:
    """List the receivers of the desk whom messages do not reach, why, and what to do."""
    rows = unreached.unreached(user_of(request))
    return render(request, "workers/failed_messages.html", {"rows": rows})


@branch_only
@require_POST
def failed_message_handled(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a receiver off the list: somebody of the branch has acted."""
    user = user_of(request)
    message = unreached.failure_for(user, uuid)
    handle_failures(message=message, by=user, now=clock.now())
    messages.success(request, _("Dicatat: sudah ditangani."))
    return redirect("failed_messages")
