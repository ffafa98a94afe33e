"""What programmes and branches are told of: fixed ends that come near, and the week's list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import Role
from bricks.months import ONE_DAY, add_months
from contributions.models import Reminder, Sponsorship
from contributions.reminders.plan import Window
from donors.models import BUDGETS, Programme
from regions.models import Office, OfficeArea

#: The branch's list looks so many days ahead.
SOON_DAYS = 30
#: A programme is warned of workers who end day by day once in so many days, per step.
REPEAT_DAYS = 30
WESTERN = 7


@dataclass(frozen=True)
class WeekCounts:
    """What a branch's list of the week says: workers whose cover ends soon, and in arrears;
    of the latter, those of budgets and fixed dates, whom nobody has written to (P19)."""

    soon: int
    over: int
    stage: int

    def __bool__(self) -> bool:
        return bool(self.soon or self.over)


def programmes_reached(
    ladder: Sequence[Window], *, today: date
) -> list[tuple[Programme, date, Window]]:
    """Return the open programmes with fixed dates or budget money that have reached a
    milestone (P19), with the day from which it counts.

    Before the end that is the programme's fixed last day, or else the first last day of
    cover that nothing renews; after it, the first day since which cover is unpaid. Where
    that day moves on with each worker, a step is repeated after REPEAT_DAYS at the earliest.
    """
    found = []
    for window in ladder:
        told = Reminder.objects.filter(
            programme=OuterRef("pk"),
            days=window.days,
            planned_on__gt=today - timedelta(days=REPEAT_DAYS),
        )
        rows = _awaited().filter(~Exists(told))
        if window.days < 0:
            ends = _ends(_running(Q(renews=False, paid_until__gte=today)))
            rows = rows.filter(fixed_until__isnull=True)
            found += [(row, row.fixed_until or today, window) for row in _fixed(window)]
        else:
            ends = _ends(_left(today))
        rows = rows.annotate(first=Subquery(ends)).filter(
            first__gt=window.after, first__lte=window.until
        )
        found += [(row, row.first, window) for row in rows.order_by("pk")]
    return found


def _fixed(window: Window) -> QuerySet[Programme]:
    return Programme.objects.filter(
        Exists(_running(Q(programme=OuterRef("pk")))),
        closed_at__isnull=True,
        fixed_until__gt=window.after,
        fixed_until__lte=window.until,
    ).order_by("pk")


def _awaited() -> QuerySet[Programme]:
    return Programme.objects.filter(
        Q(fixed_until__isnull=False) | Q(funding__in=BUDGETS), closed_at__isnull=True
    )


def _ends(rows: QuerySet[Sponsorship]) -> QuerySet[Sponsorship, date | None]:
    mine = rows.filter(programme=OuterRef("pk")).order_by("paid_until")
    return mine.values_list("paid_until", flat=True)[:1]


def _running(which: Q) -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(
        which, status=Sponsorship.Status.ACTIVE, parked_at__isnull=True
    )


def _left(today: date) -> QuerySet[Sponsorship]:
    """Those whose cover is over and goes on nowhere: unpaid, or finished with their agreement
    so lately that months may still be paid."""
    elsewhere = Sponsorship.everything.filter(
        worker=OuterRef("worker"), status=Sponsorship.Status.ACTIVE
    )
    unpaid = Q(status=Sponsorship.Status.ACTIVE, parked_at__isnull=True)
    finished = Q(
        ~Exists(elsewhere),
        status=Sponsorship.Status.ENDED,
        end_reason=Sponsorship.EndReason.FINISHED,
        paid_until__gte=add_months(today, -settings.ARREARS_MONTHS),
    )
    return Sponsorship.everything.filter(unpaid | finished, paid_until__lt=today)


@dataclass(frozen=True)
class Unpaid:
    """The workers of a programme whose cover nothing renews: how many, and the first of
    their last paid days; None where there are none."""

    workers: int
    first: date | None


def unpaid(programme: Programme, *, today: date) -> Unpaid:
    """Count the workers of a programme whose cover is over unpaid. One statement."""
    return _counted(_left(today).filter(programme=programme))


def ends_soon(programme: Programme, *, first: date, today: date) -> Unpaid:
    """Count the workers of a programme whose cover ends from `first` on, within SOON_DAYS of
    it, and who are not renewed. One statement."""
    until = first + timedelta(days=SOON_DAYS)
    since = max(first, today)
    soon = Q(programme=programme, renews=False, paid_until__range=(since, until))
    return _counted(_running(soon))


def _counted(rows: QuerySet[Sponsorship]) -> Unpaid:
    return Unpaid(**rows.aggregate(workers=Count("pk"), first=Min("paid_until")))


def offices_with_news(*, today: date) -> list[int]:
    """Return the branches at which somebody's cover ends soon or has ended unpaid."""
    return sorted(
        pk for pk, counts in week_counts(None, today=today).items() if counts and pk is not None
    )


