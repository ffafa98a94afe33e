"""Working off a renewal: a chunk is one transaction, and its row's lock the claim on it.

It holds the workers first, then the ceilings and the money, and asks then who is due, for
what, and how it is met: nothing of that can change until it is written. No object per line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from bricks.engine import favour_bulk, is_postgres
from contributions import locks
from contributions import renewal_sql as sql
from contributions.models import RenewalChunk, RenewalRun
from contributions.models.renewal import Reason
from contributions.renewal_money import free_money
from contributions.services.renewal_plan import day_of, due_rows, execute, scope_of, select
from contributions.services.renewal_writing import LINES, Owner, accounts, renew_lines
from donors.models import BUDGETS, Programme
from payments.models import Balance


class ChunkRefused(Exception):
    """The database refused what a chunk writes; nothing of it has happened."""

    def __init__(self, chunk: RenewalChunk, why: Exception) -> None:
        """Name the chunk as it was tried, and the first line of what the database says."""
        super().__init__(f"chunk {chunk.number}: {str(why).partition(chr(10))[0]}")
        self.chunk = chunk


def work_chunk(run: RenewalRun, *, now: datetime) -> bool:
    """Claim the next chunk that nobody has, and work it off; False where none is left.

    On PostgreSQL others pass by a chunk that is held. Raises PricesMoved, ChunkRefused.
    """
    chunk = None
    try:
        with transaction.atomic():
            favour_bulk(connection)
            chunk = claim(run)
            if chunk is None:
                return False
            _work(run, chunk, now)
    except (DataError, IntegrityError, InternalError) as refused:
        if chunk is None:
            raise
        raise ChunkRefused(chunk, refused) from refused
    return True


def _work(run: RenewalRun, chunk: RenewalChunk, now: datetime) -> None:
    day = day_of(run, now)
    scope = hold_due(chunk, run.today)
    payers = payers_of(scope)
    hold_programmes(payers.ceiled)
    hold_balances(payers.owners)
    plan_lines(run, chunk, day, scope, payers)
    _keep_shortness(chunk, day)
    chunk.counts = renew_lines(run, chunk, now=now)
    chunk.finished_at = now
    chunk.save(update_fields=["counts", "is_money_short", "is_room_short", "finished_at"])


def claim(run: RenewalRun) -> RenewalChunk | None:
    """Hold the first chunk of a run that is neither finished nor held, nor waits for another
    part of its programme."""
    waiting = RenewalChunk.objects.filter(run=run, finished_at__isnull=True).order_by("number")
    unfinished = _parts_before(
        OuterRef("run"),
        OuterRef("programme_id"),
        OuterRef("after_end"),
        OuterRef("after_sponsorship"),
    ).filter(finished_at__isnull=True)
    free = waiting.exclude(Exists(unfinished), in_order=True)
    return free.select_for_update(of=("self",), skip_locked=is_postgres(connection)).first()


def _parts_before(run: Any, programme: Any, end: Any, sponsorship: Any) -> QuerySet[RenewalChunk]:
    """The parts of a programme that come before a place in its order."""
    parts = RenewalChunk.objects.filter(run=run, programme_id=programme)
    return parts.filter(Q(after_end__lt=end) | Q(after_end=end, after_sponsorship__lt=sponsorship))


# --- what is held ----------------------------------------------------------------------
def hold_due(chunk: RenewalChunk, day: date) -> str:
    """Hold the workers of whom something is due, and return the scope of what may be asked
    now: nobody who became due while others were waited for is met without his lock."""
    scope = scope_of(chunk)
    held = locks.lock_workers_of(f"SELECT s.worker_id {due_rows(day, scope)}")
    if held is None:
        return scope
    return f"{scope} AND s.worker_id = ANY ('{held}'::bigint[])"


@dataclass(frozen=True)
class Payers:
    """Whose money and whose ceilings a chunk may touch."""

    owners: Sequence[Owner]
    ceiled: Sequence[int]


_PAYERS = """
SELECT DISTINCT s.donor_id, s.programme_id, s.funding IN ({budgets}), p.ceiling IS NOT NULL
FROM contributions_sponsorship s {walk} JOIN donors_programme p ON p.id = s.programme_id
WHERE {scope} AND s.status = 'active' AND s.renews
"""


def payers_of(scope: str) -> Payers:
    """Return who pays what may be due in a scope."""
    budgets = ", ".join(f"'{funding}'" for funding in BUDGETS)
    found = select(_PAYERS.format(scope=scope, walk=sql.walk(scope), budgets=budgets))
    owners = {
        (bool(budget), programme if budget else donor) for donor, programme, budget, _c in found
    }
    ceiled = {programme for _donor, programme, _budget, ceiled in found if ceiled}
    return Payers(sorted(owners), sorted(ceiled))


def hold_programmes(ids: Sequence[int]) -> None:
    """Let no other chunk count on the same ceiling until the transaction ends."""
    if not ids:
        return
    rows = Programme.objects.filter(pk__in=ids).order_by("pk")
    # Not FOR UPDATE: rows that only point at a programme may still be written.
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def hold_balances(owners: Sequence[Owner]) -> None:
    """Let nobody else spend these credits and funds until the transaction ends."""
    held = Balance.objects.filter(account__in=accounts(owners).values())
    list(held.order_by("account").select_for_update().values_list("pk", flat=True))


# --- what is asked beneath the locks -------------------------------------------------------
_OWNED = "SELECT budget, owner, free FROM ({money}) free_money WHERE owner IN ({owners})"
_LINES = """
CREATE TEMPORARY TABLE {lines} {dropped} AS
{fates}
SELECT sponsorship_id, worker_id, donor_id, programme_id, budget, paid_until, bracket, sector,
       funding, jht, run_start, run_months, first_month, months, price, dearest,
       {how} AS how, {why_not} AS why_not
