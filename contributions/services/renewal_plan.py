"""The plan of a renewal: who is due, what money there is for whom, and who does what.

Each function is a stage of `RenewalRun.Stage`, called again until it says that it is done.
It works in the caller's transaction, which holds the run's row, and leaves the run's
`reached` behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from bricks.engine import is_postgres
from contributions import renewal_sql as sql
from contributions.models import RenewalChunk, RenewalLine, RenewalRun
from contributions.renewal_due import LEAD_DAYS
from contributions.renewal_money import free_money

#: Rows a step on PostgreSQL; on SQLite a page waits for the writer, so a step is short.
STEP, STEP_SQLITE = 200_000, 500
#: Lines a chunk; where there are many lines of many donors, FEW_CHUNKS or more share them.
CHUNK, CHUNK_SQLITE = 20_000, 500
FEW_CHUNKS, SMALL_CHUNK = 8, 500
#: An invoice has at most so many lines; `split` cuts no donor with fewer, halving may.
INVOICE_LINES = 10_000
LAST_ID = 2**63 - 1
DONORS = 10_000
#: Ids written into one statement.
MANY = 1_000


# --- what is due -------------------------------------------------------------------
_PRICES = """
INSERT INTO contributions_renewalprice
  (run_id, bracket, sector, funding, jht, first_month, months, price)
WITH {span}, {choice}
SELECT {run}, priced.* FROM ({prices}) priced
"""
_LINES = """
INSERT INTO contributions_renewalline
  (run_id, sponsorship_id, worker_id, donor_id, programme_id, budget, paid_until, run_start,
   run_months, first_month, months, price, how, reason)
{plan}
SELECT {run}, sponsorship_id, worker_id, donor_id, programme_id, budget, paid_until, run_start,
       run_months, first_month, months, price,
       CASE WHEN reason = '' THEN 'invoice' ELSE 'refused' END, reason
FROM plan ORDER BY donor_id, sponsorship_id
"""
_UNTIL = """
SELECT MAX(id) FROM (SELECT id FROM {table} WHERE id > %s AND status = 'active'
AND paid_until <= {horizon} ORDER BY id LIMIT %s) few
"""
_ENDING = """
SELECT 1 FROM contributions_sponsorship WHERE status = 'active' AND renews
AND parked_at IS NULL AND months = {months} AND paid_until <= {until}
"""


def gather(run: RenewalRun) -> bool:
    """Write a line for each sponsorship that is due, with its price or the reason why it
    cannot be renewed; STEP ids of sponsorships at a time. Says whether that was the last."""
    if not run.reached:
        if not is_anything_ending(run.today):
            return True
        fill_prices(run)
    found = select(
        _UNTIL.format(
            table=sql.whole_table("contributions_sponsorship"), horizon=_horizon(run.today)
        ),
        [run.reached, step_size()],
    )
    until = found[0][0]
    if until is not None:
        scope = f"s.id > {run.reached} AND s.id <= {until}"
        execute(_LINES.format(plan=sql.plan(run.today, scope=scope, run=run.pk), run=run.pk))
        run.reached = until
        return False
    return True


def is_anything_ending(today: date) -> bool:
    """Tell whether some cover that renews ends so soon that its period's lead has come, or
    has ended: one look into an index for each period."""
    asked = [
        f"EXISTS ({_ENDING.format(months=months, until=sql.day(today + timedelta(days=days)))})"
        for months, days in LEAD_DAYS.items()
    ]
    return bool(select(f"SELECT {' OR '.join(asked)}")[0][0])


def fill_prices(run: RenewalRun) -> None:
    """Work out anew what each period costs in a run."""
    execute(f"DELETE FROM contributions_renewalprice WHERE run_id = {run.pk}")  # noqa: S608 - an id
    execute(
        _PRICES.format(
            span=sql.span(sql.periods(run.today)),
            choice=sql.CHOICE,
            prices=sql.prices(),
            run=run.pk,
        )
    )
    if is_postgres(connection):
        execute("ANALYZE contributions_renewalprice")


def _horizon(today: date) -> str:
    return sql.day(today + timedelta(days=max(LEAD_DAYS.values())))


# --- what money there is -------------------------------------------------------------
_PROGRAMMES = "SELECT l.programme_id FROM contributions_renewalline l WHERE {lines}"
_ROOM = """
UPDATE contributions_renewalline SET how = 'refused', reason = 'fund_dry' WHERE id IN ({beyond})
"""
#: Whole workers in order of the end of their cover, as far as the money goes: a strict
#: prefix, so that nobody is overtaken by one whose period is cheaper.
PREFIX = """
SELECT x.id FROM (
  SELECT l.id, money.free, SUM(l.price) OVER (
           PARTITION BY l.budget, money.owner ORDER BY l.paid_until, l.sponsorship_id
           ROWS UNBOUNDED PRECEDING) AS upto
  FROM contributions_renewalline l
  JOIN money ON money.budget = l.budget
   AND money.owner = CASE WHEN l.budget THEN l.programme_id ELSE l.donor_id END
  WHERE {lines}) x
