"""Proving the books: what must hold at any time between money, months and cover.

Each check is one question that returns the rows which contradict a rule of the house
(sections 4 and 5); a clean portal answers with empty lists. A finding is grave when the
books are wrong; else it is a fact that waits for a person or for a job that is behind.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from contributions import gate
from contributions.models import Allocation, Contribution, Coverage, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.covering import Span, spans_of
from contributions.services.recounting import COUNTED
from contributions.services.reversing import waiting_for_the_branch
from payments.models import Account, Balance, Invoice, Payment, Posting, Transfer
from workers.models import Enrollment, WorkerEvent

#: So long may a job be behind before the row that it should have taken is a finding.
BEHIND = timedelta(hours=1)
SHOWN = 5
WORKERS_AT_ONCE = 2_000
Kind = Account.Kind
Status = Contribution.Status


@dataclass(frozen=True)
class Finding:
    """One rule that rows contradict: how many do, and in words with the first of them."""

    kind: str
    sentence: str
    count: int
    is_grave: bool


@dataclass(frozen=True)
class Check:
    """A rule: its code, what a contradiction means, and the question that finds the rows."""

    kind: str
    sentence: str
    find: Callable[[datetime], list[int]]
    is_grave: bool = True


@dataclass(frozen=True)
class Identity:
    """Where the money is (P35), in rupiah. What was received is the sum of the six others;
    of the months, `waiting` are paid and not yet accepted, the oldest since `oldest`."""

    received: int
    months: int
    credit: int
    funds: int
    refunds: int
    fees: int
    not_allocated: int
    waiting: int
    oldest: datetime | None

    @property
    def holds(self) -> bool:
        """Whether the parts sum to what was received."""
        parts = (self.months, self.credit, self.funds, self.refunds, self.fees)
        return self.received == sum(parts) + self.not_allocated


def check_books(*, now: datetime) -> list[Finding]:
    """Ask every question; return the rules that do not hold, the grave ones first."""
    findings = []
    for check in CHECKS:
        rows = check.find(now)
        if rows:
            shown = ", ".join(str(pk) for pk in rows[:SHOWN])
            more = ", ..." if len(rows) > SHOWN else ""
            sentence = f"{check.sentence}: {shown}{more}"
            findings.append(Finding(check.kind, sentence, len(rows), check.is_grave))
    return sorted(findings, key=lambda finding: not finding.is_grave)


def count_findings(*, now: datetime) -> dict[str, int]:
    """Count the contradictions by rule, for the log of jobs; `wrong` sums the grave ones."""
    findings = check_books(now=now)
    wrong = sum(finding.count for finding in findings if finding.is_grave)
    return {"wrong": wrong, **{finding.kind: finding.count for finding in findings}}


def identity() -> Identity:
    """Add up where the money is, from the transfers alone."""
    moved: dict[str, int] = defaultdict(int)
    for debit, credit, amount in Transfer.objects.values_list(
        "debit__kind", "credit__kind"
    ).annotate(sum=Sum("amount")):
        moved[credit] += amount
        moved[debit] -= amount
    waiting = Contribution.everything.filter(status__in=[Status.PAID, Status.SENT])
    sums = waiting.aggregate(sum=Sum("amount"), oldest=Min("paid_at"))
    return Identity(
        received=-moved[Kind.CLEARING],
        months=moved[Kind.PAYABLE] + moved[Kind.REMITTED],
        credit=moved[Kind.CREDIT],
        funds=moved[Kind.FUND],
        refunds=moved[Kind.REFUNDS],
        fees=moved[Kind.FEES],
        not_allocated=moved[Kind.HOLDING],
        waiting=sums["sum"] or 0,
        oldest=sums["oldest"],
    )


# --- money ---------------------------------------------------------------------------
def _total(rows: QuerySet[Any], by: str) -> Coalesce:
    """Sum `amount` of the rows that point by `by` at the outer row; 0 without any."""
    sums = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(sum=Sum("amount"))
    return Coalesce(Subquery(sums.values("sum")), 0)


def _identity_broken(now: datetime) -> list[int]:
    found = identity()
    return [] if found.holds else [found.received]


def _wrong_balances(now: datetime) -> list[int]:
    transfers = Transfer.objects.all()
    wrong = Account.objects.filter(kind__in=Account.KEPT).annotate(
        moved=_total(transfers, "credit") - _total(transfers, "debit"),
        kept=Coalesce(
            Subquery(Balance.objects.filter(account=OuterRef("pk")).values("amount")), -1
        ),
    )
    return _ids(wrong.exclude(moved=F("kept")))


def _wrong_postings(now: datetime) -> list[int]:
    """Postings whose money for months differs from the months that bear their id."""
    bought = Transfer.objects.filter(credit__kind=Kind.PAYABLE)
    rows = Posting.objects.annotate(
        paid=_total(bought, "posting"), months=_total(Contribution.everything.all(), "posting")
    )
    return _ids(rows.exclude(paid=F("months")))


def _wrong_payable(now: datetime) -> list[int]:
    """What the books owe BPJS differs from the months that are bought or refused."""
    months = Contribution.everything.filter(status__in=COUNTED)
    owed = months.aggregate(sum=Sum("amount"))["sum"] or 0
    difference = identity().months - owed
    return [difference] if difference else []


def _wrong_allocations(now: datetime) -> list[int]:
    rows = Allocation.objects.annotate(
        rows=Coalesce(
            Subquery(
                Contribution.everything.filter(posting=OuterRef("posting"))
                .order_by()
                .values("posting")
                .annotate(count=Count("pk"))
                .values("count")
            ),
            0,
        )
    )
    return _ids(
        rows.exclude(Q(payment__received=F("bought") + F("credited")) & Q(months=F("rows")))
    )


def _money_left_in_holding(now: datetime) -> list[int]:
    """Payments that were worked off, and some of whose money is still in holding."""
    done = Q(status=Payment.Status.SETTLED, followed_up_at__isnull=False) | Q(
        status=Payment.Status.REVERSED, postings__reversed_by__isnull=False
    )
    left = Payment.everything.filter(done).annotate(
        held=_total(Transfer.objects.filter(credit__kind=Kind.HOLDING), "posting__payment")
        - _total(Transfer.objects.filter(debit__kind=Kind.HOLDING), "posting__payment")
    )
    return _ids(left.exclude(held=0).distinct())


def _wrong_invoices(now: datetime) -> list[int]:
    rows = Invoice.everything.annotate(asked=_total(Contribution.everything.all(), "invoice"))
    return _ids(rows.exclude(asked=F("total")))


# --- months ----------------------------------------------------------------------------
def _promised(outer: str) -> Exists:
    return Exists(Contribution.everything.filter(status=Status.PROMISED, **{outer: OuterRef("pk")}))


def _promises_without_invoice(now: datetime) -> list[int]:
    rows = Contribution.everything.filter(status=Status.PROMISED)
    return _ids(rows.exclude(invoice__status=Invoice.Status.OPEN))


def _open_without_promises(now: datetime) -> list[int]:
    return _ids(Invoice.everything.filter(~_promised("invoice"), status=Invoice.Status.OPEN))


def _months_twice(now: datetime) -> list[int]:
    twice = (
        Contribution.everything.filter(status__in=BOUGHT)
        .order_by()
        .values("worker", "month")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
    )
    return [row["worker"] for row in twice]


def _days_twice(now: datetime) -> list[int]:
    """Bought months that overlap a later one of the same worker in days."""
    later = Contribution.everything.filter(
        worker=OuterRef("worker"),
        status__in=BOUGHT,
        covered_from__gte=OuterRef("covered_from"),
        covered_from__lte=OuterRef("covered_until"),
    ).exclude(pk=OuterRef("pk"))
    return _ids(Contribution.everything.filter(Exists(later), status__in=BOUGHT))


# --- cover -------------------------------------------------------------------------------
def _wrong_coverage(now: datetime) -> list[int]:
    """Workers whose spans are not what their accepted months make."""
    wrong = []
    for low, high in _worker_ranges():
        months: dict[int, list[tuple[date, date, datetime | None]]] = defaultdict(list)
        accepted = Contribution.everything.filter(
            worker__gte=low, worker__lte=high, status=Status.ACCEPTED
        )
        for worker, first, last, starts_at in accepted.values_list(
            "worker", "covered_from", "covered_until", "starts_at"
        ):
            if first and last:
                months[worker].append((first, last, starts_at))
        spans: dict[int, list[Span]] = defaultdict(list)
        rows = Coverage.objects.filter(worker__gte=low, worker__lte=high)
        for row in rows.order_by("worker", "covered_from"):
            spans[row.worker_id].append(Span(row.covered_from, row.covered_until, row.starts_at))
        wrong += [pk for pk in months.keys() | spans.keys() if spans_of(months[pk]) != spans[pk]]
    return sorted(wrong)


def _worker_ranges() -> Iterator[tuple[int, int]]:
    """Cut the workers who have months or spans into ranges of ids."""
    ids = set(Contribution.everything.order_by().values_list("worker", flat=True).distinct())
    ids |= set(Coverage.objects.order_by().values_list("worker", flat=True).distinct())
    ordered = sorted(ids)
    for start in range(0, len(ordered), WORKERS_AT_ONCE):
        part = ordered[start : start + WORKERS_AT_ONCE]
        yield part[0], part[-1]


# --- sponsorships ------------------------------------------------------------------------
def _active_without_approval(now: datetime) -> list[int]:
    active = Sponsorship.everything.filter(status=Sponsorship.Status.ACTIVE)
    return _ids(active.exclude(enrollment__status=Enrollment.Status.APPROVED))


def _wrong_runs(now: datetime) -> list[int]:
    """Sponsorships whose paid days are not those of their last bought month."""
    bought = Contribution.everything.filter(sponsorship=OuterRef("pk"), status__in=COUNTED)
    last = bought.order_by().values("sponsorship").annotate(day=Max("covered_until"))
    rows = Sponsorship.everything.annotate(last=Subquery(last.values("day")))
    same = Q(paid_until=F("last")) | Q(paid_until__isnull=True, last__isnull=True)
    return _ids(rows.exclude(same))


# --- what waits --------------------------------------------------------------------------
def _expired_open(now: datetime) -> list[int]:
    over = Q(status=Invoice.Status.OPEN, expires_at__lt=now - BEHIND)
    return _ids(Invoice.everything.filter(over))


def _unbilled(now: datetime) -> list[int]:
    rows = Sponsorship.everything.filter(
        ~_promised("sponsorship"),
        status=Sponsorship.Status.AWAITING_PAYMENT,
        parked_at__isnull=True,
        created_at__lt=now - BEHIND,
    )
    held = gate.withheld_lines(rows.values_list("pk", "worker", "enrollment"))
    return _ids(rows.exclude(pk__in=held))


def _unallocated(now: datetime) -> list[int]:
    waiting = Payment.everything.filter(
        status=Payment.Status.SETTLED, followed_up_at__isnull=True, closed_at__lt=now - BEHIND
    )
    return _ids(waiting)


def _not_undone(now: datetime) -> list[int]:
    """Reversed payments that no job could undo, as while a file of theirs is on its way."""
    left = Payment.everything.filter(
        status=Payment.Status.REVERSED,
        reversal_followed_up_at__isnull=True,
        reversed_at__lt=now - BEHIND,
    )
    return _ids(left)


def _reversals_that_wait(now: datetime) -> list[int]:
    """Reversed payments whose money could not be taken out of the books whole."""
    gone = Posting.objects.filter(payment=OuterRef("pk"), reverses__isnull=False)
    waiting = Payment.everything.filter(~Exists(gone), status=Payment.Status.REVERSED)
    waiting = waiting.exclude(pk__in=waiting_for_the_branch().values("pk"))
    return _ids(waiting.filter(reversal_followed_up_at__isnull=False))


def _reversals_of_reported(now: datetime) -> list[int]:
    return _ids(waiting_for_the_branch())


def _events_that_wait(now: datetime) -> list[int]:
    """Events of workers' lives, or their revocations, that no job has followed up."""
    told = Coalesce("revoked_at", "recorded_at")
    events = WorkerEvent.everything.filter(followed_up_at__isnull=True)
    return _ids(events.annotate(told=told).filter(told__lt=now - BEHIND))


