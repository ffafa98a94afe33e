"""What a simulation knows while it goes on: who is there, what is planned, what was paid."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from bricks.clock import JAKARTA
from dashboards.simulation.cast import Giver, Registry
from dashboards.simulation.stage import Stage

Act = Callable[[datetime], None]
#: When people and banks act; one minute after the other, so that no two acts are at once.
PEOPLE_BEGIN, PEOPLE_END = time(9), time(12)


@dataclass
class World:
    """The simulation's own memory. The portal's is in the database."""

    seed: int
    first: date
    months: int
    stage: Stage
    givers: list[Giver]
    registry: Registry
    diary: dict[date, list[Act]] = field(default_factory=lambda: defaultdict(list))
    #: What the banks have received, by order id, and what they have taken back.
    received: dict[str, int] = field(default_factory=dict)
    taken_back: dict[str, int] = field(default_factory=dict)
    #: Workers whose death was ever reported: their clocks wait.
    reported: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = Random(f"{self.seed}:branch")  # noqa: S311
        self.by_donor = {giver.donor.pk: giver for giver in self.givers}

    def on(self, day: date, act: Act) -> None:
        """Plan an act for the forenoon of a day."""
        self.diary[day].append(act)

    def live(self, day: date) -> bool:
        """Let people act, each in a minute of his own; what they plan for today comes last.
        Tell whether anybody did."""
        now = at(day, PEOPLE_BEGIN)
        while self.diary[day]:
            acts = self.diary.pop(day)
            for act in acts:
                act(now)
                now += timedelta(minutes=1)
        self.diary.pop(day, None)
        if now >= at(day, PEOPLE_END):
            self.counts["crowded_days"] += 1
        return now > at(day, PEOPLE_BEGIN)


def at(day: date, when: time) -> datetime:
    """Return an instant of a business day in Jakarta."""
    return datetime.combine(day, when, tzinfo=JAKARTA)
