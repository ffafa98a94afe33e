"""The roll-up against a plain loop over the same rows, and against what must not happen."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from bricks.clock import jakarta_date, noon
from bricks.months import add_months, arrears_of, first_of_month
from contributions.models import Contribution, Coverage
from dashboards import rollup, tasks
from dashboards.models import AreaMonth
from dashboards.services import rebuild_dashboards
from notices.models import JobRun
from regions.models import Area
from tests.dashboards import world
from tests.factories import TODAY, EnrollmentFactory
from workers.models import Enrollment

NOON = noon(TODAY)
NOVEMBER = date(2026, 11, 1)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
BOUGHT = {"paid", "sent", "accepted"}


def rebuilt(**more):
    rebuild_dashboards(today=TODAY, now=NOON, **more)
    return {
        (row["area"], row["month"]): {name: row[name] for name in rollup.MEASURES}
        for row in AreaMonth.objects.values("area", "month", *rollup.MEASURES)
    }


def of(code, month=NOVEMBER):
    row = AreaMonth.objects.filter(area=code, month=month).values(*rollup.MEASURES).first()
    return row or dict.fromkeys(rollup.MEASURES, 0)


# --- the plain loop ----------------------------------------------------------------
def state_of(spans, transit, day):
    """Return the measures that count a worker with these spans on this day."""
    on_day = [s for s in spans if s.covered_from <= day <= s.covered_until]
    if on_day:
        end = on_day[0].covered_until
        beyond = [c for c in transit if c.covered_until > end and c.covered_from <= end + ONE]
        ends_soon = (end - day).days <= 30 and not beyond
        return ["covered", "ending_soon"] if ends_soon else ["covered"]
    if any(c.covered_from <= day <= c.covered_until for c in transit):
        return ["awaiting_acceptance"]
    ended = [s.covered_until for s in spans if s.covered_until < day]
    return ["in_arrears"] if ended and arrears_of(max(ended), day) <= 3 else []


ONE = timedelta(days=1)


class Tally:
    """Counts one by one, for the regency and the province of a village."""

    def __init__(self, days):
        self.days = days
        self.found = defaultdict(lambda: dict.fromkeys(rollup.MEASURES, 0))
        self.rows = list(Contribution.everything.select_related("worker", "sponsorship"))

    def add(self, village, month, measure, amount=1):
        for code in (village[:2], village[:4]):
            self.found[code, month][measure] += amount

    def month_of(self, instant):
        day = jakarta_date(instant)
        within = self.days[0].month <= day <= self.days[-1].day
        return first_of_month(day) if within else None

    def count_people(self):
        spans, transit = defaultdict(list), defaultdict(list)
        for span in Coverage.objects.select_related("worker"):
            spans[span.worker].append(span)
        for row in self.rows:
            if row.status in {"paid", "sent"}:
                transit[row.worker].append(row)
        for worker in {*spans, *transit}:
            for one in self.days:
                for measure in state_of(spans[worker], transit[worker], one.day):
                    self.add(worker.village_id, one.month, measure)

    def count_money(self):
        for row in self.rows:
            month = self.month_of(row.paid_at)
            if row.status in BOUGHT and month:
                self.add(row.worker.village_id, month, "months_bought")
                self.add(row.worker.village_id, month, "amount_bought", row.jkk + row.jkm + row.jht)

    def count_cases(self):
        for case in Enrollment.everything.filter(submitted_at__isnull=False):
            month = self.month_of(case.submitted_at)
            states = {r.status for r in self.rows if r.sponsorship.enrollment_id == case.pk}
            reached = {
                "submitted": True,
                "approved": case.approved_until is not None,
                "paid": bool(states & BOUGHT),
                "accepted": "accepted" in states,
            }
            for measure in [name for name, yes in reached.items() if yes and month]:
                self.add(case.village_id, month, measure)


def counted_one_by_one(days):
    """Count every measure by walking over workers, months and cases."""
    tally = Tally(days)
    tally.count_people()
    tally.count_money()
    tally.count_cases()
    return dict(tally.found)


def random_life(random):
    """A worker who was covered, paid, stopped or took a break, at random."""
    someone = world.worker(random.choice(list(world.VILLAGES)))
    start = date(2025, 9, 1) + timedelta(days=random.randrange(420))
    promise = world.sponsorship(someone, submitted_at=noon(start - timedelta(days=3)))
    for _ in range(random.randrange(3)):
        months = random.choice([1, 2, 3, 6])
        world.buy(promise, start, months)
        # Either on without a gap, or later in another month.
        start = add_months(start, months)
        if random.random() < 0.5:
            start = add_months(first_of_month(start), 1) + timedelta(days=random.randrange(20))
            break
    if random.random() < 0.5:
        world.buy(promise, start, 1, status=random.choice(["paid", "sent", "reversed"]))
    if random.random() < 0.3:
        EnrollmentFactory(
            village=someone.village, submitted_at=noon(start), order=promise.enrollment.order
        )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_a_plain_loop_counts_the_same(seed):
    world.areas()
    random = Random(seed)
    for _ in range(25):
        random_life(random)

    found = rebuilt()

    expected = counted_one_by_one(rollup.month_days(TODAY, 13))
    nothing = dict.fromkeys(rollup.MEASURES, 0)
    assert {key: row for key, row in found.items() if row != nothing} == expected
    assert {measure for row in expected.values() for measure, n in row.items() if n} == set(
        rollup.MEASURES
    )


@pytest.mark.django_db
def test_a_province_is_the_sum_of_its_regencies():
    world.areas()
    for regency in (world.PALEMBANG, world.PALEMBANG, world.MUARA_ENIM, world.PANGKALPINANG):
        world.cover(world.worker(regency), date(2026, 5, 1), date(2027, 4, 30))
    rebuilt()
    assert of("16")["covered"] == of("1671")["covered"] + of("1603")["covered"] == 3
    assert of("19")["covered"] == 1


# --- trap 18: figures that only grow -------------------------------------------------
@pytest.mark.django_db
def test_cover_taken_back_lowers_every_month_it_had_counted_in():
    world.areas()
    span = world.cover(world.worker(), date(2026, 8, 20), date(2027, 8, 19))
    rebuilt()
    assert [of("16", date(2026, m, 1))["covered"] for m in (7, 8, 9, 11)] == [0, 1, 1, 1]

    span.delete()
    rebuilt()

    assert [of("16", date(2026, m, 1))["covered"] for m in (8, 9, 11)] == [0, 0, 0]


@pytest.mark.django_db
def test_a_reversed_payment_takes_the_case_out_of_the_funnel_again():
    world.areas()
    promise = world.sponsorship(world.worker())
    world.buy(promise, TODAY, 12, status="paid")
    rebuilt()
    assert (of("16")["paid"], of("16")["amount_bought"]) == (1, 12 * 8400)

    Contribution.everything.filter(sponsorship=promise).update(status="reversed")
    rebuilt()

    assert of("16")["approved"] == 1
    assert (of("16")["paid"], of("16")["months_bought"], of("16")["amount_bought"]) == (0, 0, 0)


# --- what each figure counts -----------------------------------------------------------
@pytest.mark.django_db
def test_paid_is_not_yet_protected():
    world.areas()
    world.buy(world.sponsorship(world.worker()), TODAY, 12, status="sent")
    rebuilt()
    assert (of("16")["covered"], of("16")["awaiting_acceptance"]) == (0, 1)


@pytest.mark.django_db
def test_cover_that_ends_soon_is_not_called_so_once_more_months_are_paid():
    world.areas()
    promise = world.sponsorship(world.worker())
    world.buy(promise, date(2026, 9, 15), 3)
    rebuilt()
    assert of("16")["ending_soon"] == 1

    world.buy(promise, date(2026, 12, 15), 3, status="paid")
    rebuilt()

    assert (of("16")["covered"], of("16")["ending_soon"]) == (1, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last_day", "counted"),
    [
        (date(2026, 11, 20), 0),
        (date(2026, 11, 19), 1),
        (date(2026, 8, 20), 1),
        (date(2026, 8, 19), 0),
    ],
)
def test_arrears_last_until_the_fourth_unpaid_month_begins(last_day, counted):
    world.areas()
    world.cover(world.worker(), date(2026, 2, 1), last_day)
    rebuilt()
    assert of("16")["in_arrears"] == counted


@given(end=DAYS, day=DAYS, months=st.integers(1, 6))
def test_the_edge_of_arrears_agrees_with_the_rule(end, day, months):
    in_arrears = 1 <= arrears_of(end, day) <= months
    assert in_arrears == (rollup.first_end_in_arrears(day, months) <= end < day)


def test_past_months_are_counted_on_their_last_day():
    days = rollup.month_days(date(2024, 3, 15), 2)
    assert [d.day for d in days] == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 15)]


# --- the job -----------------------------------------------------------------------------
@pytest.mark.django_db
def test_rebuilding_again_changes_nothing_but_the_time():
    world.areas()
    world.cover(world.worker(), date(2026, 5, 1), date(2027, 4, 30))
    first = rebuilt()
    later = NOON + timedelta(minutes=10)

    counts = rebuild_dashboards(today=TODAY, now=later)

    assert counts == {"figures_changed": 0}
    assert rebuilt() == first
    rebuild_dashboards(today=TODAY, now=later)
    present = AreaMonth.objects.filter(month=NOVEMBER)
    assert set(present.values_list("computed_at", flat=True)) == {later}
    past = AreaMonth.objects.filter(month__lt=NOVEMBER)
    assert set(past.values_list("computed_at", flat=True)) == {NOON}


@pytest.mark.django_db
def test_every_province_and_regency_has_a_row_in_the_present_month():
    world.areas()
    rebuilt()
    assert (
        AreaMonth.objects.count() == Area.objects.filter(level__in=["province", "regency"]).count()
    )


@pytest.mark.django_db
def test_the_statements_do_not_grow_with_the_workers(django_assert_num_queries):
    world.areas()
    random = Random(7)
    random_life(random)
    with django_assert_num_queries(9):
        rebuild_dashboards(today=TODAY, now=NOON)
    for _ in range(20):
        random_life(random)
    with django_assert_num_queries(9):
        rebuild_dashboards(today=TODAY, now=NOON)


@pytest.mark.django_db
def test_the_command_and_the_task_leave_a_line_in_the_log_of_jobs(capsys):
    world.areas()
    world.cover(world.worker(), date(2026, 5, 1), date(2027, 4, 30))
    call_command("rebuild_dashboards", "--today", "2026-11-20")
    assert "figures_changed" in capsys.readouterr().out
    assert of("16")["covered"] == 1
    tasks.rebuild_dashboards()
    assert JobRun.objects.filter(job="rebuild_dashboards", outcome="done").count() == 2
