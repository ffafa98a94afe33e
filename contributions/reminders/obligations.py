"""Who is to be told of which obligation today: one query per audience, for the planner.

A query bears the columns of a Reminder (COLUMNS) and is written in one statement
`INSERT .. SELECT`; so it runs on millions of rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import (
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)

from bricks.clock import jakarta_midnight
from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import (
    About,
    Audience,
    Contribution,
    Reminder,
    ReminderStep,
    Sponsorship,
    StageRelease,
    TariffMonth,
)
from contributions.reminders.plan import Window, windows
from donors.models import BUDGETS, Programme
from payments.models import Invoice
from workers.models import Enrollment, IncidentReport, Worker, WorkerEvent

Row = TypeVar("Row", bound=Model)
#: In the order in which the queries bear them.
COLUMNS = (
    "sponsorship_id",
    "paid_until",
    "audience",
    "about",
    "days",
    "channel",
    "planned_on",
    "made_at",
)


@dataclass(frozen=True)
class Range:
    """Sponsorships after one id, up to another, or without end.

    What a question asks of others' tables keeps to the range as well: else PostgreSQL
    reads a million of their rows for twenty thousand answers.
    """

    after: int = 0
    upto: int | None = None

    def of(self, rows: QuerySet[Row], name: str = "pk") -> QuerySet[Row]:
        """Narrow to the rows whose column, a sponsorship's id, lies in it."""
        rows = rows.filter(**{f"{name}__gt": self.after})
        return rows if self.upto is None else rows.filter(**{f"{name}__lte": self.upto})


@dataclass(frozen=True)
class Asked:
    """One question of the planner: whom, about what, and the rows of a range that answer it;
    `near` are the rows among which these are, found by an index alone."""

    audience: str
    about: str
    near: QuerySet[Sponsorship]
    rows: Callable[[Range], QuerySet[Sponsorship]]


def obligations(steps: Sequence[ReminderStep], *, today: date, now: datetime) -> list[Asked]:
    """Return what sponsorships call for today; a part for which no step is active is left out."""
    cover = windows(steps, audience=Audience.DONOR, about=About.COVER, today=today)
    ending = windows(steps, audience=Audience.WORKER, about=About.COVER, today=today)
    found = []
    if cover:
        payable = partial(_payable, _reached(cover), today, now)
        found.append(_untold(Audience.DONOR, _near(cover), payable))
    if ending:
        worth_telling = partial(_worth_telling, _reached(ending))
        found.append(_untold(Audience.WORKER, _near(ending), worth_telling))
    for window in windows(steps, audience=Audience.DONOR, about=About.PRICE, today=today):
        found += [
            Asked(Audience.DONOR, About.PRICE, _renewing(), partial(_dearer, day, window.days))
            for day in _price_days(window)
            if day >= today
        ]
    return found


def as_reminders(
    asked: Asked, rows: QuerySet[Any], *, today: date, now: datetime
) -> QuerySet[Any, Any]:
    """Give the answers of a question the columns of reminders."""
    text, day = CharField(), DateField()
    until = F("paid_until") if asked.about == About.COVER else F("until")
    return rows.values_list(
        "pk",
        until,
        Value(asked.audience, text),
        Value(asked.about, text),
        F("reached"),
        Value(Reminder.Channel.MESSAGE, text),
        Value(today, day),
        Value(now, DateTimeField()),
    )


def _near(ladder: Sequence[Window]) -> QuerySet[Sponsorship]:
    """Return the running sponsorships between the first and the last of these days."""
    return Sponsorship.everything.filter(
        status=Sponsorship.Status.ACTIVE,
        parked_at__isnull=True,
        paid_until__gt=min(w.after for w in ladder),
        paid_until__lte=max(w.until for w in ladder),
    )


def _reached(ladder: Sequence[Window]) -> QuerySet[Sponsorship]:
    """Return those whose newest milestone is one of these, as `reached`."""
    whens = [
        When(
            _of_period(w.months),
            paid_until__gt=w.after,
            paid_until__lte=w.until,
            then=Value(w.days),
        )
        for w in ladder
    ]
    return _near(ladder).annotate(reached=Case(*whens, output_field=SmallIntegerField()))


def _of_period(months: int) -> Q:
    return Q(months=months) if months else Q()


def _payable(
    rows: QuerySet[Sponsorship], today: date, now: datetime, within: Range
) -> QuerySet[Sponsorship]:
    """Narrow to what renews and can be paid now; an invoice of today speaks for itself."""
    lines = Contribution.everything.filter(
        sponsorship=OuterRef("pk"),
        status=Contribution.Status.PROMISED,
        invoice__status=Invoice.Status.OPEN,
        invoice__expires_at__gt=now,
        invoice__issued_at__lt=jakarta_midnight(today),
    )
    is_asked = Exists(within.of(lines, "sponsorship"))
    return _free(within.of(rows).filter(is_asked, renews=True))


