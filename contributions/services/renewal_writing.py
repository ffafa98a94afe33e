"""What a chunk of a renewal writes: postings, invoices, months, runs, and why not.

No object per line: statements over the chunk's LINES, and an object per donor and programme.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection
from django.db.models import Sum

from bricks.bulk import run_with_rows
from bricks.clock import end_of_jakarta_day, jakarta_date
from bricks.engine import is_postgres
from bricks.months import ONE_DAY, add_months
from contributions import renewal_sql as sql
from contributions.models import (
    Contribution,
    RenewalChunk,
    RenewalRun,
    Sponsorship,
)
from contributions.models.renewal import Reason
from contributions.services.crediting import SPENT
from contributions.services.renewal_dearer import Dearer, dearer_lines
from contributions.services.renewal_plan import execute, select
from contributions.stops import fitted
from donors.models import Donor
from payments import ledger
from payments.models import Account, Invoice
from payments.services.invoices import Ask, issue_many, number_many

#: The lines of the chunk that is worked off: a table of its transaction.
LINES = "renewal_lines"
#: Whose money: a programme's fund, else the donor's credit.
Owner = tuple[bool, int]
WITHHELD = (Reason.DIED, Reason.DEATH_REPORTED, Reason.EMPLOYEE, Reason.LEFT, Reason.FROZEN)
PARKED = "kept for a person: months are bought beyond its run"


class PricesMoved(Exception):
    """A tariff changed since the chunk was asked for; nothing of it has happened."""


@dataclass(frozen=True)
class Group:
    """The lines of a chunk that share a donor, a programme, and how they are met."""

    donor: int
    programme: int
    budget: bool
    how: str
    workers: int
    price: int
    months: int
    first_month: date
    sponsorship: int
    # Whose months cost more than before, as `RenewalAsk.dearer` keeps it.
    dearer: Sequence[Dearer] = ()

    @property
    def owner(self) -> Owner:
        """Whose money pays it: a programme's fund, or a donor's credit."""
        return self.budget, self.programme if self.budget else self.donor

    @property
    def payer(self) -> tuple[int, int | None]:
        """The donor, and the programme where it has an invoice or a fund of its own."""
        is_apart = self.budget or self.how == "invoice"
        return self.donor, self.programme if is_apart else None


def accounts(owners: Sequence[Owner] | dict[Owner, int]) -> dict[Owner, int]:
    """Return the account of each credit and fund."""
    donors = [owner for budget, owner in owners if not budget]
    funds = [owner for budget, owner in owners if budget]
    credit = Account.objects.filter(kind=Account.Kind.CREDIT, donor__in=donors)
    found = Account.objects.filter(kind=Account.Kind.FUND, programme__in=funds)
    return {
        **{(False, donor): pk for donor, pk in credit.values_list("donor", "pk") if donor},
        **{(True, own): pk for own, pk in found.values_list("programme", "pk") if own},
    }


# --- what is bought and asked ----------------------------------------------------------
_GROUPS = """
SELECT l.donor_id, l.programme_id, l.budget, l.how, COUNT(*), SUM(l.price), SUM(l.months),
       MIN(l.first_month), MIN(l.sponsorship_id)
FROM renewal_lines l WHERE l.how <> 'refused'
GROUP BY l.donor_id, l.programme_id, l.budget, l.how
ORDER BY l.donor_id, l.programme_id, l.how
"""
_PERIODS = """
SELECT DISTINCT l.first_month, l.months FROM renewal_lines l
WHERE l.how <> 'refused'
"""
_REASONS = """
SELECT l.why_not, COUNT(*) FROM renewal_lines l WHERE l.how = 'refused' GROUP BY l.why_not
"""
_MONTHS = """
INSERT INTO contributions_contribution
  (worker_id, sponsorship_id, month, status, bracket, jkk, jkm, jht, legal_basis, invoice_id,
   posting_id, covered_from, covered_until, starts_at, paid_at, core_receipt, core_reason)
