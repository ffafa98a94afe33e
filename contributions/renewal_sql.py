"""The renewal's questions in SQL, the same on both engines: who is due, for which months,
at what price, and why not.

Dates are written into the text: they come from Python's own month arithmetic, as small
tables of months (`WITH span`, `WITH grid`), so that no engine adds months to a day: it only
numbers them (`month_no`).
Period k of a run from a day covers `bricks.months.period_of`: month M of it begins on
that day of M, clamped to the last of M. `tests/contributions/test_renewal_sql.py` compares.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import connection

from bricks.engine import is_postgres
from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models.cover import LIVE
from contributions.renewal_due import LEAD_DAYS

#: A first month, and how many.
Period = tuple[date, int]
#: The longest period there is.
MOST_MONTHS = 12
#: What is due begins in the present month or one of the next two: cover ends within 30 days, or
#: behind a month of the bridge fund a little later. Three suffice while BRIDGE_DAYS_AHEAD is
#: below 29.
FIRST_MONTHS = 3


def day(value: date) -> str:
    """Write a date as the engine reads it."""
    return f"DATE '{value}'" if is_postgres(connection) else f"'{value}'"


def read_day(value: date | str) -> date:
    """Read a date that a plain question of SQLite answers as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(value: datetime) -> str:
    """Write an instant as the engine reads it."""
    if is_postgres(connection):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    return f"'{connection.ops.adapt_datetimefield_value(value)}'"


def use_lines() -> str:
    """The lines of a `CreditUse`, added up to JSON from lines `l`."""
    pairs = "'sponsorship', l.sponsorship_id, 'months', l.months, 'amount', l.price"
    if is_postgres(connection):
        order = "ORDER BY l.paid_until, l.sponsorship_id"
        return f"jsonb_agg(jsonb_build_object({pairs}) {order})"
    return f"json_group_array(json_object({pairs}))"


def next_day(column: str, days: int = 1) -> str:
    """The day after (or so many days after) a date."""
    if is_postgres(connection):
        return f"({column} + {days})"
    return f"date({column}, '{days:+} day')"


def day_no(column: str) -> str:
    """The day of the month of a date."""
    if is_postgres(connection):
        return f"date_part('day', {column})::int"
    return f"CAST(strftime('%%d', {column}) AS INTEGER)"


def month_no(column: str) -> str:
    """The months since the year 0 of a date: two of them differ by whole months."""
    if is_postgres(connection):
        return f"(date_part('year', {column})::int * 12 + date_part('month', {column})::int)"
    year, month = (f"CAST(strftime('%%{part}', {column}) AS INTEGER)" for part in "Ym")
    return f"({year} * 12 + {month})"


def clamped(month: str, last: str, day_of_month: str) -> str:
    """That day of a month, or its last day where it has none."""
    if is_postgres(connection):
        return f"LEAST({month} + ({day_of_month} - 1), {last})"
    return f"MIN(date({month}, '+' || ({day_of_month} - 1) || ' days'), {last})"


def within_year(row: str, today: date) -> str:
    """Whether all months of a row of the plan lie in the budget year, the calendar's."""
    after = (today.year + 1) * 12 + 1
    return f"{month_no(f'{row}.first_month')} + {row}.months <= {after}"


def periods(today: date) -> list[Period]:
    """What a period that is due may be: its first month, and how many."""
    return [(first, months) for first in _firsts(today) for months in range(1, MOST_MONTHS + 1)]


def span(periods: Iterable[Period]) -> str:
    """`WITH` table of periods: first month, how many, and what bounds them.

    The fewer, the better: PostgreSQL, which takes a chunk's lines for one, compares each
    line with all of them.
    """
    rows = ", ".join(
        f"({day(first)}, {months}, {day(add_months(first, -1))}, {day(_last(first))}, "
        f"{day(end)}, {day(_last(end))})"
        for first, months in periods
        for end in [add_months(first, months)]
    )
    columns = "first_month, months, month_before, first_last, end_month, end_last"
    return f"span({columns}) AS (VALUES {rows})"


def grid(periods: Iterable[Period]) -> str:
    """`WITH` table of each month of each of these periods, with the month after it."""
    rows = ", ".join(
        f"({day(first)}, {months}, {day(month)}, {day(_last(month))}, "
        f"{day(after)}, {day(_last(after))})"
        for first, months in periods
        for month, after in _pairs(first, months)
    )
    columns = "first_month, months, month, month_last, after, after_last"
    return f"grid({columns}) AS (VALUES {rows})"


