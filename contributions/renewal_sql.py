"""The renewal's questions in SQL, the same on both engines: who is due, for which months,
at what price, and why not.

Dates are written into the text: they come from Python's own month arithmetic, as small
tables of months (`WITH span`, `WITH grid`), so that no engine counts months by itself.
Period k of a run from a day covers `bricks.months.period_of`: month M of it begins on
that day of M, clamped to the last of M. `tests/contributions/test_renewal_sql.py` compares.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import connection

from bricks.engine import is_postgres
from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.renewal_due import LEAD_DAYS

#: The longest period there is.
MOST_MONTHS = 12
#: What is due begins in the present month or one of the next: cover ends within 30 days.
FIRST_MONTHS = 3


def day(value: date) -> str:
    """Write a date as the engine reads it."""
    return f"DATE '{value}'" if is_postgres(connection) else f"'{value}'"


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
        return f"EXTRACT(DAY FROM {column})::int"
    return f"CAST(strftime('%%d', {column}) AS INTEGER)"


def month_no(column: str) -> str:
    """The months since the year 0 of a date: two of them differ by whole months."""
    if is_postgres(connection):
        return f"(EXTRACT(YEAR FROM {column})::int * 12 + EXTRACT(MONTH FROM {column})::int)"
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


def span(today: date) -> str:
    """`WITH` table of what a period may be: first month, how many, and what bounds them."""
    rows = ", ".join(
        f"({day(first)}, {months}, {day(add_months(first, -1))}, {day(_last(first))}, "
        f"{day(end)}, {day(_last(end))})"
        for first in _firsts(today)
        for months in range(1, MOST_MONTHS + 1)
        for end in [add_months(first, months)]
    )
    columns = "first_month, months, month_before, first_last, end_month, end_last"
    return f"span({columns}) AS (VALUES {rows})"


def grid(today: date) -> str:
    """`WITH` table of each month of each such period, with the month after it."""
    rows = ", ".join(
        f"({day(first)}, {months}, {day(month)}, {day(_last(month))}, "
        f"{day(after)}, {day(_last(after))})"
        for first in _firsts(today)
        for months in range(1, MOST_MONTHS + 1)
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
     CROSS JOIN choice
GROUP BY t.bracket_id, t.sector, t.funding, choice.jht, span.first_month, span.months
HAVING COUNT(*) = span.months"""


CHOICE = "choice(jht) AS (VALUES (TRUE), (FALSE))"
#: For whom nothing may be asked, the weightiest reason first: `workers.standing`, which
#: a test holds this to.
_HELD = """held AS (
SELECT worker_id, MIN(weight) AS weight FROM (
    SELECT worker_id, CASE kind WHEN 'died' THEN 1 WHEN 'employee' THEN 3 ELSE 4 END AS weight
    FROM workers_workerevent
    WHERE kind IN ('died', 'employee', 'left') AND revoked_at IS NULL
    UNION ALL
    SELECT worker_id, 2 FROM workers_incidentreport
    WHERE kind = 'death' AND status = 'open' AND worker_id IS NOT NULL
) known GROUP BY worker_id)"""
_DUE = """due AS (
SELECT s.id, s.worker_id, s.donor_id, s.programme_id, s.enrollment_id, s.bracket, s.sector,
       s.funding, s.jht, s.paid_until, s.run_start, s.run_months,
       CASE WHEN s.paid_until < {before_1} THEN {month_0}
            WHEN s.paid_until < {before_2} THEN {month_1} ELSE {month_2} END AS first_month,
       CASE WHEN s.stops_on IS NULL THEN s.months
            WHEN s.paid_until < {yesterday} THEN {anew}
            WHEN {left} < s.months THEN {left} ELSE s.months END AS months
FROM {sponsorships} JOIN donors_programme p ON p.id = s.programme_id
WHERE {scope} AND s.status = 'active' AND s.renews AND s.parked_at IS NULL
  AND p.fixed_until IS NULL AND s.paid_until <= CASE s.months {leads} END
  AND NOT EXISTS (SELECT 1 FROM contributions_contribution c
                  WHERE c.sponsorship_id = s.id AND c.status = 'promised'))"""
_RUNS = """runs AS (
SELECT due.*, span.month_before, span.end_month, span.end_last,
       CASE WHEN due.paid_until < {yesterday} THEN {today}
            WHEN {goes_on} THEN due.run_start ELSE {next} END AS new_start,
       CASE WHEN due.paid_until >= {yesterday} AND {goes_on} THEN due.run_months
            ELSE 0 END AS new_months
FROM due JOIN span ON span.first_month = due.first_month AND span.months = due.months)"""
_PLAN = """plan AS (
SELECT r.id AS sponsorship_id, r.worker_id, r.donor_id, r.programme_id,
       r.funding IN ('apbd', 'apbn', 'apbdes', 'dbh') AS budget, r.paid_until,
       r.new_start AS run_start, r.new_months AS run_months, r.first_month, r.months,
       COALESCE(price.price, 0) AS price,
       CASE WHEN held.weight = 1 THEN 'died' WHEN held.weight = 2 THEN 'reported'
            WHEN held.weight = 3 THEN 'employee' WHEN held.weight = 4 THEN 'left'
            WHEN e.id IS NOT NULL THEN 'frozen'
            ELSE COALESCE((
                SELECT CASE MIN(CASE WHEN c.sponsorship_id = r.id THEN 1 ELSE 2 END)
                       WHEN 1 THEN 'conflict' WHEN 2 THEN 'other_payer' END
                FROM contributions_contribution c
                WHERE c.worker_id = r.worker_id AND c.status IN ('paid', 'sent', 'accepted')
                  AND c.month >= r.month_before AND c.month <= r.end_month
                  AND (c.month >= r.first_month AND c.month < r.end_month
                       OR c.covered_until > r.paid_until AND c.covered_until >= {today}
                          AND c.covered_from < {end})
            ), CASE WHEN price.price IS NULL THEN 'no_tariff' ELSE '' END) END AS reason
FROM runs r
LEFT JOIN held ON held.worker_id = r.worker_id
LEFT JOIN workers_enrollment e ON e.id = r.enrollment_id AND e.frozen_at IS NOT NULL
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
        "left": f"({month_no(next_day('s.stops_on'))} - {month_no(next_day('s.paid_until'))})",
        "anew": _whole_months_from(today),
        "next": next_day("due.paid_until"),
        "goes_on": (
            f"({month_no(next_day('due.paid_until'))} - {month_no('due.run_start')}"
            f" = due.run_months AND {next_day('due.paid_until')}"
            f" = {clamped('span.first_month', 'span.first_last', day_no('due.run_start'))})"
        ),
        "end": clamped("r.end_month", "r.end_last", day_no("r.new_start")),
        "prices": "contributions_renewalprice" if run else "prices",
        "of_run": f"AND price.run_id = {run}" if run else "",
    }
    tables = [span(today), _HELD, _DUE, _RUNS]
    if run is None:
        tables += [CHOICE, f"prices AS ({prices()})"]
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