def _free(rows: QuerySet[Sponsorship]) -> QuerySet[Sponsorship]:
    """Leave out those for whom nothing is asked: what `contributions.gate` withholds."""
    events = WorkerEvent.everything.filter(
        worker=OuterRef("worker"), kind__in=WorkerEvent.ENDING, revoked_at__isnull=True
    )
    deaths = IncidentReport.everything.filter(
        worker=OuterRef("worker"),
        kind=IncidentReport.Kind.DEATH,
        status=IncidentReport.Status.OPEN,
    )
    frozen = Enrollment.everything.filter(pk=OuterRef("enrollment"), frozen_at__isnull=False)
    return rows.filter(~Exists(events), ~Exists(deaths), ~Exists(frozen))


def _worth_telling(rows: QuerySet[Sponsorship], within: Range) -> QuerySet[Sponsorship]:
    """Narrow to workers who may be told of the end of their cover (P17, P19): with a phone,
    nothing reported, covered by nobody else for longer, and in a programme with fixed dates
    or budget money only where the branch has released it."""
    longer = Sponsorship.everything.filter(
        worker=OuterRef("worker"),
        status=Sponsorship.Status.ACTIVE,
        paid_until__gt=OuterRef("paid_until"),
    )
    reports = IncidentReport.everything.filter(
        worker=OuterRef("worker"), status=IncidentReport.Status.OPEN
    )
    phones = Worker.everything.filter(pk=OuterRef("worker")).exclude(phone_index="")
    return released(_free(within.of(rows))).filter(
        ~Exists(longer), ~Exists(reports), Exists(phones)
    )


def released(rows: QuerySet[Sponsorship]) -> QuerySet[Sponsorship]:
    """Narrow to those whose workers may be written to: with fixed dates or budget money only
    where the branch has released the programme (P19)."""
    fixed = Programme.objects.filter(pk=OuterRef("programme"), fixed_until__isnull=False)
    release = StageRelease.objects.filter(programme=OuterRef("programme"), ended_at__isnull=True)
    return rows.filter((~Q(funding__in=BUDGETS) & ~Exists(fixed)) | Q(Exists(release)))


def _untold(
    audience: str,
    near: QuerySet[Sponsorship],
    rows: Callable[[Range], QuerySet[Sponsorship]],
) -> Asked:
    """Leave out what has heard of this milestone, or of a later one."""
    told = Reminder.objects.filter(
        sponsorship=OuterRef("pk"),
        paid_until=OuterRef("paid_until"),
        audience=audience,
        about=About.COVER,
        days__gte=OuterRef("reached"),
    )

    def left(within: Range) -> QuerySet[Sponsorship]:
        heard = Exists(within.of(told, "sponsorship"))
        return rows(within).filter(~heard).exclude(reached=None)  # type: ignore[misc]

    return Asked(audience, About.COVER, near, left)


# --- prices (P15) --------------------------------------------------------------------------
def _price_days(window: Window) -> list[date]:
    """Return the ends of months in the window: the last day of a price."""
    days = []
    month = first_of_month(window.after + ONE_DAY)
    while month <= window.until:
        last = add_months(month, 1) - ONE_DAY
        if window.after < last <= window.until:
            days.append(last)
        month = add_months(month, 1)
    return days


def _dearer(last: date, days: int, within: Range) -> QuerySet[Sponsorship]:
    """Return the running sponsorships whose month costs more after the day `last`."""
    dearer = TariffMonth.objects.filter(
        pk__in=rising_prices(last),
        bracket=OuterRef("bracket"),
        sector=OuterRef("sector"),
        funding=OuterRef("funding"),
    )
    told = Reminder.objects.filter(
        sponsorship=OuterRef("pk"), audience=Audience.DONOR, about=About.PRICE, paid_until=last
    )
    told = within.of(told, "sponsorship")
    rows = _free(within.of(_renewing()).filter(Exists(dearer), ~Exists(told)))
    reached = Value(days, SmallIntegerField())
    return rows.annotate(until=Value(last, DateField()), reached=reached)


def _renewing() -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(
        status=Sponsorship.Status.ACTIVE, renews=True, parked_at__isnull=True
    )


def rising_prices(last: date) -> list[int]:
    """Return the rows of the month after `last` that cost more than in the month before.

    JHT is no part of it: it is no price, but the worker's own savings. Two statements.
    """
    key = ("bracket", "sector", "funding")
    month = first_of_month(last)

    def prices(of: date) -> dict[tuple[Any, ...], tuple[int, int]]:
        rows = TariffMonth.objects.filter(month=of).values_list(*key, "pk", "jkk", "jkm")
        return {(b, s, f): (pk, jkk + jkm) for b, s, f, pk, jkk, jkm in rows}

    before, after = prices(month), prices(add_months(month, 1))
    return [pk for k, (pk, new) in after.items() if k in before and before[k][1] < new]
