"""Who may read and change the plan of reminders, and what was sent; others read 404."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from contributions.models import (
    About,
    Audience,
    Reminder,
    ReminderDigest,
    ReminderStep,
    Sponsorship,
    StageRelease,
)
from contributions.reminders import lists
from donors.models import BUDGETS, Programme
from donors.selectors import donors_of
from workers.desk_selectors import supervised_offices

SUPERVISORS = roles_only(Role.Kind.BRANCH_SUPERVISOR)


@dataclass(frozen=True)
class Ladder:
    """Who is told, about which day, and per period of payment (0: any) the steps in order."""

    audience: str
    about: str
    rows: list[tuple[int, list[ReminderStep]]]


def ladders() -> list[Ladder]:
    """Return the plan by whom is told about which day. One statement."""
    steps = ReminderStep.objects.order_by("months", "days")
    order = [str(value) for value in Audience.values]
    found: dict[tuple[int, str], dict[int, list[ReminderStep]]] = {}
    for step in steps:
        rows = found.setdefault((order.index(step.audience), step.about), {})
        rows.setdefault(step.months, []).append(step)
    return [
        Ladder(str(Audience.choices[place][1]), str(About(about).label), list(rows.items()))
        for (place, about), rows in sorted(found.items())
    ]


def step_for(pk: int) -> ReminderStep:
    """Return a step of the plan, or raise Http404."""
    found = ReminderStep.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class DayCounts:
    """The digests of one day: how many wait, were sent, proved needless."""

    day: date
    waiting: int
    sent: int
    dropped: int


def days(*, today: date, count: int = 7) -> list[DayCounts]:
    """Count the digests of the last days, today first. One statement."""
    states = ReminderDigest.State
    rows = (
        ReminderDigest.objects.filter(day__lte=today)
        .values("day")
        .annotate(
            waiting=Count("pk", filter=Q(state=states.WAITING)),
            sent=Count("pk", filter=Q(state=states.SENT)),
            dropped=Count("pk", filter=Q(state=states.DROPPED)),
        )
        .order_by("-day")
    )
    return [DayCounts(**row) for row in rows[:count]]


def told(user: User) -> QuerySet[Reminder]:
    """Return what the user's donors were reminded of, the newest first."""
    mine = donors_of(user).values("pk")
    return (
        Reminder.objects.filter(sponsorship__donor__in=mine, told_at__isnull=False)
        .select_related("sponsorship__worker")
        .order_by("-told_at", "-pk")
    )


# --- programmes (P19) -----------------------------------------------------------------------
def letter_programme(user: User, uuid: UUID) -> Programme:
    """Return a programme with fixed dates or budget money of the user's donor, branch or
    Kanwil; else Http404."""
    own = Q(donor__in=donors_of(user).values("pk"))
    offices = {o.pk for o in user.offices(Role.Kind.BRANCH_SUPERVISOR, Role.Kind.BRANCH_OFFICER)}
    kanwils = {o.pk for o in user.offices(Role.Kind.REGIONAL_ADMIN)}
    served = Q(opened_by_office__in=offices | kanwils) | Q(opened_by_office__parent__in=kanwils)
    rows = Programme.objects.filter(Q(fixed_until__isnull=False) | Q(funding__in=BUDGETS))
    if not user.is_head_office:
        rows = rows.filter(own | served)
    found = rows.select_related("donor", "opened_by_office").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class ProgrammeLetter:
    """The prepared letter: cover of `workers` is unpaid since `day` (`is_over`), or ends on
    it, or on a day that nobody has fixed (None); months may be paid until `limit`."""

    programme: Programme
    workers: int
    day: date | None
    limit: date | None
    is_over: bool


def letter(programme: Programme, *, today: date) -> ProgrammeLetter:
    """Gather what the letter of a programme says on a day."""
    over = lists.unpaid(programme, today=today)
    day = over.first or programme.fixed_until
    workers = over.workers or lists.programme_workers(programme)
    limit = lists.last_day_before_ending(day) if day else None
    return ProgrammeLetter(programme, workers, day, limit, is_over=over.first is not None)


def stages(user: User) -> QuerySet[Programme]:
    """Return the open programmes with fixed dates or budget money that the user's branches
    opened; `is_released` says whether their workers may be written to."""
    released = StageRelease.objects.filter(programme=OuterRef("pk"), ended_at__isnull=True)
    running = Sponsorship.everything.filter(
        programme=OuterRef("pk"), status=Sponsorship.Status.ACTIVE
    )
    return (
        Programme.objects.filter(
            Q(fixed_until__isnull=False) | Q(funding__in=BUDGETS),
            closed_at__isnull=True,
            opened_by_office__in=supervised_offices(user).values("pk"),
        )
        .select_related("donor")
        .annotate(is_released=Exists(released), is_running=Exists(running))
        .order_by("fixed_until", "name", "pk")
    )


def stage_for(user: User, uuid: UUID) -> Programme:
    """Return one of `stages`, or raise Http404."""
    found = stages(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
