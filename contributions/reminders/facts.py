"""What is still so, minute by minute, of what a digest is to say.

Read just before a digest is written, and again before its message leaves: what was paid,
stopped, withheld or reported meanwhile is not said.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db.models import Q, QuerySet

from bricks.months import ONE_DAY, first_of_month
from contributions import gate
from contributions.models import (
    About,
    Audience,
    Contribution,
    Reminder,
    ReminderDigest,
    Sponsorship,
)
from contributions.price_changes import PriceChange
from contributions.reminders import lists
from contributions.reminders.lists import WeekCounts
from contributions.services.telling import PAYING_ROLES
from contributions.tariffs import NoTariff, Price, TariffTable
from donors.models import DonorMember, Programme
from payments.models import Invoice
from regions.models import Office
from workers.models import Worker

#: What was planned and not dealt with is still said so many days later.
CARRIED_DAYS = 7


@dataclass(frozen=True)
class Due:
    """One worker whose cover ends, or has ended, and for whom his donor can pay now."""

    name: str
    paid_until: date


@dataclass(frozen=True)
class Ending:
    """A programme whose cover ends on `day`, or has ended unpaid since then: for how many
    workers, and until when months may still be paid. `is_over` says which."""

    programme: Programme
    workers: int
    day: date
    limit: date
    is_over: bool


@dataclass
class Facts:
    """What one user is to be told. `said` and `planned` are ids of reminders: those of which
    something is said, and all that were looked at."""

    due: list[Due] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    prices: Counter[PriceChange] = field(default_factory=Counter)
    ending: list[Ending] = field(default_factory=list)
    weeks: list[tuple[Office, WeekCounts]] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    planned: list[int] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    @property
    def is_list_only(self) -> bool:
        """Whether only the branch's week is in it."""
        return bool(self.weeks) and not (self.due or self.prices or self.ending)

    @property
    def fingerprint(self) -> str:
        """Return what changes when, and only when, something of this is no longer so."""
        return sha256("\n".join(sorted(self.marks)).encode()).hexdigest()


class Row(NamedTuple):
    """What is read of a reminder of a sponsorship, and how its sponsorship is now."""

    pk: int
    about: str
    until: date
    sponsorship: int
    worker: int
    case: int
    paid_until: date | None
    name: str
    is_running: bool


def reminders_of(digest: ReminderDigest) -> QuerySet[Reminder]:
    """Return the reminders of which a digest speaks, whoever their receiver is.

    Those of its days; older ones that nobody has dealt with; and what it dealt with itself.
    """
    mine = Q(planned_on__gte=digest.since) | Q(closed_at__isnull=True)
    if digest.closed_at is not None:
        mine |= Q(closed_at=digest.closed_at)
    return Reminder.objects.filter(
        mine,
        planned_on__lte=digest.day,
        planned_on__gte=min(digest.since, digest.day - timedelta(days=CARRIED_DAYS)),
    )


def facts_of_user(digest: ReminderDigest, *, today: date) -> Facts:
    """Gather what a user is to be told. A number of queries that does not grow with workers."""
    facts = Facts()
    members = DonorMember.objects.filter(
        user=digest.user_id, left_at__isnull=True, role__in=PAYING_ROLES
    )
    donors = list(members.values_list("donor", flat=True))
    rows = _rows(reminders_of(digest), donors) if donors else []
    held = gate.withheld_lines((r.sponsorship, r.worker, r.case) for r in rows) if rows else set()
    free = [row for row in rows if row.is_running and row.sponsorship not in held]
    facts.planned += [row.pk for row in rows]
    _add_cover(facts, [row for row in free if row.about == About.COVER])
    _add_prices(facts, [row for row in free if row.about == About.PRICE])
    _add_lists(facts, digest, donors, today=today)
    return facts


def _rows(reminders: QuerySet[Reminder], donors: Collection[int]) -> list[Row]:
    found = reminders.filter(audience=Audience.DONOR, sponsorship__donor__in=donors)
    values = found.order_by("sponsorship", "paid_until", "days").values_list(
        "pk",
        "about",
        "paid_until",
        "sponsorship",
        "sponsorship__worker",
        "sponsorship__enrollment",
        "sponsorship__paid_until",
        "sponsorship__worker__name",
        "sponsorship__status",
        "sponsorship__renews",
        "sponsorship__parked_at",
    )
    active = Sponsorship.Status.ACTIVE
    return [Row(*row[:8], row[8] == active and row[9] and row[10] is None) for row in values]


