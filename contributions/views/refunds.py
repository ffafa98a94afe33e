"""The treasurer's pages about money that goes back: the list, one refund, its steps."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal_singkat
from contributions import refund_access, refund_pages
from contributions.refund_access import READERS, SECONDS, TREASURERS
from contributions.refund_forms import ConfirmForm, PrepareForm, RefuseForm, SentForm
from contributions.refundable import Refundable, refundable
from contributions.services import refunding
from contributions.services.refunding import RefundError
from payments.models import Refund
from payments.services import refunds as services
from payments.services.sending_refunds import mark_sent

PAGE_SIZE = 30


@READERS
@never_cache
@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    """List the refunds of the user's offices by what they wait for."""
    user, today = user_of(request), clock.jakarta_date(clock.now())
    number = request.GET.get("tagihan", "").strip()
    invoice = refund_access.invoice_numbered(user, number) if number else None
    if invoice is not None and user.is_treasurer:
        return redirect("refund_months", uuid=invoice.uuid)
    tab = refund_pages.tab_of(request.GET.get("tahap"))
    page = Paginator(refund_pages.refunds_in(user, tab), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "tab": tab,
        "tabs": refund_pages.counts_of(user),
        "page": page,
        "rows": [refund_pages.progress_of(row, today) for row in page.object_list],
        "number": number,
    }
    return render(request, "contributions/refunds.html", context)


@READERS
@never_cache
@require_safe
def refund(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one refund: its money, where it can go, what was done, what comes next."""
    return _page(request, refund_access.refund_of(request.user, uuid))


@TREASURERS
@require_POST
def refund_prepare(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say how much goes where."""
    found = refund_access.refund_of(request.user, uuid)
    facts = _facts(found)
    form = PrepareForm(request.POST, refund=found, payments=_choices(facts))
    if not form.is_valid():
        return _page(request, found, prepare=form)
    payments = {row.pk: row for row in refund_access.payments_of(found.donor)}
    try:
        refunding.prepare(
            refund=found,
            amount=form.cleaned_data["amount"],
            to=form.destination(payments),
            by=user_of(request),
            now=clock.now(),
        )
    except RefundError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _page(request, found, prepare=form)
    messages.success(request, _("Disiapkan. Sekarang orang kedua menyetujuinya."))
    return redirect("refund", uuid=uuid)


@SECONDS
@require_POST
def refund_confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirm what another person prepared, as it was when he saw it."""
    found = refund_access.refund_of(request.user, uuid)
    form = ConfirmForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else None
    try:
        refunding.confirm(refund=found, seen=seen, by=user_of(request), now=clock.now())
    except RefundError as error:
        messages.error(request, str(error))
        return _page(request, refund_access.refund_of(request.user, uuid), status=400)
    messages.success(request, _("Disetujui. Uangnya sudah disisihkan untuk dikirim."))
    return redirect("refund", uuid=uuid)


@SECONDS
@never_cache
@require_POST
def refund_account(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the whole account that a refund goes to; the look is logged."""
    found = refund_access.refund_of(request.user, uuid)
    services.look(refund=found, viewer=user_of(request), now=clock.now())
    return _page(request, found, sees_account=True)


@SECONDS
@require_POST
def refund_refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Refuse a refund, with the reason that the donor reads."""
    found = refund_access.refund_of(request.user, uuid)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refuse=form)
    try:
        services.refuse(
            refund=found, reason=form.cleaned_data["reason"], by=user_of(request), now=clock.now()
        )
    except RefundError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Ditolak. Donatur sudah dikabari."))
    return redirect("refund", uuid=uuid)


@TREASURERS
@require_POST
def refund_reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a failed refund up again, for another destination."""
    found = refund_access.refund_of(request.user, uuid)
    try:
        services.reopen(refund=found, by=user_of(request), now=clock.now())
    except RefundError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Uangnya kembali ke saldo. Pilih tujuan lain."))
    return redirect("refund", uuid=uuid)


@TREASURERS
@require_POST
def refund_sent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Note by which transfer of ours it was sent."""
    found, user = refund_access.refund_of(request.user, uuid), user_of(request)
    form = SentForm(request.POST, accounts=refund_access.bank_accounts(user))
    if not form.is_valid():
        return _page(request, found, sent=form)
    try:
        mark_sent(
            refund=found,
            reference=form.cleaned_data["reference"],
            bank_account=form.cleaned_data["bank_account"],
            by=user,
            now=clock.now(),
        )
    except RefundError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _page(request, found, sent=form)
    messages.success(request, _("Tercatat sudah dikirim. Donatur sudah dikabari."))
    return redirect("refund", uuid=uuid)


# --- the page -------------------------------------------------------------------------
def _page(
    request: HttpRequest,
    found: Refund,
    *,
    prepare: PrepareForm | None = None,
    refuse: RefuseForm | None = None,
    sent: SentForm | None = None,
    sees_account: bool = False,
    status: int = 200,
) -> HttpResponse:
    user, today = user_of(request), clock.jakarta_date(clock.now())
    facts = _facts(found)
    status = 400 if prepare or refuse or sent else status
    blank = PrepareForm(refund=found, payments=_choices(facts), sees_account=sees_account)
    context = {
        "refund": found,
        "progress": refund_pages.progress_of(found, today),
        "facts": facts,
        "limit": facts.room.of(found.target, found.payment_id),
        "months": refunding.named_months(found),
        "prepare": prepare or blank,
        "refuse": refuse or RefuseForm(),
        "sent": sent or SentForm(accounts=refund_access.bank_accounts(user)),
        "sees_account": sees_account,
        **_may(found, user),
    }
    return render(request, "contributions/refund.html", context, status=status)


def _may(found: Refund, user: Any) -> dict[str, bool]:
    """Say which steps the page offers to whom."""
    asked = found.status == Refund.Status.ASKED
    waits_for_bank = (
        found.status == Refund.Status.CONFIRMED and found.target != Refund.Target.INSTRUMENT
    )
    second = user.is_treasurer or user.is_head_office
    return {
        "may_prepare": asked and user.is_treasurer,
        "may_confirm": asked and second and found.prepared_by_id not in {None, user.pk},
        "may_refuse": second and (asked or waits_for_bank or found.status == "failed"),
        "may_reopen": found.status == Refund.Status.FAILED and user.is_treasurer,
        "may_mark": waits_for_bank and user.is_treasurer,
        "may_look": second and found.target != Refund.Target.INSTRUMENT and found.account != "",
    }


def _facts(found: Refund) -> Refundable:
    return refundable(
        donor=found.donor,
        programme=found.programme,
        but=found,
        undoing=refunding.months_of(found),
        sender_checked=found.holder_checked,
    )


def _choices(facts: Refundable) -> list[tuple[int, str]]:
    """Name the payments whose instrument may take money, with how much."""
    return [
        (
            row.payment.pk,
            _("%(day)s, tagihan %(number)s: paling banyak %(amount)s")
            % {
                "day": tanggal_singkat(row.payment.settled_at),
                "number": row.payment.invoice.number,
                "amount": format_rupiah(row.can_take),
            },
        )
        for row in facts.sources
        if row.can_take
    ]
