"""Two oracles that stand beside the jobs: what renewal and reminders owe is worked out from
the facts before a job runs, and compared with what it did.

Plain Python over rows; the milestones and lead days are written here anew (domain
reference 9, house section 4), not taken from the portal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet

from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import (
    Contribution,
    Reminder,
    ReminderDigest,
    RenewalOutcome,
    Sponsorship,
    TariffMonth,
)
from dashboards.simulation.world import at
from donors.models import DonorMember
from notices.models import Message
from workers.models import Enrollment, IncidentReport, WorkerEvent

RENEW = "contributions.tasks.renew_coverage"
PLAN, SEND = "contributions.tasks.plan_reminders", "contributions.tasks.send_reminders"
#: Days before the end of cover on which the next period is asked for: half of it, at most 30.
LEAD = {1: 15, 2: 30, 3: 30, 6: 30, 12: 30}
LONG = (-14, -7, -1, 0, 7, 30, 60, 83)
MILESTONES = {
    "donor": {1: (-3, 7), 2: (-14, -3, 7, 30), 3: LONG, 6: LONG, 12: LONG},
    "worker": {1: (-3,), 2: (-7, 0), 3: (-7, 0), 6: (-7, 0), 12: (-7, 0)},
}
BUDGETS = ("apbd", "apbn", "apbdes", "dbh")
#: What was not said for so long is not said any more.
STALE = timedelta(days=31)
KINDS = ("reminder", "worker_reminder")

PRICE_LEAD = timedelta(days=30)

#: Sponsorship, the day that milestones count from, whom (or "price"), days from it.
Told = tuple[int, date, str, int]


@dataclass
class Watch:
    """What was owed before a job, and what broke."""

    broken: list[str] = field(default_factory=list)
    owed: set[Told] = field(default_factory=set)
    known: set[Told] = field(default_factory=set)
    to_say: dict[int, bool | None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def before(self, task: str, day: date, now: datetime) -> None:
        """Work out what the reminders owe."""
        if task == PLAN:
            self.known = _reminders()
            self.owed = _owed(day, now, self.known) | _prices_owed(day, self.known)
        if task == SEND:
            self.to_say = _to_say()

    def after(self, task: str, day: date, now: datetime) -> None:
        """Compare with what the job has done."""
        if task == PLAN:
            planned = _reminders() - self.known
            self.counts["reminders"] += len(planned)
            self.broken += [f"reminder lost: {row}" for row in sorted(self.owed - planned)]
            self.broken += [f"reminder not owed: {row}" for row in sorted(planned - self.owed)]
        if task == SEND:
            self._compare_said(day)
        if task == RENEW:
            self.broken += _due_without_outcome(day)

    def _compare_said(self, day: date) -> None:
        """Each that was planned is dealt with: said if it is still so, to each receiver once."""
        rows = Reminder.objects.filter(pk__in=self.to_say)
        said = []
        for row in rows.order_by("pk"):
            wanted, told = self.to_say[row.pk], row.told_at is not None
            if row.closed_at is None:
                self.broken.append(f"reminder {row.pk} is planned and nobody dealt with it")
            elif told and wanted is False:
                self.broken.append(f"reminder {row.pk} was said")
            elif wanted and not told:
                self.broken.append(f"reminder {row.pk} was not said")
            said += [row.pk] if told else []
        self.counts["reminders_said"] += len(said)
        self.counts["reminders_dropped"] += len(self.to_say) - len(said)
        self.broken += _unheard(said, day)
        today = Message.objects.filter(kind__in=KINDS, created_at__gte=at(day, time(0)))
        often = (
            today.order_by()
            .values_list("user", "address_index")
            .annotate(rows=Count("pk"))
            .filter(rows__gt=1)
        )
        self.broken += [f"{row[:2]} is reminded {row[2]} times a day" for row in often]


# --- reminders -----------------------------------------------------------------------------
def _reminders() -> set[Told]:
    rows = Reminder.objects.filter(about__in=["cover", "price"])
    found = rows.values_list("sponsorship", "paid_until", "about", "audience", "days")
    return {(row[0], row[1], row[3] if row[2] == "cover" else "price", row[4]) for row in found}


def _owed(day: date, now: datetime, known: set[Told]) -> set[Told]:
    """The newest milestone reached of each obligation, if neither it nor a later one is told."""
    latest: dict[tuple[int, date, str], int] = {}
    for pk, last, audience, days in known:
        latest[pk, last, audience] = max(days, latest.get((pk, last, audience), days))
    rows = list(
        Sponsorship.everything.filter(status="active", parked_at__isnull=True)
        .select_related("programme", "worker")
        .order_by("pk")
    )
    held = held_of(rows)
    tellable = {"donor": _can_pay(rows, day, now), "worker": _may_hear(rows)}
    owed = set()
    for row in rows:
        until = row.paid_until
        for audience, periods in MILESTONES.items():
            if until is None or row.pk in held or row.pk not in tellable[audience]:
                continue
            reached = [d for d in periods[row.months] if until + timedelta(d) <= day]
            newest = max(reached, default=-999)
            fresh = reached and day - (until + timedelta(newest)) <= STALE
            # Said before the end or not at all, where something follows after it.
            late = newest < 0 and until < day and max(periods[row.months]) > 0
            if fresh and not late and newest > latest.get((row.pk, until, audience), -999):
                owed.add((row.pk, until, audience, newest))
    return owed


def _can_pay(rows: list[Sponsorship], day: date, now: datetime) -> set[int]:
    """Those that renew, and are asked for on an invoice of before today that can be paid."""
    renewing = [row.pk for row in rows if row.renews]
    asked = Contribution.everything.filter(
        sponsorship__in=renewing,
        status="promised",
        invoice__status="open",
        invoice__expires_at__gt=now,
        invoice__issued_at__lt=at(day, time(0)),
    )
    return set(asked.values_list("sponsorship", flat=True))


def _may_hear(rows: list[Sponsorship]) -> set[int]:
    """Those whose worker may be told (P17, P19): not of a budget or with fixed dates, nothing
    reported, and nobody covers him for longer."""
    reported = set(IncidentReport.everything.filter(status="open").values_list("worker", flat=True))
    longest: dict[int, date] = {}
    for row in rows:
        if row.paid_until:
            longest[row.worker_id] = max(row.paid_until, longest.get(row.worker_id, date.min))
    return {
        row.pk
        for row in rows
        if row.funding not in BUDGETS
        and row.programme.fixed_until is None
        and row.worker_id not in reported
        and row.worker.phone_index
        and row.paid_until == longest.get(row.worker_id)
    }


def _prices_owed(day: date, known: set[Told]) -> set[Told]:
    """Whose month costs more after an end of a month within 30 days hears of it once."""
    owed: set[Told] = set()
    last = add_months(first_of_month(day), 1) - ONE_DAY
    while last - PRICE_LEAD <= day:
        dearer, heard = _dearer(last), {row[0] for row in known if row[1:3] == (last, "price")}
        rows = list(_running() if dearer else [])
        held = held_of(rows)
        owed |= {
            (row.pk, last, "price", -PRICE_LEAD.days)
            for row in rows
            if (row.bracket, row.sector, row.funding) in dearer
            and row.pk not in held
            and row.pk not in heard
        }
        last = add_months(last + ONE_DAY, 1) - ONE_DAY
    return owed


def _dearer(last: date) -> set[tuple[int, str, str]]:
    """Return what costs more in the month after a day than in its own."""
    prices: dict[date, dict[tuple[int, str, str], int]] = defaultdict(dict)
    months = [first_of_month(last), last + ONE_DAY]
    rows = TariffMonth.objects.filter(month__in=months)
    for month, bracket, sector, funding, jkk, jkm in rows.values_list(
        "month", "bracket", "sector", "funding", "jkk", "jkm"
    ):
        prices[month][bracket, sector, funding] = jkk + jkm
    old, new = (prices[month] for month in months)
    return {key for key, price in new.items() if key in old and old[key] < price}


def _running() -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(
        status="active", renews=True, parked_at__isnull=True
    ).order_by("pk")


def _to_say() -> dict[int, bool | None]:
    """Whether what is planned and open is still so: not paid, stopped or held meanwhile.

    None of a worker's that may be said and need not: what he is offered hangs on more.
    """
    open_ones = Reminder.objects.filter(closed_at__isnull=True, sponsorship__isnull=False)
    rows = list(open_ones.select_related("sponsorship"))
    sponsorships = [row.sponsorship for row in rows if row.sponsorship]
    held = held_of(sponsorships)
    asked = set(
        Contribution.everything.filter(
            sponsorship__in=[row.pk for row in sponsorships],
            status="promised",
            invoice__status="open",
        ).values_list("sponsorship", flat=True)
    )
    found: dict[int, bool | None] = {}
    for row in rows:
        line = row.sponsorship
        if line is None:
            continue
        runs = line.status == "active" and line.parked_at is None and line.pk not in held
        same = line.paid_until == row.paid_until
        if row.about == "price":
            key = line.bracket, line.sector, line.funding
            found[row.pk] = runs and line.renews and key in _dearer(row.paid_until)
        elif row.audience == "donor":
            found[row.pk] = runs and line.renews and same and line.pk in asked
        else:
            found[row.pk] = None if runs and same else False
    return found


def _unheard(said: list[int], day: date) -> list[str]:
    """Each donor's people and each worker of what was said have one digest that was sent
    today, with its message; nobody else has one."""
    rows = Reminder.objects.filter(pk__in=said)
    donors = rows.filter(audience="donor").values("sponsorship__donor")
    members = DonorMember.objects.filter(donor__in=donors, left_at__isnull=True)
    users = set(members.values_list("user", flat=True))
    workers = set(rows.filter(audience="worker").values_list("sponsorship__worker", flat=True))
    sent = ReminderDigest.objects.filter(day=day, state="sent", message__kind__in=KINDS)
    # Programmes that end have readers of their own.
    lists = Reminder.objects.filter(planned_on=day, sponsorship__isnull=True).exists()
    told_users = set(sent.filter(user__isnull=False).values_list("user", flat=True))
    told_workers = set(sent.filter(worker__isnull=False).values_list("worker", flat=True))
    more = set() if lists else told_users - users
    return [
        *(f"user {pk} has no digest of what was said" for pk in sorted(users - told_users)),
        *(f"worker {pk} has no digest of what was said" for pk in sorted(workers - told_workers)),
        *(f"user {pk} has a digest of nothing" for pk in sorted(more)),
        *(f"worker {pk} has a digest of nothing" for pk in sorted(told_workers - workers)),
    ]


# --- renewal ---------------------------------------------------------------------------------
def _due_without_outcome(day: date) -> list[str]:
    """Each due sponsorship is asked for on one open invoice, or has one reason why not."""
    running = Sponsorship.everything.filter(
        status="active",
        renews=True,
        parked_at__isnull=True,
        programme__fixed_until__isnull=True,
    )
    due = [row for row in running.order_by("pk") if _is_due(row, day)]
    lines = Contribution.everything.filter(
        sponsorship__in=[row.pk for row in due], status="promised", invoice__status="open"
    )
    invoices = Counter(
        pk for pk, _bill in lines.order_by().values_list("sponsorship", "invoice").distinct()
    )
    said = RenewalOutcome.everything.filter(closed_at__isnull=True)
    reasons = dict(said.values_list("sponsorship", "reason"))
    held = held_of(due)
    broken = []
    for row in due:
        count, reason = invoices[row.pk], reasons.get(row.pk)
        if count + (reason is not None) != 1:
            told = f"{count} invoices and the reason {reason}"
            broken.append(f"{row}, due since {row.paid_until}, has {told}")
        if count and row.pk in held:
            broken.append(f"{row} is asked for though its worker is held")
    return broken


def _is_due(row: Sponsorship, day: date) -> bool:
    until, last = row.paid_until, row.stops_on
    if until is None or until - timedelta(LEAD[row.months]) > day:
        return False
    # Up to a named last day whole months are asked for, in a new run once this one is over.
    over = day > until + ONE_DAY
    return last is None or (add_months(day, 1) - ONE_DAY <= last if over else until < last)


# --- what both share ---------------------------------------------------------------------------
def held_of(rows: Iterable[Sponsorship]) -> set[int]:
    """Return the sponsorships for which nothing may be asked: from the raw facts."""
    rows = list(rows)
    events = WorkerEvent.everything.filter(
        kind__in=["died", "employee", "left"], revoked_at__isnull=True
    )
    deaths = IncidentReport.everything.filter(kind="death", status="open")
    workers = {
        *events.values_list("worker", flat=True),
        *deaths.values_list("worker", flat=True),
    }
    frozen = set(Enrollment.everything.filter(frozen_at__isnull=False).values_list("pk", flat=True))
    return {row.pk for row in rows if row.worker_id in workers or row.enrollment_id in frozen}
