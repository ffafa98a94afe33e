"""A worker passes from one donor to another: by a link, or from the branch's list."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from bricks.clock import jakarta_date
from contributions.models import Sponsorship, TakeOver, WaitingPlace
from contributions.services import taking_over, waiting
from contributions.services.handing_over import CannotHandOver, make_link
from contributions.services.taking_over import CannotTakeOver, Terms
from dashboards.simulation.cast import PERIODS, Giver
from dashboards.simulation.wishing import oldest_running
from dashboards.simulation.world import World
from workers.models import Enrollment
from workers.person_selectors import Person
from workers.services import deciding, own_acts
from workers.services.handing_in import CannotHandIn
from workers.services.holding import CannotDecide

Case = Enrollment.Status


def hand_over(world: World, giver: Giver, now: datetime) -> None:
    """Offer one of his workers by a link, which another donor accepts some days later."""
    row = oldest_running(giver)
    if row is None:
        return
    with suppress(CannotHandOver):
        link = make_link(sponsorship=row, by=giver.user, now=now)
        world.counts["offers"] += 1
        taker, days = _another(world, giver), 1 + giver.dice.randrange(5)
        world.on(
            jakarta_date(now) + timedelta(days=days),
            lambda when: _begin(
                world,
                lambda: [
                    taking_over.accept(hand_over=link, terms=_terms(taker), by=taker.user, now=when)
                ],
                when,
            ),
        )


def look_at_the_list(world: World, now: datetime) -> None:
    """Let workers whose donors stopped join the list, and donors choose from it."""
    stopped = Sponsorship.everything.filter(status="active", stopped_at__isnull=False)
    for row in stopped.select_related("worker").order_by("pk"):
        if world.dice.random() < 0.3:
            with suppress(waiting.CannotWait):
                waiting.join(worker=row.worker, how=WaitingPlace.How.PAGE, now=now)
                world.counts["joins"] += 1
    for place in WaitingPlace.everything.open().select_related("former").order_by("pk"):
        if world.dice.random() < 0.4:
            taker = _another(world, world.by_donor[place.former.donor_id])
            _begin(
                world,
                lambda place=place, taker=taker: taking_over.choose(  # type: ignore[misc]
                    places=[place], terms=_terms(taker), by=taker.user, now=now
                ),
                now,
            )


def _another(world: World, giver: Giver) -> Giver:
    """Return another private donor, whatever his habit."""
    others = [g for g in world.givers if g is not giver and g.donor.person_id is not None]
    return giver.dice.choice(others)


def _terms(taker: Giver) -> Terms:
    months = taker.dice.choice(PERIODS)
    return Terms(taker.programme, months, Enrollment.Relation.NEIGHBOUR)


def _begin(world: World, choose: Callable[[], list[TakeOver]], now: datetime) -> None:
    """Take workers over; each then answers where he is asked, and the branch decides."""
    try:
        begun = choose()
    except (CannotTakeOver, CannotHandIn):
        world.counts["not_taken"] += 1
        return
    for taken in begun:
        world.counts["take_overs"] += 1
        case, day = taken.enrollment_id, jakarta_date(now)
        world.on(day + timedelta(days=1), lambda when, case=case: _answer(world, case, when))  # type: ignore[misc]
        later = day + timedelta(days=2 + world.dice.randrange(6))
        world.on(later, lambda when, case=case: _decide(world, case, when))  # type: ignore[misc]


def _answer(world: World, pk: int, now: datetime) -> None:
    """The worker agrees on his page; one in six does not want it."""
    case = Enrollment.everything.get(pk=pk)
    if case.status != Case.AWAITING_CONSENT:
        return
    act = own_acts.refuse if world.dice.random() < 0.17 else own_acts.agree
    act(enrollment=case, opened=Person(case.nik_index), now=now)


def _decide(world: World, pk: int, now: datetime) -> None:
    """The branch approves what a worker has agreed to, where its checks let it."""
    case = Enrollment.everything.get(pk=pk)
    if case.status != Case.SUBMITTED:
        return
    officer = world.stage.officer
    try:
        deciding.take(enrollment=case, officer=officer, now=now)
        deciding.approve(
            enrollment=case,
            officer=officer,
            sector=case.sector,
            now=now,
            proof="call",
            differences_seen=True,
        )
        world.counts["take_overs_approved"] += 1
    except CannotDecide:
        case.refresh_from_db()
        deciding.reject(enrollment=case, officer=officer, reason="not_eligible", now=now)
        world.counts["take_overs_refused"] += 1
