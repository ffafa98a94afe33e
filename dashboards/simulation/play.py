"""Playing the simulation day by day, and proving every evening what must hold."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from time import perf_counter

from bricks import engine
from bricks.clock import JAKARTA
from bricks.months import ONE_DAY, add_months
from contributions.models import Contribution, Sponsorship
from dashboards.simulation.branch import plan_fate, plan_tariffs, work_at_the_desk
from dashboards.simulation.cast import Entry, Registry, deal_entries, deal_givers
from dashboards.simulation.checks import DAILY, Check
from dashboards.simulation.clock import Clock
from dashboards.simulation.giving import look_at_invoices
from dashboards.simulation.owed import Watch
from dashboards.simulation.stage import build_stage
from dashboards.simulation.world import PEOPLE_BEGIN, World
from notices import bells
from payments.models import Invoice

#: The first day unless told otherwise: the relief's end, its correction, a leap year and two
#: ends of a year lie in the two years from it.
FIRST = date(2026, 6, 1)
MIDNIGHT, END = time(0), time(23, 59)


class Broken(Exception):
    """A day on which something did not hold; `what` says so in sentences."""

    def __init__(self, day: date, seed: int, what: Sequence[str]) -> None:
        super().__init__(day, seed, what)
        self.day, self.seed, self.what = day, seed, list(what)

    def __str__(self) -> str:
        return "\n".join([f"{self.day}, seed {self.seed}:", *(f"  {line}" for line in self.what)])


@dataclass
class Told:
    """What came of a simulation."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def simulate(
    *,
    months: int,
    workers: int,
    seed: int,
    first: date = FIRST,
    checks: Sequence[Check] = DAILY,
    disturb: Callable[[World, date], None] | None = None,
    until: date | None = None,
    told: Told | None = None,
) -> Told:
    """Play so many months in an empty database. Raises Broken on the first day on which a
    check fails, with everything that fails on it.

    The same seed, size and first day give the same story. `disturb` is called every day
    before the checks: a test breaks something with it and sees that it is found. `until` is
    the last day, where the story is to be left before its end.
    """
    told = told or Told()
    with bells.silence(), _without_pauses():
        world = _world(months, workers, seed, first)
        watch = Watch()
        clock = Clock(before=watch.before, after=watch.after)
        for day in _days(first, add_months(first, months)):
            started = perf_counter()
            _live(world, clock, day)
            if disturb is not None:
                disturb(world, day)
            broken = watch.broken + [line for check in checks for line in check(world, day)]
            told.seconds[f"{day:%Y-%m}"] += perf_counter() - started
            if broken:
                raise Broken(day, seed, broken)
            if day == until:
                break
    told.counts = _count(world, watch)
    return told


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Let jobs not wait for pages: nobody else is at this database."""
    kept = engine.PAUSE_SECONDS
    engine.PAUSE_SECONDS = 0
    try:
        yield
    finally:
        engine.PAUSE_SECONDS = kept


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def _world(months: int, workers: int, seed: int, first: date) -> World:
    now = datetime.combine(first, time(7), tzinfo=JAKARTA) - ONE_DAY
    stage = build_stage(now=now)
    givers = deal_givers(stage, workers=workers, seed=seed, first=first)
    world = World(seed, first, months, stage, givers, Registry(stage))
    entries = deal_entries(givers, workers=workers, months=months, seed=seed, first=first)
    for day, today in groupby(entries, key=lambda entry: entry.day):
        _plan_approvals(world, day, list(today))
    plan_tariffs(world)
    return world


def _plan_approvals(world: World, day: date, entries: list[Entry]) -> None:
    def approve(now: datetime) -> None:
        for entry, worker in zip(entries, world.registry.approve(entries, now=now), strict=True):
            plan_fate(world, entry, worker)

    world.on(day, approve)


def _live(world: World, clock: Clock, day: date) -> None:
    """One day: the night's jobs, the morning's reminders, people and banks, the afternoon."""
    clock.run(day, since=MIDNIGHT, until=PEOPLE_BEGIN)
    look_at_invoices(world, day)
    work_at_the_desk(world, day)
    clock.stirred |= world.live(day)
    clock.run(day, since=PEOPLE_BEGIN, until=END)


def _count(world: World, watch: Watch) -> Counter[str]:
    counts = Counter(world.counts)
    counts["workers"] = len(world.registry.known)
    counts["donors"] = len(world.givers)
    counts.update(watch.counts)
    counts["invoices"] = Invoice.everything.count()
    for status in Contribution.everything.values_list("status", flat=True):
        counts[f"months_{status}"] += 1
    for row in Sponsorship.everything.values_list("status", "end_reason"):
        counts["sponsorships_" + "_".join(filter(None, row))] += 1
    return counts
