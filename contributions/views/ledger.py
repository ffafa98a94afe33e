"""The accounts of the ledger: balances, movements, and a month of them as a file."""

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import user_of
from bricks import clock
from bricks.months import add_months, first_of_month
from bricks.tables import write_table
from contributions.services.closing import end_of
from contributions.views.books import READERS
from payments import ledger, ledger_selectors
from payments.models import Account

PER_PAGE = 50
LONGEST_NAME = 80


@READERS
@require_safe
def ledger_accounts(request: HttpRequest) -> HttpResponse:
    """List the shared accounts, and those of donors by page, found by the donor's name."""
    user = user_of(request)
    name = request.GET.get("donatur", "").replace("\x00", "").strip()[:LONGEST_NAME]
    rows = ledger_selectors.donor_accounts(user, name=name)
    context = {
        "shared": ledger_selectors.shared_accounts(user),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "name": name,
    }
    return render(request, "contributions/books/accounts.html", context)


@READERS
@require_safe
def ledger_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what moved one account, fifty at a time, with the balance after each."""
    account = _account(request, pk)
    asked = request.GET.get("sebelum", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 19 else None
    context = {
        "account": account,
        "balance": ledger.balance_of(account),
        "movements": ledger_selectors.movements(account, before=before),
        "before": before,
        "month": first_of_month(clock.jakarta_date(clock.now())),
    }
    return render(request, "contributions/books/account.html", context)


@READERS
@require_safe
def ledger_account_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one month of an account's movements (`?bulan=2026-11`, else this month)."""
    account = _account(request, pk)
    month = _month(request)
    rows = ledger_selectors.movements_of_month(
        account, begins_at=end_of(add_months(month, -1)), ends_at=end_of(month)
    )
    heads = [_("Waktu"), _("Jenis"), _("Rujukan"), _("Akun lawan"), _("Naik"), _("Turun")]
    lines = (
        [_time(row.at), row.kind, row.reference, row.other, row.put, row.taken, row.balance]
        for row in rows
    )
    return HttpResponse(
        write_table([*heads, _("Saldo")], lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="akun-{pk}-{month:%Y-%m}.csv"'},
    )


def _account(request: HttpRequest, pk: int) -> Account:
    found = ledger_selectors.accounts_seen(user_of(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _month(request: HttpRequest) -> date:
    asked = request.GET.get("bulan", "")
    if not asked:
        return first_of_month(clock.jakarta_date(clock.now()))
    try:
        month = date.fromisoformat(f"{asked}-01")
        add_months(month, -1), add_months(month, 1)
    except (ValueError, OverflowError):
        raise Http404 from None
    return month


def _time(instant: object) -> str:
    return f"{instant.astimezone(clock.JAKARTA):%Y-%m-%d %H:%M:%S}"  # type: ignore[attr-defined]
