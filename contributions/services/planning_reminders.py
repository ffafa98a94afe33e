"""The morning's plan: who hears of which milestone today, written in committed ranges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import (
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
    When,
)

from accounts.models import Role, User
from bricks.clock import ZONE_NAMES
from bricks.engine import favour_bulk, is_postgres, let_others_write
from contributions.models import (
    About,
    Audience,
    Reminder,
    ReminderDigest,
    ReminderStep,
    SelfPayer,
)
from contributions.reminders import lists
from contributions.reminders.facts import CARRIED_DAYS
from contributions.reminders.obligations import (
    COLUMNS,
    Asked,
    Range,
    as_reminders,
    obligations,
)
from contributions.reminders.plan import windows
from contributions.services.telling import PAYING_ROLES
from donors.models import DonorMember
from notices.quiet_hours import by_day
from workers.models import Worker

#: Sponsorships a transaction; on SQLite so few that no page waits for it.
RANGE = 20_000
SMALL_RANGE = 500

_DIGEST = ("day", "since", "not_before", "state", "revision", "said", "obligations")


@dataclass(frozen=True)
class Day:
    """The day that is planned, and when: every row that is written bears both."""

    today: date
    now: datetime


def plan_reminders(*, today: date, now: datetime) -> dict[str, int]:
    """Write down who is told of which milestone today, and one digest per receiver.

    Of an obligation only the newest milestone reached is planned, each once: the database
    says so, whoever plans at the same time. Donors hear of what they can pay now, workers
    of what P17 and P19 allow, nobody of one for whom nothing may be asked
    (`contributions.gate`). Works in ranges, each committed with its digests, so that a run
    that was killed goes on; a second run finds nothing to do. Returns counts.
    """
    steps = list(ReminderStep.objects.filter(is_active=True))
    day = Day(today, now)
    counts = {"reminders": 0, "digests": 0}
    for asked in obligations(steps, today=today, now=now):
        for within in _ranges(asked.near):
            with transaction.atomic():
                favour_bulk(connection)
                made, offered = _plan_range(asked, within, day)
            counts["reminders"] += made
            counts["digests"] += offered
    with transaction.atomic():
        made, offered = _plan_lists(steps, day)
    counts["reminders"] += made
    counts["digests"] += offered + _offer_carried(day)
    return counts


def _ranges(near: QuerySet[Any]) -> Iterator[Range]:
    """Cut rows into ranges of ids; the last one has no end."""
    size = RANGE if is_postgres(connection) else SMALL_RANGE
    first = 0
    while True:
        ids = near.filter(pk__gt=first).order_by("pk").values_list("pk", flat=True)
        last = next(iter(ids[size - 1 : size]), None)
        yield Range(first, last)
        if last is None:
            return
        first = last
        let_others_write(connection)


def _plan_range(asked: Asked, within: Range, day: Day) -> tuple[int, int]:
    """Write the reminders of one range, and the digests of those whom they concern."""
    fresh = Reminder.objects.filter(
        planned_on=day.today, closed_at__isnull=True, audience=asked.audience
    )
    fresh = within.of(fresh, "sponsorship")
    rows = as_reminders(asked, asked.rows(within), today=day.today, now=day.now)
    made = _insert(Reminder, COLUMNS, rows)
    return made, _offer(fresh, asked.audience, day) if made else 0


def _offer(reminders: QuerySet[Reminder], audience: str, day: Day, most: int | None = None) -> int:
    """Write the digest of today for everybody whom these reminders concern, or for so many
    who sign in and so many who do not."""
    if audience == Audience.WORKER:
        return _offer_to_workers(reminders.values("sponsorship__worker"), day, most)
    members = DonorMember.objects.filter(
        donor__in=reminders.values("sponsorship__donor"),
        left_at__isnull=True,
        role__in=PAYING_ROLES,
    )
    users = User.objects.filter(is_active=True, pk__in=members.values("user"))
    # Nobody signs in for who pays for himself: he hears of it as a worker.
    own = SelfPayer.objects.filter(donor__in=reminders.values("sponsorship__donor"))
    made = _offer_to_workers(own.values("worker"), day, most)
    return made + _offer_to(users, "user", "utc_offset", day, most)


def _offer_to_workers(ids: QuerySet[Any, Any], day: Day, most: int | None) -> int:
    workers = Worker.everything.filter(pk__in=ids)
    return _offer_to(workers, "worker", "village__utc_offset", day, most)


def _offer_to(receivers: QuerySet[Any], name: str, zone: str, day: Day, most: int | None) -> int:
    has_one = ReminderDigest.objects.filter(**{name: OuterRef("pk")}, day=day.today)
    mornings = [
        When(**{zone: offset}, then=Value(by_day(day.now, utc_offset=offset), DateTimeField()))
        for offset in ZONE_NAMES
    ]
    rows = (
        receivers.filter(~Exists(has_one))
        .order_by("pk")
        .values_list(
            "pk",
            Value(day.today, DateField()),
            Value(day.today, DateField()),
            Case(*mornings, output_field=DateTimeField()),
            Value(ReminderDigest.State.WAITING, CharField()),
            Value(0, IntegerField()),
            Value("", CharField()),
            Value(0, IntegerField()),
        )
    )
    return _insert(ReminderDigest, (f"{name}_id", *_DIGEST), rows[:most])


def _offer_carried(day: Day) -> int:
    """Offer a digest for what was planned on the days before and never dealt with."""
    size = RANGE if is_postgres(connection) else SMALL_RANGE
    left = Reminder.objects.filter(
        planned_on__gte=day.today - timedelta(days=CARRIED_DAYS),
        planned_on__lt=day.today,
        closed_at__isnull=True,
        sponsorship__isnull=False,
    )
    count = 0
    for audience in (Audience.DONOR, Audience.WORKER):
        made = size
        while made >= size:
            with transaction.atomic():
                made = _offer(left.filter(audience=audience), audience, day, size)
            count += made
    return count


def _insert(model: type[models.Model], columns: Sequence[str], rows: QuerySet[Any]) -> int:
    """Insert what a query answers, in one statement; what is there already stays. Returns
    how many rows are new."""
    sql, params = rows.query.sql_with_params()
    into = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) {sql}"
    with connection.cursor() as cursor:
        cursor.execute(f"{into} ON CONFLICT DO NOTHING", params)
        return max(cursor.rowcount, 0)


# --- programmes and branches ----------------------------------------------------------------
def _plan_lists(steps: Sequence[ReminderStep], day: Day) -> tuple[int, int]:
    """Plan what programmes and branches are told of; there are few of them."""
    ladder = windows(steps, audience=Audience.OWNER, about=About.PROGRAMME, today=day.today)
    owners = [
        Reminder(
            programme=programme,
            audience=Audience.OWNER,
            about=About.PROGRAMME,
            paid_until=until,
            days=window.days,
            planned_on=day.today,
            made_at=day.now,
        )
        for programme, until, window in lists.programmes_reached(ladder, today=day.today)
    ]
    rows = [*owners, *_weeks(steps, day)]
    before = Reminder.objects.filter(sponsorship__isnull=True).count()
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    made = Reminder.objects.filter(sponsorship__isnull=True).count() - before
    return made, _offer_lists(day) if made else 0


def _weeks(steps: Sequence[ReminderStep], day: Day) -> list[Reminder]:
    monday = day.today - timedelta(days=day.today.weekday())
    ladder = windows(steps, audience=Audience.BRANCH, about=About.WEEK, today=day.today)
    reached = [window for window in ladder if window.after < monday <= window.until]
    told = Reminder.objects.filter(about=About.WEEK, paid_until=monday)
    if not reached or told.exists():
        return []
    return [
        Reminder(
            office_id=office,
            audience=Audience.BRANCH,
            about=About.WEEK,
            paid_until=monday,
            days=reached[-1].days,
            planned_on=day.today,
            made_at=day.now,
        )
        for office in lists.offices_with_news(today=day.today)
    ]


def _offer_lists(day: Day) -> int:
    """Offer digests to supervisors, to the Kanwil and to the people of ending programmes."""
    fresh = Reminder.objects.filter(
        planned_on=day.today, closed_at__isnull=True, sponsorship__isnull=True
    ).select_related("programme")
    offices = {row.office_id for row in fresh if row.office_id}
    programmes = [row.programme for row in fresh if row.programme]
    openers = {p.opened_by_office_id for p in programmes if p.opened_by_office_id}
    roles = [
        *lists.supervisors(offices | openers, today=day.today),
        *lists.regional_admins(openers, today=day.today),
    ]
    zones = lists.zones({role.office_id for role in roles if role.office_id})
    found = {role.user_id: _zone(role, zones) for role in roles}
    members = DonorMember.objects.filter(
        donor__in=[p.donor_id for p in programmes],
        left_at__isnull=True,
        role__in=PAYING_ROLES,
        user__is_active=True,
    )
    found |= dict(members.values_list("user", "user__utc_offset"))
    digests = [
        ReminderDigest(
            user_id=user,
            day=day.today,
            since=day.today,
            not_before=by_day(day.now, utc_offset=zone),
        )
        for user, zone in found.items()
    ]
    before = ReminderDigest.objects.filter(day=day.today).count()
    ReminderDigest.objects.bulk_create(digests, ignore_conflicts=True)
    return ReminderDigest.objects.filter(day=day.today).count() - before


def _zone(role: Role, zones: dict[int, int]) -> int:
    return zones.get(role.office_id or 0, lists.WESTERN)
