"""Coverage as whole numbers: hundredths of a per cent, percentage points and people.

A difference of two percentages is in percentage points, never "per cent": from 33 % to
55 % are 22 points (domain reference 10, S3; trap 18).
"""

import math
from dataclasses import dataclass
from decimal import Decimal

WHOLE = 10_000


def hundredths_of(part: int, base: int) -> int:
    """Return the share of `base` in hundredths of a per cent, rounded half up.

    2,970,000 of 30,200,000 is 983, that is 9,83 %. May exceed 10000.
    """
    if base <= 0:
        raise ValueError("a share needs a base above 0")
    return (2 * part * WHOLE + base) // (2 * base)


def per_cent(hundredths: int | None) -> Decimal | None:
    """Turn hundredths into per cent (or percentage points): 983 is 9.83."""
    return None if hundredths is None else Decimal(hundredths) / 100


def people_for(base: int, hundredths: int) -> int:
    """Return how many people that share of the base needs, rounded up to a whole person."""
    return -(-base * hundredths // WHOLE)


@dataclass(frozen=True)
class Coverage:
    """Active participants against a base, as one source gave them on one day.

    What the source does not give is None; the percentage is computed where both counts
    are known, else it is the published one.
    """

    active: int | None
    base: int | None
    published: int | None = None
    population: int | None = None

    @property
    def hundredths(self) -> int | None:
        if self.active is not None and self.base:
            return hundredths_of(self.active, self.base)
        return self.published

    @property
    def percent(self) -> Decimal | None:
        return per_cent(self.hundredths)

    @property
    def base_exceeds_population(self) -> bool:
        """A base larger than the people who live there cannot be right: warn, do not hide."""
        return bool(self.base and self.population and self.base > self.population)

    @property
    def over_whole(self) -> bool:
        return self.hundredths is not None and self.hundredths > WHOLE


@dataclass(frozen=True)
class Gap:
    """What is missing to a target: percentage points and, where the base is known, people.

    Both are 0 once the target is reached.
    """

    points: Decimal
    people: int | None

    @property
    def reached(self) -> bool:
        return self.points == 0


def gap_to(coverage: Coverage, target_hundredths: int) -> Gap | None:
    """Return the gap to a target percentage; None where the present one is unknown."""
    if coverage.hundredths is None:
        return None
    people = None
    if coverage.base is not None and coverage.active is not None:
        people = max(people_for(coverage.base, target_hundredths) - coverage.active, 0)
    missing = max(target_hundredths - coverage.hundredths, 0)
    return Gap(points=Decimal(missing) / 100, people=people)


def level_bounds(values: list[int]) -> list[int]:
    """Return the lower bounds of the map's levels 2 to 5: quartiles of what is above 0.

    Level 1 holds the zeros. Rising by at least 1, so that every level can be told apart.
    """
    rising = sorted(value for value in values if value > 0)
    bounds = [1]
    for quarter in (1, 2, 3):
        at = math.ceil(len(rising) * quarter / 4)
        found = rising[at] if at < len(rising) else 0
        bounds.append(max(found, bounds[-1] + 1))
    return bounds
