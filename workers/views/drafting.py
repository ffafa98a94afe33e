"""Filling in an order, page by page. Each page keeps what was typed, right or wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import donors_only
from bricks import clock
from donors.access import organisation_programmes
from donors.models import Donor
from workers import selectors
from workers.access import writable_order
from workers.drafts import DraftWorker, answers, cut, is_key, new_key, read_draft
from workers.entries import FORM, LINK, MOST_WORKERS
from workers.forms.fields import WorkerDataForm
from workers.forms.order import OWN, ProofForm, TermsForm, WhoForm, data_answers, data_initial
from workers.forms.reading import OrderReading, needs_consent, read_order
from workers.models import Order
from workers.services import ordering
from workers.services.evidence import BadFile
from workers.services.handing_in import CannotHandIn

View = Callable[..., HttpResponse]
page = require_http_methods(["GET", "HEAD", "POST"])
#: The pages about one worker, in order.
STEPS = ("order_worker", "order_data", "order_proof")
#: In the address of a page that one opens to mend what is missing.
CHECK = "periksa"


def of_draft(view: View) -> View:
    """Give the view the order of the address, while it is a draft that the user may fill in.

    An order that was sent meanwhile, in another tab or by a second press, leads to the
    page that says so.
    """

    @donors_only
    @wraps(view)
    def door(request: HttpRequest, uuid: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        order = writable_order(request.user, uuid)  # type: ignore[arg-type]
        if order.status != Order.Status.DRAFT:
            return redirect("order_edit", uuid)
        try:
            return view(request, order, *args, **kwargs)
        except ordering.OrderClosed:
            return redirect("order_edit", uuid)
        except ordering.OrderFull as error:
            messages.warning(request, str(error))
            return redirect("order_edit", uuid)

    return door


# --- the first page ----------------------------------------------------------------
@donors_only
@page
def order_new(request: HttpRequest) -> HttpResponse:
    """Tell the three steps and the price, and ask for how long; then begin the order."""
    programmes = {str(found.uuid): found for found in organisation_programmes(request.user)}
    choices = [(OWN, _("Saya sendiri"))]
    choices += [(key, f"{found.donor.name}: {found.name}") for key, found in programmes.items()]
    form = TermsForm(cut(request.POST) or None, programmes=choices)
    key = _uuid_or_new(request.POST.get("key", ""))
    if request.method == "POST" and form.is_valid():
        try:
            order = ordering.start_order(
                key=key,
                user=request.user,  # type: ignore[arg-type]
                programme=programmes.get(form.cleaned_data.get("programme", OWN)),
                terms=answers(request.POST.dict(), TermsForm.names),
                now=clock.now(),
            )
        except ordering.OrderClosed:
            return redirect("order_new")
        return _go_on(order)
    drafts = selectors.drafts_of(request.user)  # type: ignore[arg-type]
    context = {"form": form, "key": key, "drafts": drafts, "most": MOST_WORKERS}
    return render(request, "workers/order_new.html", context, status=400 if form.errors else 200)


def _go_on(order: Order) -> HttpResponse:
    """Go to the first worker of a new order, or to where an older one stands."""
    if order.status == Order.Status.DRAFT and not read_draft(order.draft).workers:
        return redirect("order_worker", order.uuid, new_key())
    return redirect("order_edit", order.uuid)


def _uuid_or_new(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


# --- the pages of a draft ----------------------------------------------------------
@of_draft
@page
def order_terms(request: HttpRequest, order: Order) -> HttpResponse:
    """Change how long, and the other choices."""
    saved = read_draft(order.draft).terms
    if request.method == "POST":
        saved = answers(request.POST.dict(), TermsForm.names)
        ordering.save_terms(order=order, terms=saved, now=clock.now())
    form = TermsForm(saved, programmes=[("", "")])
    if request.method == "POST" and form.is_valid():
        return redirect("order_edit", order.uuid)
    return _show(request, "workers/order_terms.html", order, form)


@of_draft
@page
def order_worker(request: HttpRequest, order: Order, key: str) -> HttpResponse:
    """Ask who the worker is to the donor, and how he will agree."""
    worker = _worker_of(order, key)
    if request.method == "POST":
        worker.who = answers(request.POST.dict(), WhoForm.names)
        ordering.save_draft(order=order, key=key, who=worker.who, now=clock.now())
    form = WhoForm(
        worker.who if _judges(request) else None,
        initial=worker.who,
        is_person=order.donor.kind == Donor.Kind.PERSON,
        needs_consent=needs_consent(order.programme),
    )
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data.get("way") == LINK:
            return redirect("order_edit", order.uuid)
        return redirect("order_data", order.uuid, key)
    return _show(request, "workers/order_worker.html", order, form, worker)


@of_draft
@page
def order_data(request: HttpRequest, order: Order, key: str) -> HttpResponse:
    """Ask for the worker's data as on his KTP."""
    worker = _worker_of(order, key)
    if request.method == "POST":
        worker.data = data_answers(request.POST)
        ordering.save_draft(order=order, key=key, data=worker.data, now=clock.now())
    today = clock.jakarta_date(clock.now())
    judged = cut(request.POST) if request.method == "POST" else worker.data
    form = WorkerDataForm(
        judged if _judges(request) else None, initial=data_initial(worker.data), today=today
    )
    if request.method == "POST" and form.is_valid():
        by_form = needs_consent(order.programme) and worker.who.get("way") == FORM
        if by_form:
            return redirect("order_proof", order.uuid, key)
        return redirect("order_edit", order.uuid)
    return _show(request, "workers/order_data.html", order, form, worker)


