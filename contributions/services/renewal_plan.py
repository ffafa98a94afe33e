"""Who does what in a renewal: what is due is cut into chunks, before anything is worked off.

What each sponsorship is asked for stands nowhere yet: a chunk asks when it holds the workers
(`renewal_work`), so that nothing can have changed since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection

from bricks.clock import jakarta_date
from bricks.engine import is_postgres
from contributions import renewal_sql as sql
from contributions.models import RenewalChunk, RenewalRun
from contributions.renewal_due import LEAD_DAYS
from contributions.renewal_money import free_money

#: Donors a step on PostgreSQL; on SQLite a page waits for the writer, so a step is short.
DONORS, DONORS_SQLITE = 100_000, 100
#: Lines a chunk; where there are many lines of many donors, FEW_CHUNKS or more share them.
CHUNK, CHUNK_SQLITE = 20_000, 500
FEW_CHUNKS, SMALL_CHUNK = 8, 500
#: An invoice has at most so many lines; `split` cuts no donor with fewer, halving may.
INVOICE_LINES = 10_000
FIRST_DAY, LAST_DAY = date.min, date.max
LAST_ID = 2**63 - 1

_ENDING = """
SELECT 1 FROM contributions_sponsorship WHERE status = 'active' AND renews
AND parked_at IS NULL AND months = {months} AND paid_until <= {until}
"""
_DUE = """
FROM contributions_sponsorship s {walk} JOIN donors_programme p ON p.id = s.programme_id
WHERE {scope} AND {is_due}
"""
_OF_DONORS = """
SELECT s.donor_id, COUNT(*) {due} GROUP BY s.donor_id ORDER BY s.donor_id LIMIT {most}
"""
_OF_PROGRAMMES = """
SELECT s.programme_id, COUNT(*) {due} GROUP BY s.programme_id ORDER BY s.programme_id
"""
#: Where the parts of a programme end.
_ENDS = """
SELECT x.paid_until, x.id FROM (
  SELECT s.paid_until, s.id, ROW_NUMBER() OVER (ORDER BY s.paid_until, s.id) AS nth {due}) x
WHERE x.nth %% {size} = 0 AND x.nth < {count} ORDER BY x.nth
"""
#: Whether what a programme's parts take depends on what others of them took.
_SHARES = """
SELECT 1 FROM donors_programme p WHERE p.id = {programme} AND (p.ceiling IS NOT NULL
  OR EXISTS (SELECT 1 FROM ({money}) money
             WHERE money.owner = CASE WHEN money.budget THEN p.id ELSE p.donor_id END))
"""


@dataclass(frozen=True)
class Part:
    """A range of what is due: whole donors, or of one donor's programme what comes after one
    place in the order of (end of cover, id), up to another, inclusive. Parts that are
    `in_order` share a ceiling or money: each waits for those before it."""

    first_donor: int
    last_donor: int
    lines: int = 0
    programme_id: int | None = None
    after_end: date = FIRST_DAY
    after_sponsorship: int = 0
    until_end: date = LAST_DAY
    until_sponsorship: int = LAST_ID
    in_order: bool = False


def split(run: RenewalRun) -> bool:
    """Cut what is due into chunks: whole donors, so that each gets one invoice a programme and
    one message. A donor with more than INVOICE_LINES lines is cut by programme, and a
    programme with more of them into parts of so many, in order of the end of cover.

    DONORS at a time, in the caller's transaction, which holds the run's row; `reached` is left
    at the last of them. Says whether that was the last step.
    """
    if not run.reached and not is_anything_ending(run.today):
        return True
    most = DONORS if is_postgres(connection) else DONORS_SQLITE
    due = due_rows(run.today, f"s.donor_id > {run.reached}")
    donors: list[tuple[int, int]] = select(_OF_DONORS.format(due=due, most=most))
    if not donors:
        return True
    size = _chunk_size(sum(lines for _donor, lines in donors))
    number = RenewalChunk.objects.filter(run=run).count()
    RenewalChunk.objects.bulk_create(
        RenewalChunk(run=run, number=number + nth, **vars(part))
        for nth, part in enumerate(_parts(run, donors, size), start=1)
    )
    run.reached = donors[-1][0]
    return len(donors) < most


def is_anything_ending(today: date) -> bool:
    """Tell whether some cover that renews ends so soon that its period's lead has come, or
    has ended: one look into an index for each period."""
    asked = [
        f"EXISTS ({_ENDING.format(months=months, until=sql.day(today + timedelta(days=days)))})"
        for months, days in LEAD_DAYS.items()
    ]
    return bool(select(f"SELECT {' OR '.join(asked)}")[0][0])


def due_rows(today: date, scope: str) -> str:
    """Write `FROM .. WHERE` of what is due on a day in a scope, as a condition on `s`."""
    return _DUE.format(walk=sql.walk(scope), scope=scope, is_due=sql.is_due(today))


def day_of(run: RenewalRun, now: datetime) -> date:
    """The day for which a run asks: one that goes on behind midnight buys no past day."""
    return max(run.today, jakarta_date(now))


def scope_of(part: Part | RenewalChunk) -> str:
    """Write which sponsorships `s` a part may have, as a condition."""
    words = [f"s.donor_id >= {part.first_donor} AND s.donor_id <= {part.last_donor}"]
    if part.programme_id is not None:
        after = f"{sql.day(part.after_end)}, {part.after_sponsorship}"
        until = f"{sql.day(part.until_end)}, {part.until_sponsorship}"
        words += [
            f"s.programme_id = {part.programme_id}",
            f"(s.paid_until, s.id) > ({after}) AND (s.paid_until, s.id) <= ({until})",
        ]
    return " AND ".join(words)


def _chunk_size(lines: int) -> int:
    if not is_postgres(connection):
        return CHUNK_SQLITE
    return min(CHUNK, max(SMALL_CHUNK, -(-lines // FEW_CHUNKS)))


def _parts(run: RenewalRun, donors: list[tuple[int, int]], size: int) -> Iterator[Part]:
    first = last = lines = 0
    for donor, count in donors:
        if lines and (lines + count > size or count > INVOICE_LINES):
            yield Part(first, last, lines)
            lines = 0
        if count > INVOICE_LINES:
            yield from _parts_of_donor(run, donor)
            continue
        first, last, lines = first if lines else donor, donor, lines + count
    if lines:
        yield Part(first, last, lines)


def _parts_of_donor(run: RenewalRun, donor: int) -> Iterator[Part]:
    scope = f"s.donor_id = {donor}"
    for programme, count in select(_OF_PROGRAMMES.format(due=due_rows(run.today, scope))):
        due = due_rows(run.today, f"{scope} AND s.programme_id = {programme}")
        found = select(_ENDS.format(due=due, size=INVOICE_LINES, count=count))
        ends = [(sql.read_day(end), pk) for end, pk in found]
        in_order = bool(ends) and _shares(programme)
        places = [(FIRST_DAY, 0), *ends, (LAST_DAY, LAST_ID)]
        for nth, (after, until) in enumerate(pairwise(places)):
            lines = min(INVOICE_LINES, count - nth * INVOICE_LINES)
            yield Part(donor, donor, lines, programme, *after, *until, in_order=in_order)


def _shares(programme: int) -> bool:
    money, params = free_money()
    return bool(select(_SHARES.format(programme=programme, money=money), params))


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
