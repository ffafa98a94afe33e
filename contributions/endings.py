"""Cover that ends, or has ended lately: who, when, why, and who acts next. It never writes.

One row is one sponsorship. What a worker's cover is on a day is said by `contributions.cover`;
after a report nothing is said beyond what is paid (P3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from accounts.models import User
from bricks.months import ONE_DAY, add_months, arrears_of
from contributions import gate
from contributions.cover import JKM_WAIT_MONTHS, CoverStatus
from contributions.models import Contribution, RenewalOutcome, Sponsorship
from contributions.selectors import cover_statuses
from contributions.stops import is_reached
from donors.models import Programme
from donors.selectors import donors_of
from payments.models import Invoice
from regions.models import Area
from workers import standing
from workers.desk_selectors import watched_offices

#: The windows of days that are offered, and the months of arrears after them.
DAYS = (7, 14, 30, 60, 90)
USUAL_DAYS = 30
#: So many donors are named among the figures.
MOST_DONORS = 50
Status = Sponsorship.Status
Reason = Sponsorship.EndReason
#: Ended ones whose worker may still be taken up by somebody.
ENDED_LATELY = Q(
    status__in=[Status.ENDED, Status.LAPSED],
    end_reason__in=[Reason.STOPPED, Reason.FINISHED, Reason.ARREARS],
)


# --- whose rows ------------------------------------------------------------------------
def endings_of_donors(user: User) -> QuerySet[Sponsorship]:
    """Return the sponsorships of the donors for whom a user acts, or looks."""
    return _whole(Sponsorship.everything.filter(donor__in=donors_of(user).values("pk")))


def endings_watched(user: User) -> QuerySet[Sponsorship]:
    """Return the sponsorships at the offices that a member of staff watches over."""
    offices = list(watched_offices(user).values_list("pk", flat=True))
    return _whole(Sponsorship.everything.filter(enrollment__office__in=offices))


def _whole(rows: QuerySet[Sponsorship]) -> QuerySet[Sponsorship]:
    follower = Sponsorship.everything.filter(
        worker=OuterRef("worker"), paid_until__gt=OuterRef("paid_until")
    )
    outcomes = RenewalOutcome.everything.filter(sponsorship=OuterRef("pk"), closed_at__isnull=True)
    renewing = Sponsorship.everything.filter(
        worker=OuterRef("worker"), status=Status.ACTIVE, renews=True
    )
    return rows.annotate(
        is_followed=Exists(follower),
        is_renewed=Exists(renewing),
        refused=Subquery(outcomes.values("reason")[:1]),
    ).select_related("worker__village", "programme", "donor", "enrollment__office")


# --- when --------------------------------------------------------------------------------
def ending_within(rows: QuerySet[Sponsorship], *, days: int, today: date) -> QuerySet[Sponsorship]:
    """Narrow rows to active ones whose last paid day is one of the next `days`, that first."""
    found = rows.filter(
        status=Status.ACTIVE, paid_until__gte=today, paid_until__lte=today + timedelta(days=days)
    )
    return found.order_by("paid_until", "pk")


def in_arrears(rows: QuerySet[Sponsorship], *, arrears: int, today: date) -> QuerySet[Sponsorship]:
    """Narrow rows to those of whom so many unpaid months have begun (house section 4), the
    newest first; whom another sponsorship has covered since is left out."""
    first, last = arrears_days(arrears, today)
    found = rows.filter(Q(status=Status.ACTIVE) | ENDED_LATELY, Q(is_followed=False))
    return found.filter(paid_until__gte=first, paid_until__lte=last).order_by("-paid_until", "pk")


def arrears_days(arrears: int, today: date) -> tuple[date, date]:
    """Return the first and the last day on which cover may have ended, so that so many unpaid
    months have begun by today: the inverse of `bricks.months.arrears_of`."""
    some = today - timedelta(days=31 * arrears + 3)
    days = [some + timedelta(days=k) for k in range((today - some).days)]
    fitting = [day for day in days if arrears_of(day, today) == arrears]
    return fitting[0], fitting[-1]


def arrears_offered() -> list[int]:
    """Return the months of arrears that are listed: those of the clock."""
    return list(range(1, settings.ARREARS_MONTHS + 1))


# --- sums ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Week:
    """How many covers end in seven days, both days inclusive, and how many go on by themselves."""

    first: date
    last: date
    count: int
    renews: int


def by_week(rows: QuerySet[Sponsorship]) -> list[Week]:
    """Count listed rows by the week in which they end, Monday to Sunday. One query."""
    going_on = Q(renews=True, stops_on__isnull=True, refused__isnull=True)
    counts = (
        rows.order_by("paid_until")
        .values("paid_until")
        .annotate(n=Count("pk"), goes_on=Count("pk", filter=going_on))
        .values_list("paid_until", "n", "goes_on")
    )
    weeks: dict[date, list[int]] = {}
    for day, n, goes_on in counts:
        if day is None:
            continue
        monday = day - timedelta(days=day.weekday())
        found = weeks.setdefault(monday, [0, 0])
        found[0], found[1] = found[0] + n, found[1] + goes_on
    return [
        Week(monday, monday + timedelta(days=6), n, goes_on)
        for monday, (n, goes_on) in sorted(weeks.items())
    ]


@dataclass(frozen=True)
class Figures:
    """One branch, donor, regency or village: how many covers end within each window, and are
    in arrears. `key` is the code of an area, or the name."""

    key: str
    name: str
    windows: list[int]
    arrears: list[int]

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Each figure with its heading, for a table that becomes cards."""
        days = [_("%(n)s hari") % {"n": n} for n in DAYS]
        months = [_("Tunggakan %(n)s") % {"n": n} for n in arrears_offered()]
        return list(zip([*days, *months], [*self.windows, *self.arrears], strict=True))


