"""The operator's bank accounts: read by treasurers, opened and closed by head office."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from payments import bank_selectors
from payments.bank_access import account_for, bank_readers, head_office_only, keepers
from payments.bank_forms import BankAccountForm
from payments.services import bank_accounts as services


@bank_readers
@never_cache
@require_safe
def bank_accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts that the reader may see."""
    context = {"accounts": bank_selectors.accounts_of(user_of(request))}
    return render(request, "payments/bank/accounts.html", context)


@head_office_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bank_account_new(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = BankAccountForm(request.POST or None, offices=bank_selectors.offices_with_money())
    if request.method == "POST" and form.is_valid():
        try:
            services.open_account(**form.cleaned_data, by=user_of(request), now=clock.now())
        except services.CannotOpenAccount as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, _("Rekening dibuka. Orang lain yang membenarkannya."))
            return redirect("bank_accounts")
    status = 400 if request.method == "POST" else 200
    return render(request, "payments/bank/account_form.html", {"form": form}, status=status)


@keepers
@require_POST
def bank_account_confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirm as a second person an account that head office opened."""
    account = account_for(user_of(request), uuid)
    try:
        services.confirm_account(account=account, by=user_of(request), now=clock.now())
    except services.CannotOpenAccount as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Rekening dibenarkan. Donatur diarahkan ke sana."))
    return redirect("bank_accounts")


@head_office_only
@require_POST
def bank_account_close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Close an account."""
    account = account_for(user_of(request), uuid)
    services.close_account(account=account, by=user_of(request), now=clock.now())
    messages.success(request, _("Rekening ditutup. Donatur tidak diarahkan ke sana lagi."))
    return redirect("bank_accounts")
