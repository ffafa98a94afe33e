"""The ledger's only pen: accounts, postings (one, or thousands), opposite ones, balances.

A posting is one business fact under its own key; its transfers each take from one
account and give to another, so that the books are zero-sum by construction. Some kinds
of account say where the money is (`Account.PLACES`: providers, bank, what left the
house), the others whose it is; the debit balance of those is the credit balance of these.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Sum

from bricks.bulk import run_with_rows
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
#: The same by the accounts' ids.
IdLine = tuple[int, int, int]
REVERSAL = "reversal"
#: Whose the accounts are that there may be thousands of.
_OWNERS = {
    Account.Kind.HOLDING: "donor_id",
    Account.Kind.CREDIT: "donor_id",
    Account.Kind.FUND: "programme_id",
}

# The names column1, column2 are those of both engines.
_MOVE = """
UPDATE payments_balance SET amount = amount + moved.column2
FROM (VALUES {rows}) AS moved WHERE payments_balance.account_id = moved.column1
"""


@dataclass(frozen=True)
class Fact:
    """One posting of many: its key and kind, and its transfers by accounts or their ids."""

    key: str
    kind: str
    transfers: Sequence[tuple[Account | int, Account | int, int]]
    payment_id: int | None = None


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


def accounts_of(kind: str, owner_ids: Iterable[int]) -> dict[int, int]:
    """Return the account ids of many donors (holding, credit) or programmes (fund), by owner.

    Missing ones are made with their balance rows, set-based: four statements at most,
    however many. Raises KeyError for a kind that has no such owner.
    """
    owner = _OWNERS[Account.Kind(kind)]
    owners = sorted(set(owner_ids))
    with transaction.atomic():
        known = _accounts_by_owner(kind, owner, owners)
        missing = [pk for pk in owners if pk not in known]
        if missing:
            # Another may make them at the same moment: its rows, and balances, are as good.
            new = [Account(kind=kind, **{owner: pk}) for pk in missing]
            Account.objects.bulk_create(new, ignore_conflicts=True)
            made = _accounts_by_owner(kind, owner, missing)
            balances = [Balance(account_id=pk) for pk in made.values()]
            Balance.objects.bulk_create(balances, ignore_conflicts=True)
            known |= made
    return known


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
    lines = _lines(transfers)
    fields = {"kind": kind, "posted_at": now, "payment": payment, "reverses": reverses}
    with transaction.atomic():
        posting, made = _written(key, fields)
        if not made:
            _check_same_fact(posting, kind, lines)
            return posting
        Transfer.objects.bulk_create(
            Transfer(posting=posting, debit=debit, credit=credit, amount=amount)
            for debit, credit, amount in transfers
        )
        _move_balances(transfers)
    return posting


def post_many(facts: Sequence[Fact], *, now: datetime) -> dict[str, int]:
    """Write many facts into the books, all or none; return the posting ids by key.

    As many single `post`s would, in one transaction: idempotent by each key, also when
    two run at once, and raises BadTransfer, KeyReused, InsufficientBalance (the sum of
    the facts counts, not their order), MonthClosed; then nothing is written. The number
    of statements does not grow with the facts, save for chunks of thousands.
    """
    asked: dict[str, Fact] = {}
    lines = {fact.key: _lines(fact.transfers) for fact in facts}
    for fact in facts:
        first = asked.setdefault(fact.key, fact)
        if first.kind != fact.kind or Counter(_lines(first.transfers)) != Counter(lines[fact.key]):
            raise KeyReused(fact.key)
    # In order of key, so that two who write the same facts never wait in a ring.
    wanted = [asked[key] for key in sorted(asked)]
    with transaction.atomic():
        known = _known_postings(wanted, lines)
        while new := [fact for fact in wanted if fact.key not in known]:
            made = _written_many(new, now)
            if made is None:
                # Another wrote some of them meanwhile, and has committed.
                known |= _known_postings(new, lines)
                continue
            moved = [(made[fact.key], line) for fact in new for line in lines[fact.key]]
            Transfer.objects.bulk_create(
                Transfer(posting_id=posting, debit_id=debit, credit_id=credit, amount=amount)
                for posting, (debit, credit, amount) in moved
            )
            _move_many([line for _posting, line in moved])
            known |= made
    return known


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


def _accounts_by_owner(kind: str, owner: str, owners: Sequence[int]) -> dict[int, int]:
    rows = Account.objects.filter(kind=kind, **{f"{owner}__in": owners})
    return dict(rows.values_list(owner, "pk"))


def _written_many(facts: Sequence[Fact], now: datetime) -> dict[str, int] | None:
    """Write the postings; None if one of the keys was taken meanwhile. Raises MonthClosed."""
    rows = [
        Posting(key=fact.key, kind=fact.kind, posted_at=now, payment_id=fact.payment_id)
        for fact in facts
    ]
    try:
        with transaction.atomic():
            Posting.objects.bulk_create(rows)
    except IntegrityError:
        if ClosedMonth.objects.filter(ends_at__gt=now).exists():
            raise MonthClosed(facts[0].key) from None
        if not Posting.objects.filter(key__in=[fact.key for fact in facts]).exists():
            raise
        return None
    return {row.key: row.pk for row in rows}


def _known_postings(facts: Sequence[Fact], lines: Mapping[str, Sequence[IdLine]]) -> dict[str, int]:
    """Find which of the facts are written already; raises KeyReused for another fact's key."""
    kinds = {fact.key: fact.kind for fact in facts}
    postings = {row.pk: row for row in Posting.objects.filter(key__in=kinds)}
    if not postings:
        return {}
    written: dict[int, Counter[IdLine]] = {pk: Counter() for pk in postings}
    transfers = Transfer.objects.filter(posting__in=postings)
    for posting, *line in transfers.values_list("posting", "debit", "credit", "amount"):
        written[posting][line[0], line[1], line[2]] += 1
    for pk, row in postings.items():
        if row.kind != kinds[row.key] or written[pk] != Counter(lines[row.key]):
            raise KeyReused(row.key)
    return {row.key: pk for pk, row in postings.items()}