WHERE x.upto {compare} x.free
"""
_DRAW = """
WITH money AS ({money})
UPDATE contributions_renewalline SET how = 'draw' WHERE id IN ({prefix})
"""
_DONORS = """
SELECT MAX(donor_id) FROM (SELECT donor_id FROM contributions_renewalline
WHERE run_id = %s AND donor_id > %s ORDER BY donor_id, sponsorship_id LIMIT %s) few
"""


def draw(run: RenewalRun) -> bool:
    """Say of each line whether money that is there pays it, else an invoice asks for it.

    A programme with a ceiling first: what would exceed it is refused (`fund_dry`), the
    ceiling less what the programme's months cost so far, whether asked for or bought,
    being the room. Then a donor's private credit, and the fund of a public budget's
    programme, pay whole workers in order of the end of their cover; a fund only months of
    the present budget year (P28). STEP lines, whole donors, at a time.
    """
    if not run.reached:
        if not RenewalLine.objects.filter(run=run).exists():
            return True
        if is_postgres(connection):
            execute("ANALYZE contributions_renewalline")
        mine = f"l.run_id = {run.pk}"
        execute(_ROOM.format(beyond=sql.beyond(mine, _PROGRAMMES.format(lines=mine))))
    until = select(_DONORS, [run.pk, run.reached, step_size()])[0][0]
    if until is None:
        return True
    money, params = free_money()
    lines = (
        f"l.run_id = {run.pk} AND l.donor_id > {run.reached} AND l.donor_id <= {until}"
        f" AND l.how = 'invoice' AND (NOT l.budget OR {sql.within_year('l', run.today)})"
    )
    prefix = PREFIX.format(lines=lines, compare="<=")
    execute(_DRAW.format(money=money, prefix=prefix), params)
    run.reached = until
    return False


# --- who does what -------------------------------------------------------------------
_OF_DONORS = """
SELECT donor_id, COUNT(*) FROM contributions_renewalline WHERE run_id = %s AND donor_id > %s
GROUP BY donor_id ORDER BY donor_id LIMIT %s
"""
_OF_PROGRAMMES = """
SELECT programme_id, COUNT(*) FROM contributions_renewalline
WHERE run_id = %s AND donor_id = %s GROUP BY programme_id ORDER BY programme_id
"""
_NTH = """
SELECT sponsorship_id FROM contributions_renewalline
WHERE run_id = %s AND donor_id = %s AND programme_id = %s
ORDER BY sponsorship_id LIMIT 1 OFFSET %s
"""


@dataclass(frozen=True)
class Part:
    """A range of lines: whole donors, or a part of one donor's programme."""

    lines: int
    first_donor: int
    last_donor: int
    first_sponsorship: int = 0
    last_sponsorship: int = LAST_ID
    programme_id: int | None = None


def split(run: RenewalRun) -> bool:
    """Cut the plan into chunks: whole donors, so that each gets one invoice a programme and
    one message. A donor with more than INVOICE_LINES lines is cut by programme, and a
    programme with more of them into parts of so many."""
    lines = RenewalLine.objects.filter(run=run).count()
    if lines and is_postgres(connection):
        # What is drawn and what asked for is new since the last one.
        execute("ANALYZE contributions_renewalline")
    size = _chunk_size(lines)
    RenewalChunk.objects.bulk_create(
        RenewalChunk(run=run, number=number, **vars(part))
        for number, part in enumerate(_parts(run, size), start=1)
    )
    return True


def _chunk_size(lines: int) -> int:
    if not is_postgres(connection):
        return CHUNK_SQLITE
    return min(CHUNK, max(SMALL_CHUNK, -(-lines // FEW_CHUNKS)))


def _parts(run: RenewalRun, size: int) -> Iterator[Part]:
    first = last = lines = 0
    for donor, count in _donors(run):
        if lines and (lines + count > size or count > INVOICE_LINES):
            yield Part(lines, first, last)
            lines = 0
        if count > INVOICE_LINES:
            yield from _parts_of_donor(run, donor)
            continue
        first, last, lines = first if lines else donor, donor, lines + count
    if lines:
        yield Part(lines, first, last)


def _donors(run: RenewalRun) -> Iterator[tuple[int, int]]:
    """Each donor with his lines, in order of id; DONORS of them in memory."""
    donor = 0
    while page := select(_OF_DONORS, [run.pk, donor, DONORS]):
        yield from page
        donor = page[-1][0]


def _parts_of_donor(run: RenewalRun, donor: int) -> Iterator[Part]:
    for programme, count in select(_OF_PROGRAMMES, [run.pk, donor]):
        first = 0
        for start in range(0, count, INVOICE_LINES):
            end = start + INVOICE_LINES
            last = LAST_ID
            if end < count:
                last = select(_NTH, [run.pk, donor, programme, end - 1])[0][0]
            yield Part(min(end, count) - start, donor, donor, first, last, programme)
            first = last + 1


def lines_of(chunk: RenewalChunk) -> str:
    """Write which lines `l` a chunk has, as a condition."""
    words = [
        f"l.run_id = {chunk.run_id}",
        f"l.donor_id >= {chunk.first_donor} AND l.donor_id <= {chunk.last_donor}",
    ]
    if chunk.programme_id is not None:
        words += [
            f"l.programme_id = {chunk.programme_id}",
            f"l.sponsorship_id >= {chunk.first_sponsorship}",
            f"l.sponsorship_id <= {chunk.last_sponsorship}",
        ]
    return " AND ".join(words)


def step_size() -> int:
    """Rows a step: few on SQLite."""
    return STEP if is_postgres(connection) else STEP_SQLITE


def execute(text: str, params: Any = ()) -> int:
    """Run a statement; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(text, list(params))
        return int(cursor.rowcount)


def select(text: str, params: Any = ()) -> list[tuple[Any, ...]]:
    """Run a question; return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(text, list(params))
        return list(cursor.fetchall())
