"""The donor's own word about what he pays for: stop, stop later, go on, pay otherwise."""

from contextlib import suppress
from datetime import datetime, timedelta

from bricks.clock import jakarta_date
from contributions.models import Sponsorship
from contributions.services.controlling import carry_out
from contributions.services.stopping import (
    CannotResume,
    CannotStop,
    resume_sponsorship,
    stop_sponsorship,
)
from contributions.wishes import PERIODS, Kind, Wish, seen
from dashboards.simulation.cast import Giver
from dashboards.simulation.stage import BRACKETS
from dashboards.simulation.world import World

WISHES = (Kind.PERIOD, Kind.STOP_LATER, Kind.BRACKET, Kind.GO_ON, Kind.STOP, Kind.GO_ON)


def stop_one(world: World, giver: Giver, now: datetime) -> None:
    """Stop one of his sponsorships; every other time he changes his mind within weeks."""
    row = oldest_running(giver)
    if row is None:
        return
    with suppress(CannotStop):
        stop_sponsorship(sponsorship=row, by=giver.user, now=now)
        world.counts["stops"] += 1
    if giver.dice.random() < 0.5:
        day = jakarta_date(now) + timedelta(days=3 + giver.dice.randrange(25))
        world.on(day, lambda when: resume(world, giver, row.pk, when))


def resume(world: World, giver: Giver, sponsorship: int, now: datetime) -> None:
    """Go on after all, if it still runs."""
    with suppress(CannotResume):
        row = Sponsorship.everything.get(pk=sponsorship)
        resume_sponsorship(sponsorship=row, by=giver.user, now=now)
        world.counts["resumed"] += 1


def oldest_running(giver: Giver) -> Sponsorship | None:
    """Return the first of his sponsorships that goes on, if any does."""
    rows = Sponsorship.everything.filter(
        donor=giver.donor, status=Sponsorship.Status.ACTIVE, stopped_at__isnull=True
    )
    return rows.order_by("pk").first()


def wish_for_all(world: World, giver: Giver, now: datetime) -> None:
    """Wish the next thing for everything that runs, as his page of many lets him."""
    kind = WISHES[giver.wishes % len(WISHES)]
    giver.wishes += 1
    rows = list(Sponsorship.everything.filter(donor=giver.donor, status="active").order_by("pk"))
    wish = Wish(
        kind,
        periods=1 + giver.dice.randrange(2),
        months=giver.dice.choice(PERIODS),
        bracket=1 + giver.dice.randrange(BRACKETS),
        jht=giver.dice.random() < 0.3,
    )
    ids = [row.pk for row in rows]
    done = carry_out(sponsorship_ids=ids, wish=wish, word=seen(rows), by=giver.user, now=now)
    world.counts[f"wished_{kind}"] += len(done.changed)
