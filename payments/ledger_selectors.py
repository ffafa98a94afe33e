"""The accounts of the ledger as a treasurer reads them: balances, and what moved them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from payments import ledger
from payments.models import Account, Invoice, Transfer
from payments.models.scopes import of_treasury

PER_PAGE = 50


@dataclass(frozen=True)
class Movement:
    """One transfer as its account sees it: whole rupiah in or out, and the balance after."""

    id: int
    at: datetime
    kind: str
    reference: str
    other: str
    put: int
    taken: int
    balance: int


@dataclass(frozen=True)
class Movements:
    """A page of movements, the newest first; `before` asks for the next page, if any."""

    rows: Sequence[Movement]
    before: int | None


def accounts_seen(user: Any) -> QuerySet[Account]:
    """Return the accounts that a treasurer, auditor or head office may read.

    Shared accounts are sums of the whole portal; a bank account belongs to its office, an
    account of a donor or programme to whoever may see an invoice of that donor.
    """
    rows = Account.objects.select_related("donor", "programme", "bank_account", "balance")
    if user.is_head_office or user.audits_the_country:
        return rows
    seen = Invoice.objects.visible_to(user).values("donor")
    shared = Q(donor__isnull=True, programme__isnull=True, bank_account__isnull=True)
    bank = Q(bank_account__isnull=False) & of_treasury(user, "bank_account__office")
    return rows.filter(shared | bank | Q(donor__in=seen) | Q(programme__donor__in=seen))


def shared_accounts(user: Any) -> list[tuple[Account, int]]:
    """Return the accounts that belong to no donor, with their balances in rupiah."""
    order = {kind: place for place, kind in enumerate(Account.Kind.values)}
    rows = accounts_seen(user).filter(donor__isnull=True, programme__isnull=True)
    return [
        (row, ledger.balance_of(row)) for row in sorted(rows, key=lambda a: (order[a.kind], a.pk))
    ]


def donor_accounts(user: Any, *, name: str = "") -> QuerySet[Account]:
    """Return the accounts of donors and programmes whose donor's name contains a text."""
    rows = accounts_seen(user).filter(Q(donor__isnull=False) | Q(programme__isnull=False))
    if name:
        rows = rows.filter(
            Q(donor__name__icontains=name) | Q(programme__donor__name__icontains=name)
        )
    return rows.order_by("donor__name", "programme__name", "kind", "pk")


def movements(account: Account, *, before: int | None = None) -> Movements:
    """Return fifty movements, the newest first, each with the balance after it.

    `before` is the transfer before which the page begins; without it the newest.
    """
    rows = _of(account)
    balance = ledger.balance_of(account)
    if before is not None:
        balance -= ledger.risen(account, Q(pk__gte=before))
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    shown = []
    for row in found[:PER_PAGE]:
        shown.append(_movement(account, row, balance))
        balance -= shown[-1].put - shown[-1].taken
    more = len(found) > PER_PAGE
    return Movements(shown, shown[-1].id if more else None)


def movements_of_month(
    account: Account, *, begins_at: datetime, ends_at: datetime
) -> list[Movement]:
    """Return all movements of postings within a month, the oldest first."""
    balance = ledger.risen(account, Q(posting__posted_at__lt=begins_at))
    rows = _of(account).filter(posting__posted_at__gte=begins_at, posting__posted_at__lt=ends_at)
    shown = []
    for row in rows.order_by("posting__posted_at", "pk"):
        balance += _risen(account, row)
        shown.append(_movement(account, row, balance))
    return shown


def _of(account: Account) -> QuerySet[Transfer]:
    rows = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    return rows.select_related("posting", "debit", "credit")


def _risen(account: Account, row: Transfer) -> int:
    own_side = row.debit_id if account.kind in Account.PLACES else row.credit_id
    return row.amount if own_side == account.pk else -row.amount


def _movement(account: Account, row: Transfer, balance: int) -> Movement:
    risen = _risen(account, row)
    other = row.credit if row.debit_id == account.pk else row.debit
    return Movement(
        id=row.pk,
        at=row.posting.posted_at,
        kind=row.posting.kind,
        reference=row.posting.key,
        # Its kind alone: whose it is stands on its own page, for those who may see it.
        other=other.get_kind_display(),
        put=max(risen, 0),
        taken=max(-risen, 0),
        balance=balance,
    )