WITH {grid}, paper(donor, programme, how, id) AS (VALUES {papers})
SELECT l.worker_id, l.sponsorship_id, grid.month,
       CASE WHEN l.how = 'draw' THEN 'paid' ELSE 'promised' END,
       l.bracket, t.jkk, t.jkm, CASE WHEN l.jht THEN t.jht ELSE 0 END, t.legal_basis,
       CASE WHEN l.how = 'invoice' THEN paper.id END,
       CASE WHEN l.how = 'draw' THEN paper.id END,
       CASE WHEN l.how = 'draw' THEN {covered_from} END,
       CASE WHEN l.how = 'draw' THEN {covered_until} END,
       CASE WHEN l.how = 'draw' AND {covered_from} = {today} THEN {now} END,
       CASE WHEN l.how = 'draw' THEN {now} END, '', ''
FROM renewal_lines l
JOIN paper ON paper.donor = l.donor_id AND paper.programme = l.programme_id
 AND paper.how = l.how
JOIN grid ON grid.first_month = l.first_month AND grid.months = l.months
JOIN contributions_tariffmonth t ON t.month = grid.month AND t.bracket_id = l.bracket
 AND t.sector = l.sector AND t.funding = l.funding
WHERE l.how <> 'refused'
ORDER BY l.worker_id, grid.month
"""
_RUNS = """
WITH {span}
UPDATE contributions_sponsorship
SET run_start = l.run_start, run_months = l.run_months + l.months, paid_until = {paid_until}
FROM renewal_lines l
JOIN span ON span.first_month = l.first_month AND span.months = l.months
WHERE contributions_sponsorship.id = l.sponsorship_id AND l.how = 'draw'
"""
_USES = """
INSERT INTO contributions_credituse
  (donor_id, programme_id, posting_id, reason, months, amount, lines, made_at)
WITH paper(budget, owner, posting) AS (VALUES {papers})
SELECT l.donor_id, CASE WHEN paper.budget THEN paper.owner END, paper.posting, 'renewal',
       SUM(l.months), SUM(l.price), {json}, {now}
FROM renewal_lines l
JOIN paper ON paper.budget = l.budget
 AND paper.owner = CASE WHEN l.budget THEN l.programme_id ELSE l.donor_id END
