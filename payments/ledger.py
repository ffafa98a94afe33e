"""The ledger's only pen: accounts, postings, opposite postings, balances.

A posting is one business fact under its own key; its transfers each take from one
account and give to another, so that the books are zero-sum by construction. Some kinds
of account say where the money is (`Account.PLACES`: providers, bank, what left the
house), the others whose it is; the debit balance of those is the credit balance of these.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Sum

from bricks.engine import is_postgres
from donors.models import Donor, Programme
from payments.models import (
    Account,
    Balance,
    BankAccount,
    ClosedMonth,
    Payment,
    Posting,
    Snapshot,
    Transfer,
)
from payments.triggers import LOCK

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


class MonthClosed(LedgerError):
    """The posting's time lies in a month whose books are closed."""


def account(
    kind: str,
    *,
    donor: Donor | None = None,
    programme: Programme | None = None,
    gateway: str = "",
    bank_account: BankAccount | None = None,
) -> Account:
    """Return the account of a kind, made at its first use with its balance row.

    Holding and credit belong to a donor, a fund to a programme, clearing to a gateway,
    bank to a bank account, the rest to nobody; the database refuses anything else
    (IntegrityError).
    """
    with transaction.atomic():
        found, made = Account.objects.get_or_create(
            kind=kind,
            donor=donor,
            programme=programme,
            gateway=gateway,
            bank_account=bank_account,
        )
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
    same key with another fact, InsufficientBalance, MonthClosed; then nothing is written.
    """
    _check(transfers)
    fields = {"kind": kind, "posted_at": now, "payment": payment, "reverses": reverses}
    with transaction.atomic():
        posting, made = _written(key, fields)
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

    A kept account answers from its balance row, a shared one from its newest snapshot and
    what moved since; without a snapshot from all its transfers.
    Places count what is there (debit), every other kind what is owed (credit).
    """
    if account.kind in Account.KEPT:
        return Balance.objects.values_list("amount", flat=True).get(account=account)
    snapshots = Snapshot.objects.filter(account=account).select_related("account")
    newest = snapshots.order_by("-day").first()
    return from_transfers(account) if newest is None else newest.amount + moved_since(newest)


def moved_since(snapshot: Snapshot) -> int:
    """Return by how much its account rose since a snapshot was made, in rupiah."""
    since = Q(posting__posted_at__gte=snapshot.ends_at)
    # What was written later under an earlier time, as by a job that caught up a day.
    late = Q(pk__gt=snapshot.last_transfer, posting__posted_at__lt=snapshot.ends_at)
    # Two questions, each with its own index; one with "or" would walk through all history.
    return sum(risen(snapshot.account, condition) for condition in (since, late))


def from_transfers(account: Account) -> int:
    """Work the balance of any account out from all its transfers."""
    return risen(account, Q())


def risen(account: Account, condition: Q) -> int:
    """Add what such transfers put on the account's own side, less what they took from it."""
    sums = {
        side: Transfer.objects.filter(condition, **{side: account}).aggregate(sum=Sum("amount"))
        for side in ("debit", "credit")
    }
    risen = (sums["credit"]["sum"] or 0) - (sums["debit"]["sum"] or 0)
    return -risen if account.kind in Account.PLACES else risen


def hold_postings() -> None:
    """Let no posting be written until the present transaction ends, and wait for those on
    their way: from here on it sees every posting there is.

    Raises OperationalError where one of them takes longer than five seconds.
    """
    if is_postgres(connection):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _written(key: str, fields: dict[str, object]) -> tuple[Posting, bool]:
    """Find the posting of a key, or write it; raises MonthClosed."""
    try:
        return Posting.objects.get_or_create(key=key, defaults=fields)
    except IntegrityError:
        if ClosedMonth.objects.filter(ends_at__gt=fields["posted_at"]).exists():
            raise MonthClosed(key) from None
        raise


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