def rooms(programmes: str) -> str:
    """Select `programme` and `room` of programmes `p` with a ceiling: the rupiah of it that
    no month has cost so far, whether asked for or bought; what a corrected tariff gave back
    is free again."""
    return _ROOMS.format(programmes=programmes, live=", ".join(f"'{status}'" for status in LIVE))


_ROOMS = """
SELECT p.id AS programme, p.ceiling - COALESCE(SUM(c.amount), 0) + COALESCE((
         SELECT SUM(back.amount) FROM contributions_pricecorrection back
         JOIN contributions_contribution paid ON paid.id = back.contribution_id
         JOIN contributions_sponsorship his ON his.id = paid.sponsorship_id
         WHERE his.programme_id = p.id AND paid.status IN ({live})), 0) AS room
FROM donors_programme p
LEFT JOIN contributions_sponsorship s ON s.programme_id = p.id
LEFT JOIN contributions_contribution c ON c.sponsorship_id = s.id AND c.status IN ({live})
WHERE p.ceiling IS NOT NULL AND p.id IN ({programmes})
GROUP BY p.id, p.ceiling"""
#: For whom nothing may be asked, the weightiest reason first: `workers.standing`, which
#: a test holds this to.
_HELD = """held AS {kept} (
SELECT worker_id, MIN(weight) AS weight FROM (
    SELECT worker_id, CASE kind WHEN 'died' THEN 1 WHEN 'employee' THEN 3 ELSE 4 END AS weight
    FROM workers_workerevent
    WHERE kind IN ('died', 'employee', 'left') AND revoked_at IS NULL
    UNION ALL
    SELECT worker_id, 2 FROM workers_incidentreport
    WHERE kind = 'death' AND status = 'open' AND worker_id IS NOT NULL
) known GROUP BY worker_id),
frozen AS {kept} (SELECT id FROM workers_enrollment WHERE frozen_at IS NOT NULL),
bridged AS {kept} (
SELECT c.worker_id, MIN(c.covered_from) AS since, MAX(c.covered_until) AS until
FROM donors_programme fund JOIN contributions_sponsorship lent ON lent.programme_id = fund.id
JOIN contributions_contribution c ON c.sponsorship_id = lent.id
WHERE fund.kind = 'bridge' AND c.status IN ('paid', 'sent', 'accepted')
  AND c.covered_until >= {today} GROUP BY c.worker_id)"""
#: Not NOT EXISTS: the morning after a night of many invoices PostgreSQL still believes that
#: nothing is promised, and would compare every sponsorship with every such month.
_IS_DUE = """s.status = 'active' AND s.renews AND s.parked_at IS NULL
  AND p.fixed_until IS NULL AND s.paid_until <= CASE s.months {leads} END
  AND COALESCE((SELECT 1 FROM contributions_contribution c
                WHERE c.sponsorship_id = s.id AND c.status = 'promised' LIMIT 1), 0) <> 1"""