WHERE l.how = 'draw'
GROUP BY l.donor_id, paper.budget, paper.owner, paper.posting
ORDER BY l.donor_id, paper.posting
"""


def renew_lines(run: RenewalRun, chunk: RenewalChunk, *, now: datetime) -> dict[str, int]:
    """Buy and ask for what a chunk's LINES say, and keep what cannot be renewed; counts.

    Raises PricesMoved.
    """
    periods = periods_of_lines()
    groups = groups_of_lines(periods)
    drawn = [group for group in groups if group.how == "draw"]
    asked = [group for group in groups if group.how == "invoice"]
    postings = post(run, chunk, drawn, now)
    invoices = issue(asked, now)
    papers = [(group, postings[group.owner]) for group in drawn]
    papers += [(group, invoice.pk) for group, invoice in zip(asked, invoices, strict=True)]
    if papers:
        insert_months(papers, periods, now=now)
        hold_to_price(invoices, postings, sum(group.price for group in groups))
    if drawn:
        refit_stops()
        move_runs(periods)
        keep_uses(run, chunk, drawn, postings, now)
    keep_asks(run, chunk, asked, invoices)
    keep_outcomes(run, now)
    # The series is held until the transaction ends: numbers come last.
    number_many(invoices, now=now)
    return counted(groups, Counter(dict(select(_REASONS))))


def groups_of_lines(periods: Sequence[sql.Period]) -> list[Group]:
    """Return the lines that are met, by donor, programme and how."""
    dearer = dearer_lines(periods) if periods else {}
    found = [Group(*row) for row in select(_GROUPS)]
    return [replace(group, dearer=dearer.get((group.how, *group.payer), ())) for group in found]


def post(
    run: RenewalRun, chunk: RenewalChunk, drawn: Sequence[Group], now: datetime
) -> dict[Owner, int]:
    """Post what each credit and fund pays, one posting each; return them."""
    sums: Counter[Owner] = Counter()
    for group in drawn:
        sums[group.owner] += int(group.price)
    if not sums:
        return {}
    payable, own = ledger.account(Account.Kind.PAYABLE), accounts(list(sums))
    keys = {
        owner: f"renewed:{run.pk}:{chunk.number}:{'fund' if owner[0] else 'credit'}:{owner[1]}"
        for owner in sums
    }
    facts = [
        ledger.Fact(key=keys[owner], kind=SPENT, transfers=[(own[owner], payable, amount)])
        for owner, amount in sums.items()
    ]
    posted = ledger.post_many(facts, now=now)
    return {owner: posted[key] for owner, key in keys.items()}


def issue(asked: Sequence[Group], now: datetime) -> list[Invoice]:
    """Issue an invoice for each group; it ends with its first month."""
    donors = {group.donor for group in asked}
    of_donor = dict(Donor.everything.filter(pk__in=donors).values_list("pk", "opened_by_office"))
    firsts = [group.sponsorship for group in asked if not of_donor[group.donor]]
    of_case = dict(
        Sponsorship.everything.filter(pk__in=firsts).values_list("pk", "enrollment__office")
    )
    return issue_many(
        [
            Ask(
                donor_id=group.donor,
                office_id=of_donor[group.donor] or of_case[group.sponsorship],
                total=int(group.price),
                purpose=Invoice.Purpose.RENEWAL,
                expires_at=end_of_jakarta_day(
                    add_months(sql.read_day(group.first_month), 1) - ONE_DAY
                ),
            )
            for group in asked
        ],
        now=now,
    )


def periods_of_lines() -> list[sql.Period]:
    """Return the different periods of the lines that are met."""
    found = select(_PERIODS)
    return [(sql.read_day(first), months) for first, months in found]


def insert_months(
    papers: Sequence[tuple[Group, int]],
    periods: Sequence[sql.Period],
    *,
    now: datetime,
) -> None:
    """Insert every month that is bought or asked for, in order of its unique index."""
    start = sql.day_no("l.run_start")
    until = sql.clamped("grid.after", "grid.after_last", start)
    rows = ", ".join(
        f"({group.donor}, {group.programme}, '{group.how}', {pk})" for group, pk in papers
    )
    execute(
        _MONTHS.format(
            grid=sql.grid(periods),
            papers=rows,
            covered_from=sql.clamped("grid.month", "grid.month_last", start),
            covered_until=sql.next_day(until, -1),
            today=sql.day(jakarta_date(now)),
            now=sql.instant(now),
        )
    )


def hold_to_price(invoices: Sequence[Invoice], postings: dict[Owner, int], price: int) -> None:
    """Raise PricesMoved where the months do not cost what was planned."""
    asked = Contribution.everything.filter(invoice__in=[row.pk for row in invoices])
    bought = Contribution.everything.filter(posting__in=postings.values())
    sums = [rows.aggregate(sum=Sum("amount"))["sum"] or 0 for rows in (asked, bought)]
    if sum(sums) != price:
        raise PricesMoved(f"{sum(sums)} rupiah instead of {price}")


def refit_stops() -> None:
    """Fit the last day that a donor has named to a run that begins anew; there are few."""
    for pk, run_start, months, stops_on in select(_STOPS):
        day = fitted(sql.read_day(stops_on), sql.read_day(run_start), months)
        Sponsorship.everything.filter(pk=pk).update(stops_on=day)


_STOPS = """
SELECT s.id, l.run_start, l.months, s.stops_on
FROM renewal_lines l JOIN contributions_sponsorship s ON s.id = l.sponsorship_id
WHERE l.how = 'draw' AND l.run_months = 0 AND s.stops_on IS NOT NULL
"""


def move_runs(periods: Sequence[sql.Period]) -> None:
    """Let each run that was paid for go on, or begin anew."""
    end = sql.clamped("span.end_month", "span.end_last", sql.day_no("l.run_start"))
    execute(_RUNS.format(span=sql.span(periods), paid_until=sql.next_day(end, -1)))


# --- what is kept of it ------------------------------------------------------------------
_OUTCOMES = """
INSERT INTO contributions_renewaloutcome
  (sponsorship_id, paid_until, reason, run_id, first_seen, last_seen)
