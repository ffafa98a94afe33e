"""Who has opened his own page in this browser, for half an hour after the last step.

The session keeps the name of the code that was used, and nothing about the person.
Phones are shared: "Selesai" forgets it at once.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from bricks import clock
from workers.models import Enrollment, PersonCode, Worker
from workers.person_selectors import Person, cases_of, worker_of
from workers.ports import paid_spans
from workers.services.own_access import Asked, person_of

OPEN, ASKED = "person", "person_asked"
IDLE = timedelta(minutes=30)

View = Callable[..., HttpResponse]


class PersonRequest(HttpRequest):
    """A request that `own_page` has let in."""

    person: Person


def own_page(view: View) -> View:
    """Let in who has opened his page with a code; everybody else is asked for one."""

    @never_cache
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        now = clock.now()
        person = _opened(request, now)
        if person is None:
            return redirect("person_enter")
        request.session[OPEN] = {**request.session[OPEN], "seen": now.timestamp()}
        request.person = person
        return view(request, *args, **kwargs)

    return guarded


def _opened(request: HttpRequest, now: datetime) -> Person | None:
    kept = request.session.get(OPEN)
    if not kept or now.timestamp() - kept["seen"] > IDLE.total_seconds():
        close(request)
        return None
    return person_of(code=UUID(kept["code"]), now=now)


def open_page(request: HttpRequest, code: PersonCode, now: datetime) -> None:
    """Let this browser in, under a new session key."""
    request.session.cycle_key()
    request.session.pop(ASKED, None)
    request.session[OPEN] = {"code": str(code.uuid), "seen": now.timestamp()}


def close(request: HttpRequest) -> None:
    """Forget who was here."""
    for key in (OPEN, ASKED):
        request.session.pop(key, None)


def keep_asked(request: HttpRequest, asked: Asked) -> None:
    """Remember which codes this browser has asked for; none but it may guess them."""
    request.session[ASKED] = [str(code) for code in asked.codes]


def asked_of(request: HttpRequest) -> Asked | None:
    """Return the codes that this browser waits for."""
    kept = request.session.get(ASKED)
    return Asked(tuple(UUID(code) for code in kept)) if kept else None


def case_for(person: Person, uuid: UUID) -> Enrollment:
    """Return a case of the person. Raises Http404 for anybody else's."""
    found = cases_of(person).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def worker_for(person: Person) -> Worker:
    """Return the registry's worker whom the person's code opens, or raise Http404."""
    found = worker_of(person)
    if found is None:
        raise Http404
    return found


def last_paid_day(worker: Worker) -> date | None:
    """Return the last day that anybody has paid for the worker."""
    spans = paid_spans([worker.pk]).get(worker.pk, [])
    return max((span.covered_until for span in spans), default=None)
