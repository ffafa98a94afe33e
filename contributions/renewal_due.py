"""Which sponsorships need their next period, and from which month on."""

from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import Contribution, Sponsorship

#: Days before the end of cover on which the next invoice goes out, by period in
#: months: min(30 days, half the period).
LEAD_DAYS = {1: 15, 2: 30, 3: 30, 6: 30, 12: 30}


def due_on(today: date) -> QuerySet[Sponsorship]:
    """Return the sponsorships that need their next period on this day.

    Active, renewing, not parked, without an agreement's last day, `paid_until` at most
    LEAD_DAYS away or already past, nothing promised, and the last day that its donor may
    have named (`contributions.stops`) at least a month ahead.
    """
    ends_soon = Q()
    for months, days in LEAD_DAYS.items():
        ends_soon |= Q(months=months, paid_until__lte=today + timedelta(days=days))
    promised = Contribution.everything.filter(
        sponsorship=OuterRef("pk"), status=Contribution.Status.PROMISED
    )
    runs_on = Q(paid_until__gte=today - ONE_DAY, stops_on__gt=F("paid_until"))
    begins_anew = Q(paid_until__lt=today - ONE_DAY, stops_on__gte=add_months(today, 1) - ONE_DAY)
    return Sponsorship.everything.filter(
        ends_soon,
        Q(stops_on__isnull=True) | runs_on | begins_anew,
        ~Exists(promised),
        status=Sponsorship.Status.ACTIVE,
        renews=True,
        parked_at__isnull=True,
        programme__fixed_until__isnull=True,
    )


def first_month_due(sponsorship: Sponsorship, today: date) -> date:
    """Return the month that the next payment buys first.

    The month after the run, or the present one where cover has already ended: new cover
    then starts at the settlement, never before (P2). A month of the bridge fund behind the
    run is not looked at.
    """
    if sponsorship.paid_until is None:
        return first_of_month(today)
    return first_of_month(max(sponsorship.paid_until + ONE_DAY, today))