# --- cover ----------------------------------------------------------------------------------
def _add_cover(facts: Facts, rows: list[Row]) -> None:
    # The newest of each obligation: an older milestone of it says nothing more.
    newest = {row.sponsorship: row for row in rows if row.paid_until == row.until}
    asking = _asking(newest)
    invoices: dict[int, Invoice] = {}
    for row in newest.values():
        bills = asking.get(row.sponsorship, [])
        if bills:
            facts.due.append(Due(Worker(name=row.name).short_name, row.until))
            facts.said.append(row.pk)
            facts.marks.append(f"c{row.sponsorship}:{row.until}:{min(b.pk for b in bills)}")
            invoices |= {bill.pk: bill for bill in bills}
    facts.due.sort(key=lambda due: (due.paid_until, due.name))
    facts.invoices = [invoices[pk] for pk in sorted(invoices)]


def _asking(sponsorships: Collection[int]) -> dict[int, list[Invoice]]:
    """Return the open invoices by which these can be paid now. Two statements."""
    if not sponsorships:
        return {}
    lines = Contribution.everything.filter(
        sponsorship__in=sponsorships,
        status=Contribution.Status.PROMISED,
        invoice__status=Invoice.Status.OPEN,
    )
    pairs = set(lines.order_by().values_list("sponsorship", "invoice").distinct())
    bills = Invoice.everything.in_bulk([bill for _row, bill in pairs if bill is not None])
    found: dict[int, list[Invoice]] = defaultdict(list)
    for sponsorship, bill in pairs:
        if bill is not None:
            found[sponsorship].append(bills[bill])
    return found


# --- prices ---------------------------------------------------------------------------------
def _add_prices(facts: Facts, rows: list[Row]) -> None:
    if not rows:
        return
    table = TariffTable.load()
    found = Sponsorship.everything.in_bulk([row.sponsorship for row in rows])
    known: dict[tuple[object, ...], PriceChange | None] = {}
    for row in rows:
        line = found[row.sponsorship]
        key = (line.bracket, line.sector, line.funding, line.jht, row.until)
        if key not in known:
            known[key] = change_after(line, row.until, table)
        change = known[key]
        if change is not None:
            facts.prices[change] += 1
            facts.said.append(row.pk)
            facts.marks.append(f"p{row.sponsorship}:{row.until}:{change.new}")


def change_after(line: Sponsorship, last: date, table: TariffTable) -> PriceChange | None:
    """Say by how much a sponsorship's month costs more after the day `last`, and why; None
    where it does not."""
    old, new = (_price(line, month, table) for month in (last, last + ONE_DAY))
    if old is None or new is None or new.total <= old.total:
        return None
    ends = old.relief_basis and not new.relief_basis
    return PriceChange(old.total, new.total, new.legal_basis, last if ends else None)


def _price(line: Sponsorship, day: date, table: TariffTable) -> Price | None:
    try:
        return table.price(
            month=first_of_month(day),
            bracket=line.bracket,
            sector=line.sector,
            funding=line.funding,
            jht=line.jht,
        )
    except NoTariff:
        return None


# --- programmes and branches ----------------------------------------------------------------
def _add_lists(
    facts: Facts, digest: ReminderDigest, donors: Collection[int], *, today: date
) -> None:
    branches, kanwils = lists.offices_of_user(digest.user_id or 0, today=today)
    wide = Q(programme__donor__in=donors) | Q(programme__opened_by_office__in=branches | kanwils)
    wide |= Q(programme__opened_by_office__parent__in=kanwils)
    rows = reminders_of(digest).filter(Q(office__in=branches) | wide, sponsorship__isnull=True)
    found = list(rows.select_related("programme__donor", "office").order_by("pk"))
    facts.planned += [row.pk for row in found]
    counts = lists.week_counts({r.office_id for r in found if r.office_id}, today=today)
    for row in found:
        week = counts.get(row.office_id or 0)
        programme = row.programme
        if row.office is not None and week:
            facts.weeks.append((row.office, week))
        elif programme is not None and (ending := _programme(programme, row, today)):
            facts.ending.append(ending)
            facts.marks.append(f"e{row.pk}:{ending.day}")
        else:
            continue
        facts.said.append(row.pk)
        facts.marks.append(f"l{row.pk}:{row.paid_until}")


def _programme(programme: Programme, row: Reminder, today: date) -> Ending | None:
    """Say how a programme stands of which a reminder was planned; None where all is well."""
    if row.days >= 0:
        found = lists.unpaid(programme, today=today)
    elif programme.fixed_until is None:
        found = lists.ends_soon(programme, first=row.paid_until, today=today)
    elif programme.fixed_until == row.paid_until:
        found = lists.Unpaid(lists.programme_workers(programme), row.paid_until)
    else:
        return None
    if found.first is None:
        return None
    limit = lists.last_day_before_ending(found.first)
    return Ending(programme, found.workers, found.first, limit, is_over=row.days >= 0)