def _lines(transfers: Sequence[tuple[Account | int, Account | int, int]]) -> list[IdLine]:
    """Return the transfers by account id; raises BadTransfer."""
    if not transfers:
        raise BadTransfer("a posting has at least one transfer")
    lines = [
        (
            debit if isinstance(debit, int) else debit.pk,
            credit if isinstance(credit, int) else credit.pk,
            amount,
        )
        for debit, credit, amount in transfers
    ]
    for debit, credit, amount in lines:
        if amount <= 0:
            raise BadTransfer(f"a transfer is above 0, not {amount}")
        if debit == credit:
            raise BadTransfer(f"a transfer from account {debit} to itself moves nothing")
    return lines


def _check_same_fact(posting: Posting, kind: str, lines: Sequence[IdLine]) -> None:
    written = posting.transfers.values_list("debit_id", "credit_id", "amount")
    if posting.kind != kind or Counter(written) != Counter(lines):
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


def _move_many(lines: Iterable[IdLine]) -> None:
    """Change the balance rows of all lines at once, held in order of account before."""
    changes: Counter[int] = Counter()
    for debit, credit, amount in lines:
        changes[debit] -= amount
        changes[credit] += amount
    kept = Account.objects.filter(pk__in=changes, kind__in=Account.KEPT)
    moving = {pk for pk in kept.values_list("pk", flat=True) if changes[pk]}
    held = Balance.objects.filter(pk__in=moving).order_by("pk").select_for_update(no_key=True)
    amounts = dict(held.values_list("pk", "amount"))
    for pk in sorted(moving):
        if pk not in amounts or amounts[pk] + changes[pk] < 0:
            raise InsufficientBalance(f"account {pk} lacks part of {-changes[pk]} rupiah")
    run_with_rows(_MOVE, [(pk, changes[pk]) for pk in sorted(moving)])
