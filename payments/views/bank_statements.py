"""Statements of the bank: the list, one of them, and bringing one in step by step (P37)."""

from dataclasses import asdict, replace
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from bricks import clock
from bricks.previews import PreviewGone
from payments import bank_selectors
from payments.bank_access import account_for, bank_readers, statement_for, treasurer_only
from payments.bank_forms import BankFileForm, ColumnsForm, ImportForm
from payments.models import BankAccount
from payments.services.statements import CannotImport, import_statement, plan_import
from payments.statements import csv_file, drafts
from payments.statements.base import BadStatement
from payments.statements.drafts import Draft

PAGE_SIZE, SAMPLE, SHOWN = 100, 8, 12
COLUMNS_PAGE = "payments/bank/columns.html"


@bank_readers
@never_cache
@require_safe
def bank_statements(request: HttpRequest) -> HttpResponse:
    """Show how each account stands, and the statements that were imported."""
    user = user_of(request)
    page = Paginator(bank_selectors.statements_of(user), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {"states": bank_selectors.account_states(user), "page": page}
    return render(request, "payments/bank/statements.html", context)


@bank_readers
@never_cache
@require_safe
def bank_statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one statement with the lines that it brought."""
    found = statement_for(user_of(request), uuid)
    lines = found.bank_lines.order_by("booked_on", "pk")
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "payments/bank/statement.html", {"statement": found, "page": page})


@treasurer_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bank_import(request: HttpRequest) -> HttpResponse:
    """Take a file: MT940 goes to its preview, CSV to the question of its columns."""
    user = user_of(request)
    accounts = bank_selectors.accounts_of(user)
    form = BankFileForm(request.POST or None, request.FILES or None, accounts=accounts)
    if request.method != "POST" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "payments/bank/import.html", {"form": form}, status=status)
    account = form.cleaned_data["account"]
    draft = Draft(str(account.uuid), form.digest, form.text)
    if draft.is_mt940:
        return _preview(request, draft, account)
    try:
        rows = csv_file.rows_of(draft.text)
    except BadStatement as error:
        form.add_error("berkas", str(error))
        return render(request, "payments/bank/import.html", {"form": form}, status=400)
    return _ask_columns(request, draft, account, rows)


@treasurer_only
@never_cache
@require_POST
def bank_import_columns(request: HttpRequest) -> HttpResponse:
    """Read the file by the columns that were said, and show what it would bring."""
    try:
        draft = drafts.unseal(request.POST.get("pratinjau", ""), user_id=user_of(request).pk)
    except PreviewGone as refusal:
        messages.warning(request, str(refusal))
        return redirect("bank_import")
    account = account_for(user_of(request), UUID(draft.account))
    rows = csv_file.rows_of(draft.text)
    form = ColumnsForm(request.POST, head=rows[csv_file.heading_of(rows)])
    if not form.is_valid():
        return _show_columns(request, form, account, rows, status=400)
    asked = form.cleaned_data
    told = replace(
        draft,
        columns=form.columns().as_json(),
        first_day=asked["first_day"].isoformat(),
        last_day=asked["last_day"].isoformat(),
        opening=asked["opening"],
        closing=asked["closing"],
    )
    return _preview(request, told, account, form=form)


@treasurer_only
@require_POST
def bank_import_apply(request: HttpRequest) -> HttpResponse:
    """Do what a preview showed."""
    user, form = user_of(request), ImportForm(request.POST)
    sealed = request.POST.get("pratinjau", "") if form.is_valid() else ""
    try:
        draft = drafts.unseal(sealed, user_id=user.pk)
        account = account_for(user, UUID(draft.account))
        made = import_statement(
            account=account,
            statement=drafts.read(draft, account),
            digest=draft.digest,
            by=user,
            now=clock.now(),
            gap_reason=form.cleaned_data["alasan"],
            columns=draft.columns,
        )
    except (PreviewGone, BadStatement, CannotImport) as refusal:
        messages.warning(request, str(refusal))
        return redirect("bank_import")
    new = made.lines - made.known_lines
    told = ngettext("%(n)d baris baru disimpan.", "%(n)d baris baru disimpan.", new) % {"n": new}
    messages.success(request, told)
    return redirect("bank_statement", uuid=made.uuid)


# --- what the steps share ------------------------------------------------------------
def _ask_columns(
    request: HttpRequest, draft: Draft, account: BankAccount, rows: list[csv_file.Row]
) -> HttpResponse:
    """Ask for the columns: as remembered of the account, else as the heading reads."""
    at = csv_file.heading_of(rows)
    head = rows[at]
    kept = csv_file.columns_from(account.columns, head.cells)
    if kept is not None:
        initial = {n: v for n, v in asdict(kept).items() if v != -1 and n != "head"}
    else:
        guessed = csv_file.guess(head.cells, rows[at + 1 : at + 60])
        initial = {name: place for name, place in guessed.items() if place != -1}
        two = {"debit", "credit"} <= initial.keys()
        initial["way"] = csv_file.TWO_COLUMNS if two else csv_file.MARKED
    sealed = drafts.seal(draft, user_id=user_of(request).pk)
    form = ColumnsForm(initial={**initial, "pratinjau": sealed}, head=head)
    return _show_columns(request, form, account, rows)


def _show_columns(
    request: HttpRequest,
    form: ColumnsForm,
    account: BankAccount,
    rows: list[csv_file.Row],
    status: int = 200,
) -> HttpResponse:
    at = csv_file.heading_of(rows)
    context = {
        "form": form,
        "account": account,
        "head": rows[at],
        "sample": rows[at + 1 : at + 1 + SAMPLE],
        "remembered": bool(csv_file.columns_from(account.columns, rows[at].cells)),
    }
    return render(request, COLUMNS_PAGE, context, status=status)


def _preview(
    request: HttpRequest, draft: Draft, account: BankAccount, form: ColumnsForm | None = None
) -> HttpResponse:
    """Show what a statement would bring, or why it cannot be taken."""
    user = user_of(request)
    context: dict[str, object] = {"account": account}
    try:
        read = drafts.read(draft, account)
        plan = plan_import(account=account, statement=read, digest=draft.digest, now=clock.now())
    except (BadStatement, CannotImport) as refusal:
        if form is not None:
            form.add_error(None, str(refusal))
            return _show_columns(request, form, account, csv_file.rows_of(draft.text), status=400)
        context["refusal"] = str(refusal)
        return render(request, "payments/bank/preview.html", context, status=400)
    context |= {
        "statement": read,
        "plan": plan,
        "shown": [one.line for one in plan.new[:SHOWN]],
        "more": max(len(plan.new) - SHOWN, 0),
        "confirm": ImportForm(initial={"pratinjau": drafts.seal(draft, user_id=user.pk)}),
    }
    return render(request, "payments/bank/preview.html", context)
