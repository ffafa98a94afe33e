"""The ledger's only pen: accounts, postings, opposite postings, balances.

A posting is one business fact under its own key; its transfers each take from one
account and give to another, so that the books are zero-sum by construction. Money in
is the debit balance of clearing; every other kind says where it is now.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from donors.models import Donor, Programme
from payments.models import Account, Balance, Payment, Posting, Transfer

#: Debit account, credit account, whole rupiah.
Line = tuple[Account, Account, int]
REVERSAL = "reversal"


class LedgerError(Exception):
    """The books refuse what was asked."""


class BadTransfer(LedgerError):
    """A transfer is not above 0, goes from an account to itself, or there is none."""


class InsufficientBalance(LedgerError):
    """A donor's holding or credit, or a programme's fund, would fall below 0."""


class KeyReused(LedgerError):
    """The key stands for another fact already."""


class AlreadyReversed(LedgerError):
    """The posting was reversed before, under another key."""


def account(
    kind: str, *, donor: Donor | None = None, programme: Programme | None = None
) -> Account:
    """Return the account of a kind, made at its first use with its balance row.

    Holding and credit belong to a donor, a fund to a programme, the rest to nobody;
    the database refuses anything else (IntegrityError).
    """
    with transaction.atomic():
        found, made = Account.objects.get_or_create(kind=kind, donor=donor, programme=programme)
        if made and kind in Account.KEPT:
            Balance.objects.create(account=found)
    return found


def post(
    *,
    key: str,
    kind: str,
    now: datetime,
    transfers: Sequence[Line],
    payment: Payment | None = None,
    reverses: Posting | None = None,
) -> Posting:
    """Write one fact into the books and move the balances that it touches, in one transaction.

    Idempotent: a second call with the same key and fact returns the first posting and
    moves nothing, also when both run at once. Raises BadTransfer, KeyReused for the
    same key with another fact, InsufficientBalance; then nothing is written.
    """
    _check(transfers)
    with transaction.atomic():
        posting, made = Posting.objects.get_or_create(
            key=key,
            defaults={"kind": kind, "posted_at": now, "payment": payment, "reverses": reverses},
        )
        if not made:
            _check_same_fact(posting, kind, transfers)
            return posting
        Transfer.objects.bulk_create(
            Transfer(posting=posting, debit=debit, credit=credit, amount=amount)
            for debit, credit, amount in transfers
        )
        _move_balances(transfers)
    return posting


def reverse(posting: Posting, *, key: str, now: datetime) -> Posting:
    """Write the opposite of a posting; idempotent by key.

    Raises AlreadyReversed when another key did it, and InsufficientBalance when the
    money has moved on.
    """
    lines = posting.transfers.select_related("debit", "credit").order_by("pk")
    before = Posting.objects.filter(reverses=posting).first()
    if before is not None and before.key != key:
        raise AlreadyReversed(f"posting {posting.pk} was reversed as {before.key}")
    return post(
        key=key,
        kind=REVERSAL,
        now=now,
        transfers=[(line.credit, line.debit, line.amount) for line in lines],
        payment=posting.payment,
        reverses=posting,
    )


def balance_of(account: Account) -> int:
    """Return what an account stands at, in rupiah.

    A kept account answers from its balance row, a shared one from its transfers.
    Clearing counts what came in, every other kind what it owes or has given away.
    """
    if account.kind in Account.KEPT:
        return Balance.objects.values_list("amount", flat=True).get(account=account)
    return from_transfers(account)


def from_transfers(account: Account) -> int:
    """Work the balance of any account out from its transfers."""
    debit = Transfer.objects.filter(debit=account).aggregate(sum=Sum("amount"))["sum"] or 0
    credit = Transfer.objects.filter(credit=account).aggregate(sum=Sum("amount"))["sum"] or 0
    return debit - credit if account.kind == Account.Kind.CLEARING else credit - debit


def _check(transfers: Sequence[Line]) -> None:
    if not transfers:
        raise BadTransfer("a posting has at least one transfer")
    for debit, credit, amount in transfers:
        if amount <= 0:
            raise BadTransfer(f"a transfer is above 0, not {amount}")
        if debit.pk == credit.pk:
            raise BadTransfer(f"a transfer from account {debit.pk} to itself moves nothing")


def _check_same_fact(posting: Posting, kind: str, transfers: Sequence[Line]) -> None:
    written = posting.transfers.values_list("debit_id", "credit_id", "amount")
    asked = Counter((debit.pk, credit.pk, amount) for debit, credit, amount in transfers)
    if posting.kind != kind or Counter(written) != asked:
        raise KeyReused(posting.key)


def _move_balances(transfers: Sequence[Line]) -> None:
    """Change the balance rows, in order of account, so that two postings never wait in a ring."""
    changes: Counter[int] = Counter()
    for debit, credit, amount in transfers:
        if debit.kind in Account.KEPT:
            changes[debit.pk] -= amount
        if credit.kind in Account.KEPT:
            changes[credit.pk] += amount
    for account_id, change in sorted(changes.items()):
        # The CHECK of the table says the same; asked first, it costs no broken transaction.
        enough = Balance.objects.filter(pk=account_id, amount__gte=-change)
        if change and enough.update(amount=F("amount") + change) != 1:
            raise InsufficientBalance(f"account {account_id} lacks part of {-change} rupiah")
