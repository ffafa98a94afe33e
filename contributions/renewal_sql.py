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


def whole_table(name: str) -> str:
    """Let SQLite walk a table in order of its key, not by an index that it must sort."""
    return name if is_postgres(connection) else f"{name} NOT INDEXED"


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


def prices() -> str:
    """What a period costs, from the tariff-months; needs `span` and `choice`. A period
    of which a month has no tariff has no row."""
    return """
SELECT t.bracket_id AS bracket, t.sector, t.funding, choice.jht, span.first_month, span.months,
       SUM(t.jkk + t.jkm + CASE WHEN choice.jht THEN t.jht ELSE 0 END) AS price
FROM span JOIN contributions_tariffmonth t
       ON t.month >= span.first_month AND t.month < span.end_month
     JOIN choice ON choice.bracket = t.bracket_id AND choice.sector = t.sector
                AND choice.funding = t.funding
GROUP BY t.bracket_id, t.sector, t.funding, choice.jht, span.first_month, span.months
HAVING COUNT(*) = span.months"""


def rooms(programmes: str) -> str:
    """Select `programme` and `room` of programmes `p` with a ceiling: the rupiah of it that
    no month has cost so far, whether asked for or bought; what a corrected tariff gave back
    is free again."""
    return _ROOMS.format(programmes=programmes, live=", ".join(f"'{status}'" for status in LIVE))


def beyond(lines: str, programmes: str) -> str:
    """Select the ids of those lines `l` of a plan that exceed the ceiling of their programme,
    which is filled in order of the end of cover, by whole workers."""
    return _BEYOND.format(lines=lines, rooms=rooms(programmes))


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
_BEYOND = """
SELECT x.id FROM (
  SELECT l.id, l.programme_id, SUM(l.price) OVER (
           PARTITION BY l.programme_id ORDER BY l.paid_until, l.sponsorship_id
           ROWS UNBOUNDED PRECEDING) AS upto
  FROM contributions_renewalline l JOIN donors_programme p ON p.id = l.programme_id
  WHERE {lines} AND l.how <> 'refused' AND p.ceiling IS NOT NULL) x
JOIN ({rooms}) rooms ON rooms.programme = x.programme_id
WHERE x.upto > rooms.room"""
#: Of what prices are asked: what somebody who renews has.
CHOICE = """choice AS (
SELECT DISTINCT bracket, sector, funding, jht FROM contributions_sponsorship
WHERE status = 'active' AND renews)"""
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
_DUE = """due AS {kept} (
SELECT s.id, s.worker_id, s.donor_id, s.programme_id, s.enrollment_id, s.bracket, s.sector,
       s.funding, s.jht, s.paid_until, s.run_start, s.run_months, held.weight,
       frozen.id AS frozen_id, {covered} AS covered,
       CASE WHEN {covered} < {before_1} THEN {month_0}
            WHEN {covered} < {before_2} THEN {month_1} ELSE {month_2} END AS first_month,
       CASE WHEN s.stops_on IS NULL THEN s.months
            WHEN {covered} < {yesterday} THEN {anew}
            WHEN {left} < s.months THEN {left} ELSE s.months END AS months
FROM {sponsorships} JOIN donors_programme p ON p.id = s.programme_id
LEFT JOIN held ON held.worker_id = s.worker_id LEFT JOIN {frozen}
LEFT JOIN bridged ON bridged.worker_id = s.worker_id AND bridged.since <= {begins}
 AND bridged.until >= {begins}
WHERE {scope} AND s.status = 'active' AND s.renews AND s.parked_at IS NULL
  AND p.fixed_until IS NULL AND s.paid_until <= CASE s.months {leads} END
  AND COALESCE((SELECT 1 FROM contributions_contribution c
                WHERE c.sponsorship_id = s.id AND c.status = 'promised' LIMIT 1), 0) <> 1)"""
_RUNS = """runs AS {kept} (
SELECT due.*, span.month_before, span.end_month, span.end_last,
       CASE WHEN due.covered < {yesterday} THEN {today}
            WHEN {goes_on} THEN due.run_start ELSE {next} END AS new_start,
       CASE WHEN due.covered >= {yesterday} AND {goes_on} THEN due.run_months
            ELSE 0 END AS new_months
FROM due JOIN span ON span.first_month = due.first_month AND span.months = due.months)"""
_PRICES_OF_RUN = """prices AS {kept} (
SELECT bracket, sector, funding, jht, first_month, months, price
FROM contributions_renewalprice
WHERE run_id = {run} AND (first_month, months) IN (SELECT first_month, months FROM runs))"""
_PLAN = """plan AS {kept} (
SELECT r.id AS sponsorship_id, r.worker_id, r.donor_id, r.programme_id,
       r.funding IN ('apbd', 'apbn', 'apbdes', 'dbh') AS budget, r.paid_until,
       r.new_start AS run_start, r.new_months AS run_months, r.first_month, r.months,
       COALESCE(price.price, 0) AS price,
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
LEFT JOIN {prices} price
  ON price.bracket = r.bracket AND price.sector = r.sector AND price.funding = r.funding
 AND price.jht = r.jht AND price.first_month = r.first_month AND price.months = r.months
 {of_run})"""


def plan(today: date, *, scope: str, run: int | None) -> str:
    """The `WITH` tables up to `plan`: what is due on a day in a `scope` of sponsorships `s`
    (as `renewal_due.due_on`), and the reason why it cannot be renewed, '' if it can.

    Prices are those that the run has worked out, or without a `run` the tariff's own.
    """
    months = list(_firsts(today))
    # Behind a month of the bridge fund that holds the day on which it would go on.
    covered = "COALESCE(bridged.until, s.paid_until)"
    words = {
        "scope": scope,
        "sponsorships": whole_table("contributions_sponsorship s"),
        "today": day(today),
        "yesterday": day(today - ONE_DAY),
        "before_1": day(months[1] - ONE_DAY),
        "before_2": day(months[2] - ONE_DAY),
        **{f"month_{k}": day(month) for k, month in enumerate(months)},
        "leads": " ".join(
            f"WHEN {months} THEN {day(today + timedelta(days=days))}"
            for months, days in LEAD_DAYS.items()
        ),
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
        # PostgreSQL hashes what it has set aside; SQLite looks into indexes, and keeps nothing.
        "kept": "MATERIALIZED" if is_postgres(connection) else "",
        "frozen": (
            "frozen ON frozen.id = s.enrollment_id"
            if is_postgres(connection)
            else "workers_enrollment frozen"
            " ON frozen.id = s.enrollment_id AND frozen.frozen_at IS NOT NULL"
        ),
        "prices": "prices"
        if run is None or is_postgres(connection)
        else "contributions_renewalprice",
        "of_run": "" if run is None or is_postgres(connection) else f"AND price.run_id = {run}",
        "end": clamped("r.end_month", "r.end_last", day_no("r.new_start")),
    }
    tables = [span(periods(today)), _HELD, _DUE, _RUNS]
    if run is None:
        tables += [CHOICE, f"prices AS ({prices()})"]
    elif is_postgres(connection):
        tables.append(_PRICES_OF_RUN.replace("{run}", str(run)))
    return "WITH " + ",\n".join(table.format(**words) for table in [*tables, _PLAN])


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