def figures_by_office(rows: QuerySet[Sponsorship], *, today: date) -> list[Figures]:
    """Count by branch; each window includes the shorter ones. One query."""
    return _figures(rows, F("enrollment__office__name"), today)


def figures_by_donor(rows: QuerySet[Sponsorship], *, today: date) -> list[Figures]:
    """Count by donor, those MOST_DONORS of whose workers most end within 30 days. One query."""
    found = _figures(rows, F("donor__name"), today)
    usual = DAYS.index(USUAL_DAYS)
    return sorted(found, key=lambda row: (-row.windows[usual], row.name))[:MOST_DONORS]


def figures_by_regency(rows: QuerySet[Sponsorship], *, today: date) -> list[Figures]:
    """Count by the regency or city where the worker lives. Two queries."""
    group = Substr("worker__village_id", 1, 4, output_field=CharField())
    return _named(_figures(rows, group, today))


def figures_by_village(
    rows: QuerySet[Sponsorship], *, regency: Figures, today: date
) -> list[Figures]:
    """Count by the village where the worker lives, in one regency; each is named with its
    district alone. Two queries."""
    living = living_in(rows, regency.key)
    found = _named(_figures(living, F("worker__village_id"), today))
    return [replace(row, name=row.name.removesuffix(f", {regency.name}")) for row in found]


def living_in(rows: QuerySet[Sponsorship], code: str) -> QuerySet[Sponsorship]:
    """Narrow rows to workers who live in an area, by its code."""
    return rows.filter(worker__village__code__startswith=code)


def _named(found: list[Figures]) -> list[Figures]:
    names = dict(
        Area.objects.filter(pk__in=[row.key for row in found]).values_list("pk", "full_name")
    )
    named = [replace(row, name=names.get(row.key, "–")) for row in found]
    return sorted(named, key=lambda row: row.name)


