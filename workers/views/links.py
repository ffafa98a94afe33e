"""The worker's page behind the link that a donor sent him; nobody signs in here."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bricks import clock
from workers import consent_text, selectors
from workers.drafts import cut
from workers.forms.links import HELPED, WorkerOwnForm
from workers.models import WorkerLink
from workers.reasons import read_reasons
from workers.selectors import LinkState
from workers.services import consenting
from workers.services.handing_in import CannotHandIn


def _closed(request: HttpRequest, link: WorkerLink | None, state: str) -> HttpResponse:
    """Say kindly why nothing can be filled in here (any more)."""
    context = {"link": link, "state": state}
    status = {"unknown": 404, "used": 200}.get(state, 410)
    return render(request, "workers/link_closed.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def worker_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let the worker read who pays and what for, fill in his data, and agree."""
    now = clock.now()
    link = selectors.link_of_token(token)
    if link is None:
        return _closed(request, None, "unknown")
    state = selectors.state_of(link, now)
    if state != LinkState.OPEN:
        return _closed(request, link, state)
    form = WorkerOwnForm(cut(request.POST) or None, today=clock.jakarta_date(now))
    if request.method == "POST" and form.is_valid():
        try:
            consenting.agree(
                link=link,
                data=form.own_data(),
                helped=form.cleaned_data["by"] == HELPED,
                now=now,
            )
        except consenting.LinkClosed:
            return redirect("worker_link", token)
        except CannotHandIn as error:
            form.add_error(None, str(error))
        else:
            return redirect("worker_link", token)
    return _form_page(request, token, link, form)


def _form_page(
    request: HttpRequest, token: str, link: WorkerLink, form: WorkerOwnForm
) -> HttpResponse:
    version, sentence, points = consent_text.current()
    context = {
        "form": form,
        "token": token,
        "donor_name": selectors.donor_name_for_worker(link.enrollment),
        "case": link.enrollment,
        "reasons": read_reasons(link.enrollment.reasons),
        "version": version,
        "sentence": sentence,
        "points": points,
    }
    return render(request, "workers/link_form.html", context, status=400 if form.errors else 200)


@never_cache
@require_POST
def worker_link_refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Let the worker say no."""
    link = selectors.link_of_token(token)
    if link is None:
        return _closed(request, None, "unknown")
    # A link that is closed by now says so itself.
    with suppress(consenting.LinkClosed):
        consenting.refuse(link=link, now=clock.now())
    return redirect("worker_link", token)
