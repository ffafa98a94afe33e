"""What programmes and branches are told of: fixed ends that come near, and the week's list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from accounts.models import Role
from bricks.months import ONE_DAY, add_months
from contributions.models import Sponsorship
from contributions.reminders.plan import Window
from donors.models import BUDGETS, Programme
from regions.models import Office, OfficeArea

#: The branch's list looks so many days ahead.
SOON_DAYS = 30
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
    ladder: Sequence[Window],
) -> list[tuple[Programme, Window]]:
    """Return the open programmes whose fixed end has reached a milestone, each with its."""
    running = Sponsorship.everything.filter(
        programme=OuterRef("pk"), status=Sponsorship.Status.ACTIVE
    )
    found = []
    for window in ladder:
        rows = Programme.objects.filter(
            Exists(running),
            closed_at__isnull=True,
            fixed_until__gt=window.after,
            fixed_until__lte=window.until,
        )
        found += [(row, window) for row in rows.order_by("pk")]
    return found


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
