"""The figures of a branch (P23): what came in, what was decided, how fast; never of a person.

Of whole offices and their desks. How much each officer has in hand is the supervisor's
own page (`workload`), for sharing out the work: by name, without a rank.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from bricks.clock import JAKARTA, jakarta_midnight
from bricks.months import add_months
from regions.models import Holiday, Office
from workers import desk_selectors
from workers.models import Enrollment, EnrollmentEvent

#: Steps by which a case comes to the branch, for the first time or again.
HANDED_IN = ("submitted", "consent_given", "repaired")
DECIDED = ("approved", "returned", "rejected")
#: So many weeks or months are shown, the present one as the last.
PERIODS = 12
#: The ages of open cases in working days: from, to.
AGES: tuple[tuple[int, int | None], ...] = ((0, 1), (2, 2), (3, 5), (6, 10), (11, None))
Text = str | Promise


def figure_offices(user: User) -> QuerySet[Office]:
    """The offices whose figures a user reads: those of his desk or under his eyes."""
    return desk_selectors.watched_offices(user).order_by("name")


# --- working days --------------------------------------------------------------------
class WorkingDays:
    """Counts working days between two days of a span that was read once."""

    def __init__(self, first: date, last: date) -> None:
        closed = Holiday.objects.filter(date__range=(first, last)).values_list("date", flat=True)
        holidays, count = set(closed), 0
        self._until: dict[date, int] = {}
        for k in range((last - first).days + 1):
            day = first + timedelta(days=k)
            count += day.weekday() < desk_selectors.SATURDAY and day not in holidays
            self._until[day] = count

    def between(self, start: date, end: date) -> int:
        """The working days after `start` up to and with `end`."""
        return max(0, self._until[end] - self._until[start])


# --- what came in and was decided -------------------------------------------------------
@dataclass(frozen=True)
class Figures:
    """What an office or all of them did in a span of days."""

    received: int
    decided: int
    returned: int
    # In working days, from the day it came in; None where nothing was decided.
    median: float | None

    @property
    def return_rate(self) -> float | None:
        """The decisions by which a case went back to its donor, in per cent."""
        return 100 * self.returned / self.decided if self.decided else None


@dataclass(frozen=True)
class Period:
    """A week or month with its figures, both days inclusive."""

    first: date
    last: date
    figures: Figures


@dataclass(frozen=True)
class AgeGroup:
    """How many open cases have waited so many working days; `to` is empty for the last."""

    start: int
    to: int | None
    count: int


@dataclass(frozen=True)
class OfficeRow:
    """One office in the table of several."""

    office: Office
    figures: Figures
    open: int
    overdue: int


@dataclass(frozen=True)
class BranchFigures:
    """Everything on the page of figures."""

    by: str
    periods: list[Period]
    whole: Figures
    ages: list[AgeGroup]
    open: int
    overdue: int
    offices: list[OfficeRow]


def branch_figures(offices: Collection[Office], *, today: date, by: str) -> BranchFigures:
    """Gather the figures of these offices for the last PERIODS weeks or months (`by`).

    A decision counts where its case lies today, and its days run from the last time that
    the donor handed it in. Four statements, whatever the number of cases and offices.
    """
    spans = list(_spans(today, by))
    first = spans[0][0]
    rows = _Rows([office.pk for office in offices], first, today)
    return BranchFigures(
        by=by,
        periods=[Period(start, end, rows.figures(start, end)) for start, end in spans],
        whole=rows.figures(first, today),
        ages=rows.ages(),
        open=sum(rows.open.values()),
        overdue=sum(rows.overdue.values()),
        offices=[
            OfficeRow(
                office,
                rows.figures(first, today, office.pk),
                rows.open_at(office.pk),
                rows.overdue[office.pk],
            )
            for office in offices
        ],
    )


def _spans(today: date, by: str) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each week (from Monday) or month, the oldest first."""
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    for k in range(PERIODS - 1, -1, -1):
        if by == "bulan":
            start = add_months(month, -k)
            yield start, min(add_months(start, 1) - timedelta(days=1), today)
        else:
            start = monday - timedelta(weeks=k)
            yield start, min(start + timedelta(days=6), today)


class _Rows:
    """What the database says, grouped by office and days: as many rows as days, not cases."""

    def __init__(self, offices: list[int], first: date, today: date) -> None:
        self.today = today
        since = jakarta_midnight(first)
        self.received = _received(offices, since)
        self.decided = _decided(offices, since)
        self.open, self.overdue = _open(offices, today)
        starts = [came for _office, came, _day, _kind in self.decided]
        starts += [came for _office, came in self.open]
        self.days = WorkingDays(min([first, *starts]), today)

    def figures(self, first: date, last: date, office: int | None = None) -> Figures:
        """Add up a span of days, of one office or of all."""
        received = sum(
            count
            for (where, day), count in self.received.items()
            if first <= day <= last and office in (None, where)
        )
        durations: Counter[int] = Counter()
        returned = 0
        for (where, came, day, kind), count in self.decided.items():
            if first <= day <= last and office in (None, where):
                durations[self.days.between(came, day)] += count
                returned += count if kind == "returned" else 0
        return Figures(received, durations.total(), returned, median_of(durations))

    def ages(self) -> list[AgeGroup]:
        """Group the open cases by the working days since they came in."""
        waited: Counter[int] = Counter()
        for (_office, came), count in self.open.items():
            waited[self.days.between(came, self.today)] += count
        return [
            AgeGroup(
                start,
                to,
                sum(n for age, n in waited.items() if age >= start and (to is None or age <= to)),
            )
            for start, to in AGES
        ]

    def open_at(self, office: int) -> int:
        """The open cases of one office."""
        return sum(count for (where, _came), count in self.open.items() if where == office)