SELECT l.sponsorship_id, l.paid_until, l.why_not, {run}, {today}, {today}
FROM renewal_lines l WHERE l.how = 'refused'
ORDER BY l.sponsorship_id
ON CONFLICT (sponsorship_id) WHERE closed_at IS NULL DO UPDATE SET
  reason = excluded.reason, paid_until = excluded.paid_until, run_id = excluded.run_id,
  first_seen = CASE
    WHEN contributions_renewaloutcome.paid_until = excluded.paid_until
     AND contributions_renewaloutcome.first_seen < excluded.first_seen
    THEN contributions_renewaloutcome.first_seen ELSE excluded.first_seen END,
  last_seen = excluded.last_seen
"""
# The names column1 to column6 are those of both engines.
_ASKS_OF_USES = """
INSERT INTO contributions_renewalask
  (run_id, chunk, donor_id, programme_id, use_id, workers, amount, dearer)
SELECT %s, %s, u.donor_id, u.programme_id, u.id, given.column2, u.amount, given.column3[json]
FROM (VALUES {rows}) AS given JOIN contributions_credituse u ON u.posting_id = given.column1
ORDER BY u.id
"""
_ASKS = """
INSERT INTO contributions_renewalask
  (run_id, chunk, donor_id, programme_id, invoice_id, workers, amount, dearer)
SELECT %s, %s, column1, column2, column3, column4, column5, column6[json]
FROM (VALUES {rows}) AS given
"""
_PARK = """
UPDATE contributions_sponsorship SET parked_at = {now}, parked_reason = %s WHERE id IN (
  SELECT l.sponsorship_id FROM renewal_lines l
  WHERE l.how = 'refused' AND l.why_not = 'conflict')
"""


def keep_uses(
    run: RenewalRun,
    chunk: RenewalChunk,
    drawn: Sequence[Group],
    postings: dict[Owner, int],
    now: datetime,
) -> None:
    """Keep what each credit and fund bought, and that its donor is to be told."""
    rows = ", ".join(
        f"({str(budget).upper()}, {owner}, {posting})"
        for (budget, owner), posting in postings.items()
    )
    execute(_USES.format(papers=rows, json=sql.use_lines(), now=sql.instant(now)))
    workers: Counter[Owner] = Counter()
    for group in drawn:
        workers[group.owner] += group.workers
    said = {group.owner: json.dumps(group.dearer) for group in drawn}
    used = [(posting, workers[owner], said[owner]) for owner, posting in postings.items()]
    run_with_rows(_as_json_column(_ASKS_OF_USES), used, before=[run.pk, chunk.number])


def keep_asks(
    run: RenewalRun,
    chunk: RenewalChunk,
    asked: Sequence[Group],
    invoices: Sequence[Invoice],
) -> None:
    """Keep what was asked of each donor, of which the run tells him."""
    rows = [
        (
            group.donor,
            group.programme,
            invoice.pk,
            group.workers,
            invoice.total,
            json.dumps(group.dearer),
        )
        for group, invoice in zip(asked, invoices, strict=True)
    ]
    run_with_rows(_as_json_column(_ASKS), rows, before=[run.pk, chunk.number])


def _as_json_column(statement: str) -> str:
    return statement.replace("[json]", "::jsonb" if is_postgres(connection) else "")


def keep_outcomes(run: RenewalRun, now: datetime) -> None:
    """Keep why the others cannot be renewed; park what contradicts itself."""
    execute(_OUTCOMES.format(run=run.pk, today=sql.day(run.today)))
    execute(_PARK.format(now=sql.instant(now)), [PARKED])


def counted(groups: Sequence[Group], reasons: Counter[str]) -> dict[str, int]:
    """Count what a chunk did, by the words of the job's log."""
    asked = [group for group in groups if group.how == "invoice"]
    return {
        "invoices": len(asked),
        "workers": sum(group.workers for group in asked),
        "from_credit": sum(int(group.months) for group in groups if group.how == "draw"),
        "covered_by_other": reasons[Reason.BOUGHT_BY_OTHER],
        "withheld": sum(reasons[reason] for reason in WITHHELD),
        "without_tariff": reasons[Reason.TARIFF_MISSING],
        "refused": reasons.total(),
    }