def week_counts(offices: Collection[int] | None, *, today: date) -> dict[int, WeekCounts]:
    """Count the running sponsorships of these branches, or of all. One statement."""
    rows = _near(today)
    if offices is not None:
        rows = rows.filter(enrollment__office__in=offices)
    over = Q(paid_until__lt=today)
    stage = over & (Q(funding__in=BUDGETS) | Q(programme__fixed_until__isnull=False))
    counted = (
        rows.exclude(enrollment__office=None)
        .values_list("enrollment__office")
        .annotate(soon=Count("pk", filter=~over), over=Count("pk", filter=over))
        .annotate(stage=Count("pk", filter=stage))
        .order_by()
    )
    return {pk: WeekCounts(soon, over, stage) for pk, soon, over, stage in counted}


def _near(today: date) -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(
        status=Sponsorship.Status.ACTIVE,
        parked_at__isnull=True,
        paid_until__lte=today + timedelta(days=SOON_DAYS),
    )


def programme_workers(programme: Programme) -> int:
    """Count the workers whom a programme covers now."""
    return Sponsorship.everything.filter(
        programme=programme, status=Sponsorship.Status.ACTIVE
    ).count()


def last_day_before_ending(until: date) -> date:
    """Return the last day on which months may still be paid after cover has ended: the
    limit of three months (house section 4)."""
    return add_months(until + ONE_DAY, settings.ARREARS_MONTHS) - ONE_DAY


# --- who reads them -----------------------------------------------------------------------
def supervisors(offices: Collection[int], *, today: date) -> QuerySet[Role]:
    """Return the living roles of the supervisors of these branches."""
    return _living(today).filter(kind=Role.Kind.BRANCH_SUPERVISOR, office__in=offices)


def regional_admins(offices: Collection[int], *, today: date) -> QuerySet[Role]:
    """Return the living roles of the Kanwil to which these branches belong."""
    kanwils = Office.objects.filter(pk__in=offices).values("parent")
    return _living(today).filter(
        Q(office__in=kanwils) | Q(office__in=offices), kind=Role.Kind.REGIONAL_ADMIN
    )


def offices_of_user(user_id: int, *, today: date) -> tuple[set[int], set[int]]:
    """Return the branches that a user supervises, and the Kanwils that he administers."""
    roles = _living(today).filter(user=user_id).values_list("kind", "office")
    kinds = (Role.Kind.BRANCH_SUPERVISOR, Role.Kind.REGIONAL_ADMIN)
    branch, kanwil = ({o for kind, o in roles if kind == wanted and o} for wanted in kinds)
    return branch, kanwil


def _living(today: date) -> QuerySet[Role]:
    return Role.objects.filter(
        Q(until__isnull=True) | Q(until__gte=today), ended_at__isnull=True, user__is_active=True
    )


def zones(offices: Collection[int]) -> dict[int, int]:
    """Return the zone of each office (7, 8 or 9): that of the regencies it serves, or of
    its Kanwil's provinces; WIB where nothing is known. At most two statements."""
    of_areas = OfficeArea.objects.filter(office__in=offices).values_list("office")
    found = dict(of_areas.annotate(zone=Min("regency__utc_offset")))
    left = [pk for pk in offices if pk not in found]
    if left:
        of_kanwil = Office.objects.filter(pk__in=left).values_list("pk")
        found |= dict(of_kanwil.annotate(zone=Min("provinces__utc_offset")))
    return {pk: found.get(pk) or WESTERN for pk in offices}
