"""Two oracles that stand beside the jobs: what renewal and reminders owe is worked out from
the facts before a job runs, and compared with what it did.

Plain Python over rows; the milestones and lead days are written here anew (domain
reference 9, house section 4), not taken from the portal.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count

from contributions.models import Contribution, Reminder, RenewalOutcome, Sponsorship
from dashboards.simulation.world import at
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

#: Sponsorship, last paid day, whom, days from it.
Told = tuple[int, date, str, int]


@dataclass
class Watch:
    """What was owed before a job, and what broke."""

    broken: list[str] = field(default_factory=list)
    owed: set[Told] = field(default_factory=set)
    known: set[Told] = field(default_factory=set)
    to_say: dict[int, bool] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def before(self, task: str, day: date, now: datetime) -> None:
        """Work out what the reminders owe."""
        if task == PLAN:
            self.known = _reminders()
            self.owed = _owed(day, now, self.known)
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
        rows = Reminder.objects.filter(pk__in=self.to_say)
        for pk, closed, told in rows.values_list("pk", "closed_at", "told_at"):
            if closed is None:
                self.broken.append(f"reminder {pk} is planned and nobody dealt with it")
            elif self.to_say[pk] != (told is not None):
                self.broken.append(f"reminder {pk} was {'' if told else 'not '}said")
            self.counts["reminders_said"] += told is not None
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
    rows = Reminder.objects.filter(about="cover")
    return set(rows.values_list("sponsorship", "paid_until", "audience", "days"))


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
            if fresh and newest > latest.get((row.pk, until, audience), -999):
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


def _to_say() -> dict[int, bool]:
    """Whether what is planned and open is still so: not paid, stopped or held meanwhile."""
    open_ones = Reminder.objects.filter(about="cover", audience="donor", closed_at__isnull=True)
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
    found = {}
    for row in rows:
        line = row.sponsorship
        if line is not None:
            runs = line.status == "active" and line.renews and line.parked_at is None
            same = line.paid_until == row.paid_until
            found[row.pk] = runs and same and line.pk in asked and line.pk not in held
    return found


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
    until = row.paid_until
    reached = row.stops_on is not None and until is not None and until >= row.stops_on
    return until is not None and until - timedelta(LEAD[row.months]) <= day and not reached


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