FROM fates
"""


def plan_lines(run: RenewalRun, chunk: RenewalChunk, day: date, scope: str, payers: Payers) -> None:
    """Ask who is due in a scope and how each is met, and keep it until the transaction ends:
    a line for each in a table of this transaction's own.

    Where a part before this one was short of money, or of room, there is none for this one:
    nobody is overtaken by one whose period is cheaper.
    """
    how, why_not = "how", "why_not"
    if chunk.is_refused:
        how = "'refused'"
        why_not = f"CASE WHEN why_not = '' THEN '{Reason.FAILED}' ELSE why_not END"
    before = RenewalChunk.objects.none()
    if chunk.in_order:
        before = _parts_before(run, chunk.programme_id, chunk.after_end, chunk.after_sponsorship)
    fates = sql.fates(
        day,
        due_on=run.today,
        scope=scope,
        rooms=_rooms(payers.ceiled, is_full=before.filter(is_room_short=True).exists()),
        money=_money([] if before.filter(is_money_short=True).exists() else payers.owners),
    )
    execute(f"DROP TABLE IF EXISTS {LINES}")
    dropped = "ON COMMIT DROP" if is_postgres(connection) else ""
    execute(_LINES.format(lines=LINES, dropped=dropped, fates=fates, how=how, why_not=why_not))
    if is_postgres(connection):
        execute(f"ANALYZE {LINES}")


def _rooms(programmes: Sequence[int], *, is_full: bool) -> str:
    if not programmes:
        return "SELECT 0 AS programme, 0 AS room WHERE 1 = 0"
    ids = ", ".join(str(pk) for pk in programmes)
    if is_full:
        return f"SELECT p.id AS programme, 0 AS room FROM donors_programme p WHERE p.id IN ({ids})"  # noqa: S608 - ids
    return sql.rooms(ids)


def _money(owners: Sequence[Owner]) -> str:
    """What of these credits and funds may be spent, as a table of numbers."""
    rows = []
    if owners:
        money, params = free_money()
        ids = ", ".join(str(pk) for pk in sorted({pk for _budget, pk in owners}))
        rows = select(_OWNED.format(money=money, owners=ids), params)
    # A programme and a donor may bear the same number.
    mine = set(owners)
    free = ", ".join(
        f"({str(bool(budget)).upper()}, {owner}, {int(amount)})"
        for budget, owner, amount in rows
        if (bool(budget), owner) in mine
    )
    if not free:
        return "SELECT FALSE AS budget, 0 AS owner, 0 AS free WHERE 1 = 0"
    # The names column1 to column3 are those of both engines.
    names = "column1 AS budget, column2 AS owner, column3 AS free"
    return f"SELECT {names} FROM (VALUES {free}) AS given"  # noqa: S608 - numbers


_SHORT = """
SELECT COALESCE(MAX(CASE WHEN l.how = 'invoice' AND (NOT l.budget OR {within}) THEN 1 END), 0),
       COALESCE(MAX(CASE WHEN l.why_not = 'fund_dry' THEN 1 END), 0)
FROM renewal_lines l
"""


def _keep_shortness(chunk: RenewalChunk, day: date) -> None:
    """Note of a part whether money, or room, ended in it: those behind it get none."""
    if chunk.in_order:
        money, room = select(_SHORT.format(within=sql.within_year("l", day)))[0]
        chunk.is_money_short, chunk.is_room_short = bool(money), bool(room)
