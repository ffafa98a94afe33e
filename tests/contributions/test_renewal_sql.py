"""The renewal's SQL says what the portal's own Python says, on both engines: days and months,
who is due for which months, and why not."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bricks.months import ONE_DAY, add_months, first_of_month, period_of, run_end
from contributions import renewal_sql as sql
from contributions.models import Contribution, Sponsorship, TariffMonth
from contributions.models.renewal import Reason
from contributions.renewal_due import due_on, first_month_due
from contributions.runs import Period, Run, collide, plan
from contributions.services.renewal_plan import select
from contributions.stops import months_asked, stop_day
from payments import ledger
from payments.models import Account
from tests.contributions.builders import few_prices
from tests.contributions.rows import sponsored
from tests.factories import (
    NOW,
    TODAY,
    EnrollmentFactory,
    UserFactory,
)
from tests.workers.reports import reported
from workers.models import Enrollment, IncidentReport, Said, WorkerEvent
from workers.standing import Hold, frozen_cases, holds_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
questions = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
days = st.dates(date(1999, 12, 1), date(2101, 3, 31))
#: Ends of months, in leap years and others; 2000 is one, 2100 is not.
EDGES = [
    date(year, month, day)
    for year in (2000, 2027, 2028, 2100)
    for month, last in ((1, 31), (2, 28), (3, 31), (4, 30), (12, 31))
    for day in range(28, last + 1)
] + [date(2000, 2, 29), date(2028, 2, 29)]


def last_of(month: date) -> date:
    return add_months(month, 1) - ONE_DAY


# --- days and months -------------------------------------------------------------------
def answers(rows: Sequence[Sequence[date | int]], columns: str, asked: str) -> list[list[str]]:
    """Ask of each row of dates and numbers, in their order; dates come back as written."""
    cells = [
        ", ".join(sql.day(cell) if isinstance(cell, date) else str(cell) for cell in row)
        for row in rows
    ]
    values = ", ".join(f"({n}, {row})" for n, row in enumerate(cells))
    text = f"WITH v(n, {columns}) AS (VALUES {values}) SELECT {asked} FROM v ORDER BY n"  # noqa: S608
    return [[str(cell) for cell in row] for row in select(text)]


@example(runs=list(product(EDGES, (0, 1, 2, 11, 12, 13, 24, 25))))
@given(runs=st.lists(st.tuples(days, st.integers(0, 36)), min_size=1, max_size=30))
@questions
def test_a_period_has_the_days_that_the_months_rule_gives_it(runs):
    rows = []
    for start, k in runs:
        month, after = (first_of_month(add_months(start, n)) for n in (k, k + 1))
        rows.append((start, month, last_of(month), after, last_of(after)))
    no = sql.day_no("v.start")
    until = sql.next_day(sql.clamped("v.after", "v.after_last", no), -1)
    found = answers(
        rows,
        "start, month, month_last, after, after_last",
        f"{sql.clamped('v.month', 'v.month_last', no)}, {until}",
    )
    assert found == [[str(day) for day in period_of(start, k)] for start, k in runs]


@example(some=EDGES)
@given(some=st.lists(days, min_size=1, max_size=30))
@questions
def test_days_and_months_are_counted_as_python_does(some):
    asked = f"{sql.next_day('v.day')}, {sql.day_no('v.day')}, {sql.month_no('v.day')}"
    assert answers([(day,) for day in some], "day", asked) == [
        [str(day + ONE_DAY), str(day.day), str(day.year * 12 + day.month)] for day in some
    ]


@pytest.mark.parametrize("today", EDGES, ids=str)
def test_the_tables_of_months_hold_every_period_that_may_be_due(today):
    spans = {(row[0], int(row[1])): row[2:] for row in table(sql.span(sql.periods(today)), "span")}
    lead = today + timedelta(days=31)
    firsts = {first_of_month(today), first_of_month(lead)}
    assert {(str(first), n) for first in firsts for n in (1, 2, 3, 6, 12)} <= set(spans)
    for (first, months), (before, first_last, end, end_last) in spans.items():
        start = date.fromisoformat(first)
        assert (before, end) == (str(add_months(start, -1)), str(add_months(start, months)))
        assert (first_last, end_last) == (
            str(last_of(start)),
            str(last_of(add_months(start, months))),
        )
    cells = {tuple(row) for row in table(sql.grid(sql.periods(today)), "grid")}
    assert cells == {
        (first, str(months), str(month), str(last_of(month)), str(after), str(last_of(after)))
        for first, months in spans
        for k in range(months)
        for month in [add_months(date.fromisoformat(first), k)]
        for after in [add_months(month, 1)]
    }


def table(text: str, name: str) -> list[list[str]]:
    rows = select(f"WITH {text} SELECT * FROM {name}")  # noqa: S608
    return [[str(cell) for cell in row] for row in rows]


# --- who is due, for which months, at what price ---------------------------------------


def row_of(start: date, bought: int, period: int, **fields: Any) -> Sponsorship:
    """An active sponsorship with a run, and no months in the books."""
    case = EnrollmentFactory(approved=True, months=period)
    return Sponsorship.everything.create(
        enrollment=case,
        worker=case.worker,
        donor=case.donor,
        programme=case.programme,
        months=period,
        bracket=1,
        sector=case.sector,
        funding=case.programme.funding,
        created_at=NOW,
        **{
            "status": "active",
            "run_start": start,
            "run_months": bought,
            "paid_until": run_end(start, bought),
            **fields,
        },
    )


def runs_of_all_kinds() -> None:
    """Runs that begin on the last days of months, of every period, some of them stopping."""
    starts = [date(2027, 1, 31), date(2027, 8, 30), date(2027, 10, 1), date(2027, 12, 29)]
    starts += [date(2028, 1, 28), date(2028, 2, 29)]
    for n, (start, bought) in enumerate(product(starts, (1, 3, 4))):
        row = row_of(start, bought, (1, 3, 12, 6, 2)[n % 5])
        if n % 3 == 1:
            row.stops_on = stop_day(row, 1 + n % 2)
            row.save(update_fields=["stops_on"])
    # A run that another donor's month has interrupted.
    row_of(date(2027, 1, 31), 1, 1, paid_until=date(2027, 12, 30))


def planned(today: date) -> dict[int, tuple[Any, ...]]:
    """What the SQL plans, by sponsorship: run, months, price, and why not."""
    text = sql.plan(today, scope="1 = 1")
    asked = "sponsorship_id, run_start, run_months, first_month, months, price, reason"
    return {
        pk: (str(start), int(done), str(first), int(months), int(price), reason)
        for pk, start, done, first, months, price, reason in select(
            f"{text} SELECT {asked} FROM plan"  # noqa: S608
        )
    }


def expected(today: date, prices: dict[date, int]) -> dict[int, tuple[Any, ...]]:
    """The same by the rules of `contributions.runs` and `contributions.stops`."""
    found = {}
    for row in due_on(today):
        months = months_asked(row, today=today)
        run = Run(row.run_start, row.run_months, row.paid_until)
        made = plan(day=today, months=months, run=run)
        assert made.months[0] == first_month_due(row, today)
        costs = [prices.get(month) for month in made.months]
        known = [cost for cost in costs if cost is not None]
        whole = len(known) == len(costs)
        found[row.pk] = (
            str(made.start),
            made.done,
            str(made.months[0]),
            months,
            sum(known) if whole else 0,
            "" if whole else "no_tariff",
        )
    return found


def test_who_is_due_is_asked_for_the_months_that_the_rules_give(db):
    few_prices()
    runs_of_all_kinds()
    TariffMonth.objects.filter(month=date(2028, 11, 1)).delete()
    months = TariffMonth.objects.filter(sector="other", funding="private")
    prices = {row.month: row.jkk + row.jkm for row in months}
    seen: set[int] = set()
    reasons: set[str] = set()

    def agree(today: date) -> None:
        found = planned(today)
        assert found == expected(today, prices)
        seen.update(found)
        reasons.update(row[-1] for row in found.values())

    for end in Sponsorship.everything.values_list("paid_until", flat=True):
        assert end is not None
        agree(end)
        agree(end + ONE_DAY)

    @example(today=date(2028, 2, 28))
    @example(today=date(2028, 2, 29))
    @example(today=date(2028, 3, 1))
    @example(today=date(2027, 12, 31))
    @example(today=date(2028, 10, 30))
    @given(today=st.dates(date(2027, 1, 15), date(2029, 1, 31)))
    @questions
    def agree_on(today: date) -> None:
        agree(today)

    agree_on()
    assert seen == set(Sponsorship.everything.values_list("pk", flat=True))
    assert reasons == {"", "no_tariff"}


# --- why not -----------------------------------------------------------------------------
OF_HOLD = {
    Hold.DIED: Reason.DIED,
    Hold.DEATH_REPORTED: Reason.DEATH_REPORTED,
    Hold.EMPLOYEE: Reason.EMPLOYEE,
    Hold.LEFT: Reason.LEFT,
}
ALL_HOLDS = ["died", "reported", "employee", "left", "frozen"]


def hold(row: Sponsorship, what: str) -> None:
    if what == "reported":
        reported(row.worker)
    elif what == "frozen":
        Enrollment.everything.filter(pk=row.enrollment_id).update(
            frozen_at=NOW, frozen_because="not_me"
        )
    else:
        event(row, what)


def event(row: Sponsorship, kind: str, **fields: Any) -> WorkerEvent:
    told = {"happened_on": TODAY, "said_by": Said.FAMILY}
    told |= {"recorded_at": NOW, "recorded_by": UserFactory()}
    return WorkerEvent.everything.create(worker=row.worker, kind=kind, **told, **fields)


def test_the_weightiest_hold_is_the_reason_as_the_gate_has_it():
    few_prices()
    rows = []
    for first in range(len(ALL_HOLDS)):
        row = row_of(date(2026, 1, 1), 11, 1)
        for what in ALL_HOLDS[first:]:
            hold(row, what)
        rows.append(row)
    free = row_of(date(2026, 1, 1), 11, 1)
    event(free, "died", revoked_at=NOW, revoked_by=UserFactory())
    event(free, "turned_65")
    untrue = IncidentReport.everything.filter(pk=reported(free.worker).pk)
    untrue.update(status="refuted", ruled_by=UserFactory(), ruled_at=NOW)
    reported(free.worker, kind="accident")
    rows.append(free)
    held = holds_of([row.worker_id for row in rows])
    frozen = frozen_cases([row.enrollment_id for row in rows])
    wanted = {
        row.pk: OF_HOLD[held[row.worker_id]]
        if row.worker_id in held
        else Reason.FROZEN * (row.enrollment_id in frozen)
        for row in rows
    }
    assert list(wanted.values()) == [*ALL_HOLDS, ""]
    assert {pk: row[-1] for pk, row in planned(TODAY).items()} == wanted


@pytest.mark.parametrize("whose", ["another's", "its own", "the bridge fund's"])
def test_months_or_days_that_are_bought_are_found_as_the_rule_does(whose):
    few_prices()
    row = row_of(date(2027, 12, 31), 1, 3)
    other, lent = row, whose == "the bridge fund's"
    if whose != "its own":
        case = EnrollmentFactory(approved=True, months=1, of=row.worker)
        other = sponsored(date(2026, 1, 1), 1, case=case, renews=False)
    if lent:
        type(other.programme).objects.filter(pk=other.programme_id).update(kind="bridge")
    Contribution.everything.filter(worker=row.worker).delete()
    posting = ledger.post(
        key="month",
        kind="months_bought",
        now=NOW,
        transfers=[
            (
                ledger.account(Account.Kind.CLEARING, gateway="sandbox"),
                ledger.account(Account.Kind.PAYABLE),
                16_800,
            )
        ],
    )
    month = Contribution.everything.create(
        worker=row.worker, sponsorship=other, month=date(2027, 1, 1), status="paid", bracket=1,
        jkk=10_000, jkm=6_800, legal_basis="PP 44/2015", covered_from=date(2027, 1, 1),
        covered_until=date(2027, 1, 31), posting=posting, paid_at=NOW,
    )  # fmt: skip
    reasons: set[str] = set()

    @example(start=date(2028, 1, 30), k=0, today=date(2028, 1, 20))
    @example(start=date(2028, 1, 29), k=1, today=date(2028, 1, 20))
    @example(start=date(2028, 4, 29), k=0, today=date(2028, 1, 20))
    @example(start=date(2028, 4, 30), k=0, today=date(2028, 1, 20))
    @example(start=date(2028, 4, 30), k=0, today=date(2028, 1, 31))
    @example(start=date(2027, 12, 31), k=1, today=date(2028, 2, 29))
    @given(
        start=st.dates(date(2027, 10, 28), date(2028, 6, 30)),
        k=st.integers(0, 2),
        today=st.dates(date(2028, 1, 14), date(2028, 3, 31)),
    )
    @questions
    def agree(start: date, k: int, today: date) -> None:
        first, last = period_of(start, k)
        period = Period(first_of_month(first), first, last, bridge=lent)
        Contribution.everything.filter(pk=month.pk).update(
            month=period.month, covered_from=first, covered_until=last
        )
        run = Run(row.run_start, row.run_months, row.paid_until)
        made = plan(day=today, months=3, run=run, others=[period] * lent)
        word = Reason.INCONSISTENT if whose == "its own" else Reason.BOUGHT_BY_OTHER
        wanted = word * collide(made.periods, [period])
        assert planned(today)[row.pk][-1] == wanted
        assert planned(today)[row.pk][0] == str(made.start)
        reasons.add(wanted)

    agree()
    assert len(reasons) == 2


# --- the window ------------------------------------------------------------------------
@pytest.mark.parametrize(("months", "lead"), [(1, 15), (2, 30), (3, 30), (6, 30), (12, 30)])
def test_it_is_due_thirty_days_or_half_its_period_before_the_end(months, lead):
    few_prices()
    row = row_of(date(2026, 2, 1), months, months)
    end = row.paid_until
    assert end is not None
    assert planned(end - timedelta(days=lead + 1)) == {}
    assert set(planned(end - timedelta(days=lead))) == {row.pk}
