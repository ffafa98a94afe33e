"""Who may read and who may act on bank accounts, statements and payouts; others 403 or 404."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import roles_only
from accounts.models import Role, User
from payments import bank_selectors
from payments.models import BankAccount, BankLine, BankStatement, Invoice, Payout

View = Callable[..., HttpResponse]
Row = TypeVar("Row")

head_office_only = roles_only(Role.Kind.HEAD_OFFICE)
treasurer_only = roles_only(Role.Kind.TREASURER)
#: Who may be the second person beside a treasurer, or beside head office.
keepers = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE)
bank_readers = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)


def account_for(user: User, uuid: UUID) -> BankAccount:
    """Return a bank account that the user may read, or raise Http404."""
    return _found(bank_selectors.accounts_of(user).filter(uuid=uuid).first())


def statement_for(user: User, uuid: UUID) -> BankStatement:
    """Return a statement that the user may read, or raise Http404."""
    return _found(bank_selectors.statements_of(user).filter(uuid=uuid).first())


def line_for(user: User, uuid: UUID) -> BankLine:
    """Return a bank line that the user may read, or raise Http404."""
    return _found(bank_selectors.lines_for(user).filter(uuid=uuid).first())


def payout_for(user: User, uuid: UUID) -> Payout:
    """Return a payout that the user may read, or raise Http404."""
    return _found(bank_selectors.payouts_of(user).filter(uuid=uuid).first())


def invoices_for(line: BankLine, uuids: Sequence[UUID]) -> list[Invoice]:
    """Return invoices to which money of a line may go, or raise Http404 if one is none."""
    found = {row.uuid: row for row in bank_selectors.invoices_near(line).filter(uuid__in=uuids)}
    if set(uuids) - set(found):
        raise Http404
    return [found[uuid] for uuid in dict.fromkeys(uuids)]


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row


def demo_only(view: View) -> View:
    """Let nobody in outside the demo: there the page does not exist (404)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