def _accepted_after_reversal(now: datetime) -> list[int]:
    rows = Contribution.everything.filter(status=Status.REVERSED, core_reason="")
    return _ids(rows.exclude(core_receipt=""))


def _parked(now: datetime) -> list[int]:
    return _ids(Sponsorship.everything.filter(parked_at__isnull=False))


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


CHECKS = (
    Check("identity", "The parts of the money do not sum to what was received", _identity_broken),
    Check("balance", "A balance differs from its transfers; accounts", _wrong_balances),
    Check("posting", "Months differ from the posting that paid them; postings", _wrong_postings),
    Check("payable", "What is owed to BPJS differs from the months by rupiah", _wrong_payable),
    Check("allocation", "An allocation does not add up; allocations", _wrong_allocations),
    Check("holding", "Money was left in holding; payments", _money_left_in_holding),
    Check("invoice", "The months of an invoice differ from its total; invoices", _wrong_invoices),
    Check("promise", "A promised month has no open invoice; months", _promises_without_invoice),
    Check("open", "An open invoice asks for nothing; invoices", _open_without_promises),
    Check("month", "A month was bought twice; workers", _months_twice),
    Check("days", "Bought months overlap; months", _days_twice),
    Check("coverage", "Cover differs from the accepted months; workers", _wrong_coverage),
    Check("approval", "An active sponsorship lacks its approval", _active_without_approval),
    Check("run", "Paid days differ from the bought months; sponsorships", _wrong_runs),
    Check("expired_open", "Open though its time is over; invoices", _expired_open, is_grave=False),
    Check("unbilled", "Nothing is asked of; sponsorships", _unbilled, is_grave=False),
    Check("unallocated", "Settled and not allocated; payments", _unallocated, is_grave=False),
    Check("reversal", "Taken back, not undone yet; payments", _not_undone, is_grave=False),
    Check(
        "reversal_waits",
        "Taken back by the bank, a person decides; payments",
        _reversals_that_wait,
        is_grave=False,
    ),
    Check(
        "reversal_reported",
        "Taken back by the bank, an accident or a death is reported, the branch rules; payments",
        _reversals_of_reported,
        is_grave=False,
    ),
    Check(
        "accepted_after_reversal",
        "BPJS accepted months whose money went back; months",
        _accepted_after_reversal,
        is_grave=False,
    ),
    Check("event", "Not followed up; worker events", _events_that_wait, is_grave=False),
    Check("parked", "Left to a person; sponsorships", _parked, is_grave=False),
)
