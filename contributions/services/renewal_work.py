"""Working off a renewal: a chunk is one transaction, and its row's lock the claim on it.

No object per line: what a chunk does to its lines are statements over the plan.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import DataError, IntegrityError, InternalError, connection, transaction

from bricks.clock import jakarta_date
from bricks.engine import favour_bulk, is_postgres
from contributions import locks
from contributions import renewal_sql as sql
from contributions.models import RenewalChunk, RenewalRun
from contributions.models.renewal import Reason
from contributions.renewal_money import free_money
from contributions.services.renewal_plan import MANY, PREFIX, execute, lines_of, select
from contributions.services.renewal_writing import Owner, accounts, renew_lines
from donors.models import Programme
from payments.models import Balance


class ChunkRefused(Exception):
    """The database refused what a chunk writes; nothing of it has happened."""

    def __init__(self, number: int, why: Exception) -> None:
        """Name the chunk, and the first line of what the database says."""
        super().__init__(f"chunk {number}: {str(why).partition(chr(10))[0]}")
        self.number = number


def work_chunk(run: RenewalRun, *, now: datetime) -> bool:
    """Claim the next chunk that nobody has, and work it off; False where none is left.

    On PostgreSQL others pass by a chunk that is held. Raises PricesMoved, ChunkRefused.
    """
    number = 0
    try:
        with transaction.atomic():
            favour_bulk(connection)
            chunk = claim(run)
            if chunk is None:
                return False
            number = chunk.number
            _work(run, chunk, now)
    except (DataError, IntegrityError, InternalError) as refused:
        raise ChunkRefused(number, refused) from refused
    return True


def _work(run: RenewalRun, chunk: RenewalChunk, now: datetime) -> None:
    lines = lines_of(chunk)
    day = max(run.today, jakarta_date(now))
    unmet = f"{lines} AND l.how <> 'refused'"
    locks.lock_workers_of(_WORKERS.format(lines=unmet))
    recheck(run, unmet, day)
    hold_ceilings(unmet)
    hold_money(f"{lines} AND l.how = 'draw'")
    chunk.counts = renew_lines(run, chunk, now=now)
    chunk.claimed_at = chunk.finished_at = now
    chunk.save(update_fields=["counts", "claimed_at", "finished_at"])


def claim(run: RenewalRun) -> RenewalChunk | None:
    """Hold the first chunk of a run that is neither finished nor held."""
    waiting = RenewalChunk.objects.filter(run=run, finished_at__isnull=True).order_by("number")
    return waiting.select_for_update(skip_locked=is_postgres(connection)).first()


# --- beneath the lock ----------------------------------------------------------------
_WORKERS = "SELECT l.worker_id FROM contributions_renewalline l WHERE {lines}"
_CHANGED = """
{plan}
SELECT l.id, CASE WHEN plan.sponsorship_id IS NULL THEN ''
                  WHEN plan.reason NOT IN ('', 'no_tariff') THEN plan.reason ELSE 'changed' END
FROM contributions_renewalline l LEFT JOIN plan ON plan.sponsorship_id = l.sponsorship_id
WHERE {lines} AND (plan.sponsorship_id IS NULL OR plan.reason <> ''
  OR plan.donor_id <> l.donor_id OR plan.programme_id <> l.programme_id
  OR plan.paid_until <> l.paid_until OR plan.run_start <> l.run_start
  OR plan.run_months <> l.run_months OR plan.first_month <> l.first_month
  OR plan.months <> l.months OR plan.price <> l.price)
"""
_REFUSE = """
UPDATE contributions_renewalline SET how = 'refused', reason = %s WHERE id IN ({ids})
"""
_SCOPE = "s.id IN (SELECT l.sponsorship_id FROM contributions_renewalline l WHERE {lines})"


def recheck(run: RenewalRun, lines: str, day: date) -> None:
    """Ask the same question again of what the plan says: who is no longer due drops out,
    who cannot be renewed any more, or only otherwise, is refused with his reason."""
    plan = sql.plan(day, scope=_SCOPE.format(lines=lines), run=run.pk)
    changed: dict[str, list[int]] = {}
    for line, reason in select(_CHANGED.format(plan=plan, lines=lines)):
        changed.setdefault(reason, []).append(line)
    for reason, ids in changed.items():
        _refuse(ids, reason)


def _refuse(ids: Sequence[int], reason: str) -> None:
    for start in range(0, len(ids), MANY):
        some = ", ".join(str(pk) for pk in ids[start : start + MANY])
        execute(_REFUSE.format(ids=some), [reason])


_CEILED = """
SELECT DISTINCT l.programme_id FROM contributions_renewalline l
JOIN donors_programme p ON p.id = l.programme_id AND p.ceiling IS NOT NULL WHERE {lines}
"""


def hold_ceilings(lines: str) -> None:
    """Hold the programmes that have a ceiling, and refuse what exceeds it by now (`fund_dry`):
    months that came to be since the plan was made, and those of other chunks, count."""
    programmes = [row[0] for row in select(_CEILED.format(lines=lines))]
    if not programmes:
        return
    hold_programmes(programmes)
    beyond = sql.beyond(lines, ", ".join(str(pk) for pk in programmes))
    _refuse([row[0] for row in select(beyond)], Reason.FUND_DRY)


def hold_programmes(ids: Sequence[int]) -> None:
    """Let no other chunk count on the same ceiling until the transaction ends."""
    rows = Programme.objects.filter(pk__in=ids).order_by("pk")
    # Not FOR UPDATE: rows that only point at a programme may still be written.
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


_ASKED_OF = """
SELECT l.budget, CASE WHEN l.budget THEN l.programme_id ELSE l.donor_id END, SUM(l.price)
FROM contributions_renewalline l WHERE {lines} GROUP BY 1, 2
"""
_OWNED = "SELECT budget, owner, free FROM ({money}) free_money WHERE owner IN ({owners})"
_SHORT = """
WITH money(budget, owner, free) AS (VALUES {rows})
UPDATE contributions_renewalline SET how = 'invoice' WHERE id IN ({prefix})
"""


def hold_money(lines: str) -> None:
    """Hold the credits and funds that are to pay, and let the invoice ask for what they no
    longer pay: the last ones in order of the end of cover."""
    asked = {
        (bool(budget), owner): int(sum_)
        for budget, owner, sum_ in select(_ASKED_OF.format(lines=lines))
    }
    if not asked:
        return
    held = Balance.objects.filter(account__in=accounts(asked).values()).order_by("account")
    list(held.select_for_update().values_list("pk", flat=True))
    money, params = free_money()
    owners = ", ".join(str(owner) for owner in sorted({owner for _budget, owner in asked}))
    free = {
        (bool(budget), owner): int(sum_)
        for budget, owner, sum_ in select(_OWNED.format(money=money, owners=owners), params)
    }
    short = {owner: free.get(owner, 0) for owner in asked if free.get(owner, 0) < asked[owner]}
    if short:
        execute(
            _SHORT.format(rows=_owner_rows(short), prefix=PREFIX.format(lines=lines, compare=">"))
        )


def _owner_rows(money: dict[Owner, int]) -> str:
    return ", ".join(
        f"({str(budget).upper()}, {owner}, {free})" for (budget, owner), free in money.items()
    )