def median_of(durations: Counter[int]) -> float | None:
    """Return the median of counted numbers; of an even count the mean of the middle two."""
    total = durations.total()
    if not total:
        return None
    middle = ((total - 1) // 2, total // 2)
    seen, found = 0, list[int]()
    for days in sorted(durations):
        seen += durations[days]
        found += [days for place in middle[len(found) :] if place < seen]
    return sum(found) / 2


def _day(name: str) -> TruncDate:
    return TruncDate(name, tzinfo=JAKARTA)


def _received(offices: list[int], since: datetime) -> Counter[tuple[int, date]]:
    rows = Enrollment.everything.filter(office__in=offices, submitted_at__gte=since)
    grouped = rows.values_list("office", _day("submitted_at")).annotate(count=Count("pk"))
    return Counter({(office, day): count for office, day, count in grouped.order_by()})


def _decided(offices: list[int], since: datetime) -> Counter[tuple[int, date, date, str]]:
    handed_in = (
        EnrollmentEvent.objects.filter(
            enrollment=OuterRef("enrollment"), kind__in=HANDED_IN, at__lte=OuterRef("at")
        )
        .order_by()
        .values("enrollment")
        .annotate(last=Max("at"))
    )
    rows = EnrollmentEvent.objects.filter(
        enrollment__office__in=offices, kind__in=DECIDED, at__gte=since
    ).annotate(
        came=Coalesce(Subquery(handed_in.values("last")), F("enrollment__submitted_at"), F("at"))
    )
    grouped = rows.values_list("enrollment__office", _day("came"), _day("at"), "kind").annotate(
        count=Count("pk")
    )
    return Counter(
        {(office, came, day, kind): n for office, came, day, kind, n in grouped.order_by()}
    )


def _open(offices: list[int], today: date) -> tuple[Counter[tuple[int, date]], Counter[int]]:
    """The undecided cases by the day they came in, and the overdue ones, by office."""
    rows = Enrollment.everything.filter(office__in=offices, status__in=Enrollment.UNDECIDED)
    grouped = rows.values_list("office", _day("submitted_at")).annotate(
        count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today))
    )
    waiting: Counter[tuple[int, date]] = Counter()
    overdue: Counter[int] = Counter()
    for office, came, count, late in grouped.order_by():
        waiting[office, came] += count
        overdue[office] += late
    return waiting, overdue


# --- who has how much in hand --------------------------------------------------------------
@dataclass(frozen=True)
class Load:
    """What one person has in hand; for sharing out the work, not for comparing people."""

    officer: User
    in_hand: int
    oldest: date | None
    decided: int


def desk_people(user: User) -> QuerySet[User]:
    """The people who work where the user is supervisor, by name."""
    roles = Role.objects.filter(
        kind__in=desk_selectors.BRANCH_ROLES,
        ended_at__isnull=True,
        office__in=desk_selectors.supervised_offices(user),
    )
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("name", "pk")


def holders(user: User) -> QuerySet[User]:
    """The people who hold a case where the user is supervisor, also those who left it."""
    held = Enrollment.everything.filter(
        office__in=desk_selectors.supervised_offices(user), status=Enrollment.Status.IN_REVIEW
    )
    return User.objects.filter(pk__in=held.values("taken_by")).order_by("name", "pk")


def loads(user: User, *, today: date) -> list[Load]:
    """What each person at the supervisor's desk has in hand, has decided since Monday, and
    since when the oldest waits; in alphabetical order. Three statements."""
    desk = desk_selectors.supervised_offices(user)
    monday = jakarta_midnight(today - timedelta(days=today.weekday()))
    held = Enrollment.everything.filter(office__in=desk, status=Enrollment.Status.IN_REVIEW)
    in_hand = {
        pk: (count, oldest)
        for pk, count, oldest in held.values_list("taken_by").annotate(
            count=Count("pk"), oldest=Min("submitted_at")
        )
    }
    events = EnrollmentEvent.objects.filter(
        enrollment__office__in=desk, kind__in=DECIDED, at__gte=monday
    )
    decided = dict(events.values_list("actor").annotate(count=Count("pk")).order_by())
    return [_load(person, in_hand, decided) for person in _everybody(desk_people(user), in_hand)]


def _everybody(people: Iterable[User], in_hand: dict[int, Any]) -> list[User]:
    """Those of the desk, and whoever left it with a case in his hands."""
    found = list(people)
    gone = set(in_hand) - {person.pk for person in found}
    if gone:
        found += User.objects.filter(pk__in=gone)
    return sorted(found, key=lambda person: (person.name.casefold(), person.pk))


def _load(person: User, in_hand: dict[int, Any], decided: dict[int, int]) -> Load:
    count, oldest = in_hand.get(person.pk, (0, None))
    came = oldest.astimezone(JAKARTA).date() if oldest else None
    return Load(person, count, came, decided.get(person.pk, 0))


#: How the page names the ways to look.
SPAN_NAMES: dict[str, Text] = {"minggu": _("Per minggu"), "bulan": _("Per bulan")}