@of_draft
@page
def order_proof(request: HttpRequest, order: Order, key: str) -> HttpResponse:
    """Take the photo of the signed form, now or later."""
    worker = _worker_of(order, key)
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.content()
        if content is None:
            return redirect("order_edit", order.uuid)
        try:
            ordering.save_proof(order=order, key=key, content=content, now=clock.now())
        except BadFile as error:
            form.add_error("photo", str(error))
        else:
            messages.success(request, _("Foto formulir sudah kami simpan."))
            return redirect("order_edit", order.uuid)
    return _show(request, "workers/order_proof.html", order, form, worker)


def _worker_of(order: Order, key: str) -> DraftWorker:
    """Return the worker of a key, an empty one for a new key. Raises Http404."""
    if not is_key(key):
        raise Http404
    return read_draft(order.draft).worker(key) or DraftWorker(key)


def _judges(request: HttpRequest) -> bool:
    """Whether the page says what is wrong: after sending, or when opened to mend it."""
    return request.method == "POST" or CHECK in request.GET


def _show(
    request: HttpRequest,
    template: str,
    order: Order,
    form: forms.Form,
    worker: DraftWorker | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"order": order, "form": form, "worker": worker}
    if worker:
        context["position"] = read_draft(order.draft).position(worker.key)
        context["most"] = MOST_WORKERS
    failed = request.method == "POST" and bool(form.errors)
    return render(request, template, context, status=400 if failed else 200)


@of_draft
@require_http_methods(["POST"])
def order_autosave(request: HttpRequest, order: Order, key: str, step: str) -> HttpResponse:
    """Keep what has been typed so far; the page goes on."""
    if not is_key(key):
        raise Http404
    who = answers(request.POST.dict(), WhoForm.names) if step == "siapa" else None
    data = data_answers(request.POST) if step == "data" else None
    ordering.save_draft(order=order, key=key, who=who, data=data, now=clock.now())
    return HttpResponse(status=204)


@of_draft
@require_http_methods(["POST"])
def order_worker_remove(request: HttpRequest, order: Order, key: str) -> HttpResponse:
    """Take a worker out of the draft."""
    ordering.remove_worker(order=order, key=key, now=clock.now())
    return redirect("order_edit", order.uuid)


@donors_only
@require_http_methods(["POST"])
def order_discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Throw a draft away."""
    order = writable_order(request.user, uuid)  # type: ignore[arg-type]
    if ordering.discard_order(order=order, user=request.user, now=clock.now()):  # type: ignore[arg-type]
        messages.success(request, _("Draf sudah dibuang."))
    return redirect("orders")


# --- the overview, and sending -----------------------------------------------------
@donors_only
@require_http_methods(["GET", "HEAD"])
def order_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the whole order before it is sent; one that was sent shows its receipt."""
    order = writable_order(request.user, uuid)  # type: ignore[arg-type]
    if order.status != Order.Status.DRAFT:
        return _receipt(request, order)
    return _overview(request, order)


def _receipt(request: HttpRequest, order: Order) -> HttpResponse:
    if order.status == Order.Status.DISCARDED:
        messages.info(request, _("Draf ini sudah dibuang."))
        return redirect("orders")
    told = {"number": order.number}
    messages.success(request, _("Sudah kami terima, no. %(number)s.") % told)
    return redirect("order_detail", order.uuid)


def _overview(request: HttpRequest, order: Order, status: int = 200) -> HttpResponse:
    draft = read_draft(order.draft)
    reading = read_order(order, draft, today=clock.jakarta_date(clock.now()))
    context = {
        "order": order,
        "draft": draft,
        "reading": reading,
        "price_query": _price_query(order, reading),
        "next_key": None if draft.is_full else new_key(),
        "most": MOST_WORKERS,
    }
    return render(request, "workers/order_edit.html", context, status=status)


def _price_query(order: Order, reading: OrderReading) -> str:
    """Return what a price depends on; nothing personal stands in it."""
    terms = read_draft(order.draft).terms
    asked = [(name, terms[name]) for name in ("months", "income", "jht") if terms.get(name)]
    sectors = [("sector", worker.sector) for worker in reading.workers]
    return urlencode([*asked, *sectors, ("funding", order.programme.funding)])


@donors_only
@require_http_methods(["POST"])
def order_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand the order in; pressing twice gives the same answer."""
    order = writable_order(request.user, uuid)  # type: ignore[arg-type]
    if order.status != Order.Status.DRAFT:
        return _receipt(request, order)
    now = clock.now()
    reading = read_order(order, read_draft(order.draft), today=clock.jakarta_date(now))
    if not reading.is_complete or reading.terms is None:
        messages.warning(request, _("Masih ada isian yang belum lengkap."))
        return _overview(request, order, status=400)
    try:
        order = ordering.submit_order(
            order=order,
            terms=reading.terms,
            entries=reading.entries,
            user=request.user,  # type: ignore[arg-type]
            now=now,
        )
    except ordering.OrderClosed:
        order.refresh_from_db()
    except CannotHandIn as error:
        messages.warning(request, str(error))
        return _overview(request, order, status=400)
    return _receipt(request, order)