def _figures(rows: QuerySet[Sponsorship], group: Any, today: date) -> list[Figures]:
    spans: dict[str, Q] = {}
    active = Q(status=Status.ACTIVE, paid_until__gte=today)
    for days in DAYS:
        spans[f"d{days}"] = active & Q(paid_until__lte=today + timedelta(days=days))
    for n in arrears_offered():
        first, last = arrears_days(n, today)
        over = (Q(status=Status.ACTIVE) | ENDED_LATELY) & Q(is_followed=False)
        spans[f"a{n}"] = over & Q(paid_until__gte=first, paid_until__lte=last)
    oldest = arrears_days(settings.ARREARS_MONTHS, today)[0]
    near = rows.filter(
        Q(status=Status.ACTIVE) | ENDED_LATELY,
        paid_until__gte=oldest,
        paid_until__lte=today + timedelta(days=DAYS[-1]),
    )
    counted = (
        near.order_by()
        .annotate(place=group)
        .values("place")
        .annotate(**{name: Count("pk", filter=span) for name, span in spans.items()})
        .order_by("place")
        .values_list("place", *spans)
    )
    return [
        Figures(place or "", place or "–", counts[: len(DAYS)], counts[len(DAYS) :])
        for place, *counts in counted
    ]


# --- a row ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ending:
    """One row of the list.

    `state` is one of reported, followed, asked (an open `invoice` asks for it), parked,
    withheld, stopped, agreed, bridged (the fund's one month), second (another renews for the
    worker), over (ended or lapsed), refused (by the renewal, for the reason that the row
    bears), renews. `days_left` is below 0 once it
    is over. `arrears` is of the clock; None after a report (P3). `jkm_again` is the day from
    which the full JKM would hold, were cover to begin anew after a gap.
    """

    sponsorship: Sponsorship
    cover: CoverStatus
    state: str
    days_left: int
    arrears: int | None
    invoice_until: datetime | None
    jkm_again: date | None


@dataclass(frozen=True)
class _Known:
    """What is read once for all rows."""

    covers: dict[int, CoverStatus]
    held: set[int]
    reported: set[int]
    asked: dict[int, datetime]


def endings(rows: Iterable[Sponsorship], *, today: date) -> list[Ending]:
    """Read rows of the list, with whose cover stands how; the queries do not grow with them."""
    found = list(rows)
    workers = {row.worker_id for row in found}
    known = _Known(
        covers=cover_statuses(workers, today=today),
        held=gate.withheld(found),
        reported=standing.reported(workers),
        asked=_asked(found),
    )
    return [_ending(row, known, today) for row in found]


def _ending(row: Sponsorship, known: _Known, today: date) -> Ending:
    last = row.paid_until or today
    is_reported = row.worker_id in known.reported
    state = "reported" if is_reported else _state(row, known)
    begins = max(last + ONE_DAY + ONE_DAY, today)
    tells_gap = state not in {"reported", "followed", "withheld"}
    return Ending(
        sponsorship=row,
        cover=known.covers[row.worker_id],
        state=state,
        days_left=(last - today).days,
        arrears=None if is_reported else arrears_of(last, today),
        invoice_until=known.asked.get(row.pk),
        jkm_again=add_months(begins, JKM_WAIT_MONTHS) if tells_gap else None,
    )


def _state(row: Sponsorship, known: _Known) -> str:
    said = (
        ("followed", row.is_followed),  # type: ignore[attr-defined]
        ("withheld", row.pk in known.held),
        ("parked", row.parked_at is not None),
        ("over", row.status != Status.ACTIVE),
        ("asked", row.pk in known.asked),
        ("stopped", row.stopped_at is not None or is_reached(row)),
        ("agreed", row.programme.fixed_until is not None),
        ("bridged", row.programme.kind == Programme.Kind.BRIDGE),
        ("second", not row.renews and row.is_renewed),  # type: ignore[attr-defined]
        ("stopped", not row.renews),
        ("refused", row.refused is not None),  # type: ignore[attr-defined]
    )
    return next((name for name, holds in said if holds), "renews")


def _asked(rows: Sequence[Sponsorship]) -> dict[int, datetime]:
    """Return until when an open invoice asks for each of these; one query."""
    promised = Contribution.everything.filter(
        sponsorship__in=[row.pk for row in rows],
        status=Contribution.Status.PROMISED,
        invoice__status=Invoice.Status.OPEN,
    )
    return dict(promised.values_list("sponsorship", "invoice__expires_at").distinct())