_DUE = """due AS {kept} (
SELECT s.id, s.worker_id, s.donor_id, s.programme_id, s.enrollment_id, s.bracket, s.sector,
       s.funding, s.jht, s.paid_until, s.run_start, s.run_months, held.weight,
       frozen.id AS frozen_id, {covered} AS covered,
       CASE WHEN {covered} < {before_1} THEN {month_0}
            WHEN {covered} < {before_2} THEN {month_1} ELSE {month_2} END AS first_month,
       CASE WHEN s.stops_on IS NULL THEN s.months
            WHEN {covered} < {yesterday} THEN {anew}
            WHEN {left} < s.months THEN {left} ELSE s.months END AS months
FROM contributions_sponsorship s {by} JOIN donors_programme p ON p.id = s.programme_id
LEFT JOIN held ON held.worker_id = s.worker_id LEFT JOIN {frozen}
LEFT JOIN bridged ON bridged.worker_id = s.worker_id AND bridged.since <= {begins}
 AND bridged.until >= {begins}
WHERE {scope} AND {is_due})"""
_RUNS = """runs AS MATERIALIZED (
SELECT due.*, span.month_before, span.end_month, span.end_last,
       CASE WHEN due.covered < {yesterday} THEN {today}
            WHEN {goes_on} THEN due.run_start ELSE {next} END AS new_start,
       CASE WHEN due.covered >= {yesterday} AND {goes_on} THEN due.run_months
            ELSE 0 END AS new_months
FROM due JOIN span ON span.first_month = due.first_month AND span.months = due.months)"""
#: What the different periods cost, and their dearest month: sums of the law's months. Where a
#: month has no tariff there is no row.
_PRICES = """asked AS {kept} (
SELECT DISTINCT bracket, sector, funding, jht, first_month, months, end_month FROM runs),
prices AS MATERIALIZED (
SELECT asked.bracket, asked.sector, asked.funding, asked.jht, asked.first_month, asked.months,
       SUM(t.jkk + t.jkm + CASE WHEN asked.jht THEN t.jht ELSE 0 END) AS price,
       MAX(t.jkk + t.jkm + CASE WHEN asked.jht THEN t.jht ELSE 0 END) AS dearest
FROM asked JOIN contributions_tariffmonth t
  ON t.bracket_id = asked.bracket AND t.sector = asked.sector AND t.funding = asked.funding
 AND t.month >= asked.first_month AND t.month < asked.end_month
GROUP BY asked.bracket, asked.sector, asked.funding, asked.jht, asked.first_month, asked.months
HAVING COUNT(*) = asked.months)"""
_PLAN = """plan AS MATERIALIZED (
SELECT r.id AS sponsorship_id, r.worker_id, r.donor_id, r.programme_id,
       r.funding IN ('apbd', 'apbn', 'apbdes', 'dbh') AS budget, r.paid_until,
       r.bracket, r.sector, r.funding, r.jht,
       r.new_start AS run_start, r.new_months AS run_months, r.first_month, r.months,
       COALESCE(price.price, 0) AS price, price.dearest,
       CASE WHEN r.weight = 1 THEN 'died' WHEN r.weight = 2 THEN 'reported'
            WHEN r.weight = 3 THEN 'employee' WHEN r.weight = 4 THEN 'left'
            WHEN r.frozen_id IS NOT NULL THEN 'frozen'
            ELSE COALESCE((
                SELECT CASE MIN(CASE WHEN c.sponsorship_id = r.id THEN 1 ELSE 2 END)
                       WHEN 1 THEN 'conflict' WHEN 2 THEN 'other_payer' END
                FROM contributions_contribution c
                WHERE c.worker_id = r.worker_id AND c.status IN ('paid', 'sent', 'accepted')
                  AND c.month >= r.month_before AND c.month <= r.end_month
                  AND (c.month >= r.first_month AND c.month < r.end_month
                       OR c.covered_until > r.covered AND c.covered_until >= {today}
                          AND c.covered_from < {end})
            ), CASE WHEN price.price IS NULL THEN 'no_tariff' ELSE '' END) END AS reason
FROM runs r
LEFT JOIN prices price
  ON price.bracket = r.bracket AND price.sector = r.sector AND price.funding = r.funding
 AND price.jht = r.jht AND price.first_month = r.first_month AND price.months = r.months)"""
#: How each is met. Whole workers in order of the end of their cover, as far as a ceiling has
#: room and as money goes: a strict prefix, so that nobody is overtaken by one whose period
#: is cheaper. A fund pays months of the present budget year only (P28).
_FATES = """rooms AS ({rooms}),
money AS ({money}),
beyond AS (
  SELECT x.sponsorship_id FROM (
    SELECT plan.sponsorship_id, rooms.room, SUM(plan.price) OVER (
             PARTITION BY plan.programme_id ORDER BY plan.paid_until, plan.sponsorship_id
             ROWS UNBOUNDED PRECEDING) AS upto
    FROM plan JOIN rooms ON rooms.programme = plan.programme_id WHERE plan.reason = '') x
  WHERE x.upto > x.room),
met AS (
  SELECT plan.*, CASE WHEN beyond.sponsorship_id IS NULL THEN plan.reason
                      ELSE 'fund_dry' END AS why_not
  FROM plan LEFT JOIN beyond ON beyond.sponsorship_id = plan.sponsorship_id),
fates AS (
  SELECT met.*, CASE
      WHEN met.why_not <> '' THEN 'refused'
      WHEN money.free >= SUM(CASE WHEN met.why_not = '' THEN met.price END)
           OVER (PARTITION BY met.budget, money.owner, met.why_not
                 ORDER BY met.paid_until, met.sponsorship_id ROWS UNBOUNDED PRECEDING)
      THEN 'draw' ELSE 'invoice' END AS how
  FROM met LEFT JOIN money ON money.budget = met.budget
   AND money.owner = CASE WHEN met.budget THEN met.programme_id ELSE met.donor_id END
   AND (NOT met.budget OR {within}))"""


