"""The ledger: how fast it is written, and what a balance costs over a long history.

Postings are filled in by set statements, each of one transfer, three in four of them over
one shared account. The history's sum is what a ledger without snapshots must read for each
balance: django-hordak's issue #126 tells of 420 ms for a million legs.
"""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from bricks.engine import is_postgres
from payments import ledger
from payments.models import Account, Balance, Posting, Transfer
from payments.services.snapshots import take_snapshots
from tests.factories import NOW, TODAY, DonorFactory

#: By default a tenth of what is told of elsewhere: a million rows take minutes.
SIZE = 100_000
#: So many of them were written since the night.
SINCE = 1_000
WRITTEN = 500
TIMES = 5
HORDAK_MS_PER_MILLION = 420
AMOUNT = 16_800
NIGHT = timedelta(days=1)

_NUMBERS = {
    True: "SELECT g AS n FROM generate_series(1, %s) g",
    False: "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %s) "
    "SELECT n FROM g",
}


def run(postings: int, say: Callable[[str], Any]) -> None:
    """Fill the books, and say what balances and postings cost."""
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    holding = ledger.account(Account.Kind.HOLDING, donor=DonorFactory())
    payable = ledger.account(Account.Kind.PAYABLE)
    fees = ledger.account(Account.Kind.FEES)
    started = perf_counter()
    _fill(postings, clearing, payable, fees)
    say(f"{connection.vendor}, {postings:,} postings made in {perf_counter() - started:.0f} s")
    now = NOW + NIGHT
    started = perf_counter()
    take_snapshots(today=TODAY + NIGHT, now=now)
    say(f"first snapshots: {(perf_counter() - started) * 1000:,.0f} ms")
    for number in range(SINCE):
        line = (clearing, holding, AMOUNT)
        ledger.post(key=f"since {number}", kind="x", now=now, transfers=[line])
    _balances(clearing, holding, postings, say)
    _writing(clearing, holding, say)


def _balances(shared: Account, kept: Account, postings: int, say: Callable[[str], Any]) -> None:
    whole = _time(lambda: ledger.from_transfers(shared))
    quick = _time(lambda: ledger.balance_of(shared))
    own = _time(lambda: ledger.balance_of(kept))
    if ledger.balance_of(shared) != ledger.from_transfers(shared):
        raise AssertionError("the snapshot and the history disagree")
    million = whole * 1_000_000 / postings
    say(
        f"sum over the whole history: {whole:,.1f} ms"
        f" ({million:,.0f} ms per million; hordak tells of {HORDAK_MS_PER_MILLION})"
    )
    say(
        f"balance_of a shared account, {SINCE:,} postings since the night: {quick:,.2f} ms,"
        f" {whole / quick:,.0f} times faster"
    )
    say(f"balance_of a donor's account: {own:,.2f} ms, {whole / own:,.0f} times faster")


def _writing(debit: Account, credit: Account, say: Callable[[str], Any]) -> None:
    """Write postings one by one, each in its own transaction as a settlement is."""
    bare = _rate(lambda number: _bare(number, debit, credit))
    kept = _rate(
        lambda number: ledger.post(
            key=f"post {number}", kind="x", now=NOW, transfers=[(debit, credit, AMOUNT)]
        )
    )
    say(f"bare insert of posting, transfer and balance: {bare:,.0f}/s")
    say(f"ledger.post: {kept:,.0f}/s, {kept / bare:.2f} of the bare insert")


def _rate(write: Callable[[int], Any]) -> float:
    started = perf_counter()
    for number in range(WRITTEN):
        write(number)
    return WRITTEN / (perf_counter() - started)


def _bare(number: int, debit: Account, credit: Account) -> None:
    """The three rows without any check, key or lock: the limit to compare with."""
    posting, transfer = Posting._meta.db_table, Transfer._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {posting} (key, kind, posted_at) VALUES (%s, 'x', %s) RETURNING id",
            [f"bare {number}", NOW],
        )
        (made,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO {transfer} (posting_id, debit_id, credit_id, amount)"
            " VALUES (%s, %s, %s, %s)",
            [made, debit.pk, credit.pk, AMOUNT],
        )
        cursor.execute(
            f"UPDATE {Balance._meta.db_table} SET amount = amount + %s WHERE account_id = %s",
            [AMOUNT, credit.pk],
        )


def _fill(count: int, clearing: Account, payable: Account, fees: Account) -> None:
    numbers = _NUMBERS[is_postgres(connection)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Posting._meta.db_table} (key, kind, posted_at)"
            f" SELECT 'fill ' || n, 'fill', %s FROM ({numbers}) g",
            [NOW, count],
        )
        cursor.execute(
            f"INSERT INTO {Transfer._meta.db_table} (posting_id, debit_id, credit_id, amount)"
            " SELECT id, CASE WHEN id %% 4 = 0 THEN %s ELSE %s END,"
            f" %s, %s FROM {Posting._meta.db_table}",
            [fees.pk, clearing.pk, payable.pk, AMOUNT],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _time(ask: Callable[[], int]) -> float:
    """Return milliseconds, the median of some tries after a first one."""
    ask()
    taken = []
    for _ in range(TIMES):
        started = perf_counter()
        ask()
        taken.append((perf_counter() - started) * 1000)
    return median(taken)
