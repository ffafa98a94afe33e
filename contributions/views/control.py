"""The donor rules his sponsorships: the page of one, many at once, and what comes next."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import donors_only, user_of
from bricks import clock
from contributions import access, ahead, control_access, control_page, not_renewed
from contributions.control_forms import ManyForm, WishForm
from contributions.price_changes import sentences
from contributions.services import controlling
from contributions.wishes import seen

PAGE_SIZE = 50


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sponsorship_control(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what a donor may change of one sponsorship, and change it."""
    found = access.own_sponsorship_for(request.user, uuid)
    if request.method != "POST":
        return _one(request, found)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _one(request, found, form, status=400)
    try:
        outcome = controlling.carry_out(
            sponsorship_ids=[found.pk],
            wish=form.asked,
            word=form.cleaned_data["word"],
            by=user_of(request),
            now=clock.now(),
        )
    except controlling.StateChanged as error:
        messages.warning(request, str(error))
        return _one(request, access.own_sponsorship_for(request.user, uuid), status=409)
    for no in outcome.refused.values():
        messages.error(request, no.label)
    if not outcome.refused:
        messages.success(request, control_page.done(form.asked, len(outcome.changed)))
    return redirect("sponsorship_control", uuid=uuid)


def _one(
    request: HttpRequest, found: Any, form: WishForm | None = None, *, status: int = 200
) -> HttpResponse:
    today = clock.jakarta_date(clock.now())
    asked = WishForm({**request.GET.dict(), "wish": "bracket"}) if "income" in request.GET else None
    page = control_page.control_page(found, asked=asked, today=today)
    context = {"page": page, "sponsorship": found, "form": form or asked, "today": today}
    return render(request, "contributions/control.html", context, status=status)


@donors_only
@never_cache
@require_safe
def sponsorships_control(request: HttpRequest) -> HttpResponse:
    """List whom the donor may choose to change something for many at once."""
    rows = control_access.controlled(request.user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "contributions/control_many.html", {"page": page, "rows": page})


@donors_only
@never_cache
@require_POST
def sponsorships_control_check(request: HttpRequest) -> HttpResponse:
    """Show what a wish would do to the chosen ones; nothing is changed yet."""
    form, rows = _chosen(request)
    if not form.is_valid():
        page = Paginator(control_access.controlled(request.user), PAGE_SIZE).get_page(1)
        context = {"page": page, "rows": page, "form": form}
        return render(request, "contributions/control_many.html", context, status=400)
    return _check(request, form, rows)


def _check(
    request: HttpRequest, form: ManyForm, rows: list[Any], *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    outcome = controlling.weigh(rows=rows, wish=form.asked, now=now)
    today = clock.jakarta_date(now)
    context = {
        "form": form,
        "word": seen(rows),
        "found": control_page.check_page(rows, form.asked, outcome, today=today),
    }
    return render(request, "contributions/control_check.html", context, status=status)


@donors_only
@never_cache
@require_POST
def sponsorships_control_do(request: HttpRequest) -> HttpResponse:
    """Change the chosen ones, as it was shown."""
    form, rows = _chosen(request)
    if not form.is_valid():
        messages.error(request, _("Pilih pekerja dan perubahannya dulu."))
        return redirect("sponsorships_control")
    try:
        outcome = controlling.carry_out(
            sponsorship_ids=[row.pk for row in rows],
            wish=form.asked,
            word=form.cleaned_data["word"],
            by=user_of(request),
            now=clock.now(),
        )
    except controlling.StateChanged as error:
        messages.warning(request, str(error))
        return _check(request, form, rows, status=409)
    messages.success(request, control_page.done(form.asked, len(outcome.changed)))
    return redirect("renewals_ahead")


def _chosen(request: HttpRequest) -> tuple[ManyForm, list[Any]]:
    """Read who is ticked; somebody else's is a 404."""
    asked = control_page.uuids_of(request.POST.getlist("rows"))
    rows = control_access.chosen(request.user, asked)
    return ManyForm(request.POST, known=[str(row.uuid) for row in rows]), rows


@donors_only
@never_cache
@require_safe
def renewals_ahead(request: HttpRequest) -> HttpResponse:
    """Foretell the renewals of a donor's workers in the coming twelve months, with sums."""
    today = clock.jakarta_date(clock.now())
    donors, donor = access.own_donors(user_of(request), request.GET.get("donatur"))
    context: dict[str, Any] = {"donors": donors, "donor": donor, "today": today}
    if donor is not None:
        ending = not_renewed.not_renewed(donor, today=today)
        over = {one.sponsorship.pk for one in ending}
        rows = [row for row in control_page.renewing_of(donor) if row.pk not in over]
        steps = ahead.steps_ahead(rows, today=today)
        sums = ahead.by_month(steps, today=today)
        page = Paginator(steps, PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {
            "page": page,
            "steps": page.object_list,
            "sums": sums,
            "ending": ending[:PAGE_SIZE],
            "more_ending": max(len(ending) - PAGE_SIZE, 0),
            "total": ahead.MonthSum(
                month=today,
                workers=len({step.sponsorship.worker_id for step in steps}),
                total=sum(row.total for row in sums),
                from_credit=sum(row.from_credit for row in sums),
            ),
            "changes": sentences(ahead.changes_of(steps)),
            "may_act": donor in control_access.acting_donors(request.user),
        }
    return render(request, "contributions/renewals_ahead.html", context)