def is_due(today: date) -> str:
    """Write whether sponsorships `s` of programmes `p` are due on a day, as a condition: as
    `renewal_due.due_on`, but for those whose last day is reached, which `plan` leaves out."""
    leads = " ".join(
        f"WHEN {months} THEN {day(today + timedelta(days=days))}"
        for months, days in LEAD_DAYS.items()
    )
    return _IS_DUE.format(leads=leads)


def fates(today: date, *, scope: str, rooms: str, money: str, due_on: date | None = None) -> str:
    """The `WITH` tables up to `fates`: `plan`, and `how` each line of it is met (draw, invoice
    or refused, then with `why_not`), by what `rooms` ceilings have and `money` is free."""
    tables = _FATES.format(rooms=rooms, money=money, within=within_year("met", today))
    return f"{plan(today, scope=scope, due_on=due_on)},\n{tables}"


def plan(today: date, *, scope: str, due_on: date | None = None) -> str:
    """The `WITH` tables up to `plan`: what is due on a day in a `scope` of sponsorships `s`
    (as `renewal_due.due_on`), and the reason why it cannot be renewed, '' if it can.

    A run that goes on behind midnight asks for what was `due_on` its own day, but for no
    month of a day that is over.
    """
    months = list(_firsts(today))
    # Behind a month of the bridge fund that holds the day on which it would go on.
    covered = "COALESCE(bridged.until, s.paid_until)"
    words = {
        "scope": scope,
        "is_due": is_due(due_on or today),
        "by": walk(scope),
        "today": day(today),
        "yesterday": day(today - ONE_DAY),
        "before_1": day(months[1] - ONE_DAY),
        "before_2": day(months[2] - ONE_DAY),
        **{f"month_{k}": day(month) for k, month in enumerate(months)},
        "covered": covered,
        "begins": (
            f"CASE WHEN s.paid_until < {day(today - ONE_DAY)} THEN {day(today)}"
            f" ELSE {next_day('s.paid_until')} END"
        ),
        "left": f"({month_no(next_day('s.stops_on'))} - {month_no(next_day(covered))})",
        "anew": _whole_months_from(today),
        "next": next_day("due.covered"),
        "goes_on": (
            f"({month_no(next_day('due.covered'))} - {month_no('due.run_start')}"
            f" = due.run_months AND {next_day('due.covered')}"
            f" = {clamped('span.first_month', 'span.first_last', day_no('due.run_start'))})"
        ),
        # PostgreSQL hashes what it has set aside; SQLite looks into indexes where it can.
        "kept": "MATERIALIZED" if is_postgres(connection) else "",
        "frozen": (
            "frozen ON frozen.id = s.enrollment_id"
            if is_postgres(connection)
            else "workers_enrollment frozen"
            " ON frozen.id = s.enrollment_id AND frozen.frozen_at IS NOT NULL"
        ),
        "end": clamped("r.end_month", "r.end_last", day_no("r.new_start")),
    }
    tables = [span(periods(today)), _HELD, _DUE, _RUNS, _PRICES, _PLAN]
    return "WITH " + ",\n".join(table.format(**words) for table in tables)


def walk(scope: str) -> str:
    """How SQLite, which counts no rows, reads sponsorships: by donor where the scope names
    some, else in order of their key."""
    if is_postgres(connection):
        return ""
    return "INDEXED BY sponsorship_of_donor" if "s.donor_id" in scope else "NOT INDEXED"


def _whole_months_from(today: date) -> str:
    """How many months begun today end on the donor's last day or before, at most a period."""
    ends = [
        f"CASE WHEN s.months >= {k} AND s.stops_on >= {day(add_months(today, k) - ONE_DAY)}"
        " THEN 1 ELSE 0 END"
        for k in range(1, MOST_MONTHS + 1)
    ]
    return f"({' + '.join(ends)})"


def _firsts(today: date) -> Iterator[date]:
    return (add_months(first_of_month(today), k) for k in range(FIRST_MONTHS))


def _pairs(first: date, months: int) -> Iterator[tuple[date, date]]:
    return ((add_months(first, k), add_months(first, k + 1)) for k in range(months))


def _last(month: date) -> date:
    return add_months(month, 1) - ONE_DAY
