"""A donor's money as the ledger tells it: what came in, what became of each rupiah.

Whatever the postings are, one equation holds for any span of time, and for every line of it:

    opening + paid in = months + to spare + gone back + fees + not yet allocated

where what the bank took back counts against what was paid in, and what the operator bears
counts with it. Everything is read from the transfers that touch the donor's own accounts
(holding, credit, the funds of his programmes), and from the fees of his payments.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from bricks.clock import JAKARTA, jakarta_midnight
from contributions.models import Contribution
from contributions.models.cover import BOUGHT
from contributions.services.recounting import COUNTED
from contributions.worth import total_worth
from donors.models import Donor
from payments.models import Account, Posting, Transfer

Kind = Account.Kind
Status = Contribution.Status
#: Where money comes from that is a donor's, and where it goes when it is taken back.
OUTSIDE = {Kind.CLEARING, Kind.BANK, Kind.SUSPENSE, Kind.LOSS}
BACK = {Kind.REFUNDS, Kind.RETURNED}
COST = {Kind.FEES, Kind.DEDUCTED}


@dataclass(frozen=True)
class Span:
    """From the first instant on, and before the last; None where there is no end to it."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def year(cls, year: int | None) -> "Span":
        """The business days of a year (Asia/Jakarta), or all time."""
        if year is None:
            return cls()
        return cls(jakarta_midnight(date(year, 1, 1)), jakarta_midnight(date(year + 1, 1, 1)))

    def on(self, field: str) -> Q:
        """The condition that an instant lies in it."""
        low = Q(**{f"{field}__gte": self.since}) if self.since else Q()
        return low & (Q(**{f"{field}__lt": self.until}) if self.until else Q())


@dataclass(frozen=True)
class Money:
    """Rupiah by what became of them; `holds` says that none is missing.

    `months` went into worker-months, less what came back from undone or cheaper ones;
    `spare` is credit and programme funds, `moved` what another donor's accounts took.
    """

    paid_in: int = 0
    taken_back: int = 0
    borne: int = 0
    months: int = 0
    spare: int = 0
    back: int = 0
    fees: int = 0
    unallocated: int = 0
    moved: int = 0

    @property
    def came_in(self) -> int:
        """What was paid in and stayed."""
        return self.paid_in - self.taken_back + self.borne

    @property
    def out(self) -> int:
        """What is neither months nor the donor's any more."""
        return self.back + self.fees + self.moved

    @property
    def holds(self) -> bool:
        return self.came_in == self.months + self.spare + self.out + self.unallocated

    def __add__(self, other: "Money") -> "Money":
        return Money(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Money)))


@dataclass(frozen=True)
class Statement:
    """The money of a span: what was to spare or not allocated before it, and what moved in it."""

    opening: Money
    moved: Money

    @property
    def closing(self) -> Money:
        """All that happened until the end of the span."""
        return self.opening + self.moved


@dataclass(frozen=True)
class Months:
    """Worker-months that a donor's money pays for, and the rupiah that they hold."""

    count: int
    amount: int


def statement_of(donor: Donor, *, span: Span) -> Statement:
    """Sum up a donor's money; a number of queries that does not grow with it."""
    own = _own(donor)
    before = Span(until=span.since)
    opening = _sum(_flows(donor, own, before)) if span.since else Money()
    return Statement(opening=opening, moved=_sum(_flows(donor, own, span)))


def money_by_month(donor: Donor, *, span: Span) -> dict[date, Money]:
    """The same per month of posting (a first of month), oldest first."""
    found: dict[date, Money] = {}
    flows = _flows(donor, _own(donor), span, by_month=True)
    for flow in flows:
        found[flow.month] = found.get(flow.month, Money()) + _money(flow)
    return dict(sorted(found.items()))


def months_of(donor: Donor) -> dict[str, Months]:
    """Say what became of the months that a donor's money pays for now: accepted by BPJS,
    waiting for it (P1), refused and with the branch. Three statuses, nine statements."""
    rows = Contribution.everything.filter(sponsorship__donor=donor, status__in=COUNTED)
    states = {
        "accepted": rows.filter(status=Status.ACCEPTED),
        "waiting": rows.filter(status__in=[Status.PAID, Status.SENT]),
        "rejected": rows.filter(status=Status.REJECTED),
    }
    return {
        state: Months(count=found.count(), amount=total_worth(found))
        for state, found in states.items()
    }


def bought_in(donor: Donor, *, span: Span) -> QuerySet[Contribution]:
    """Return the months for which a donor's money was posted in a span, undone ones too."""
    asked = (Status.PROMISED, Status.RELEASED)
    rows = Contribution.everything.filter(span.on("posting__posted_at"), sponsorship__donor=donor)
    return rows.exclude(posting__isnull=True).exclude(status__in=asked)


def workers_in(donor: Donor, *, span: Span) -> int:
    """Count the workers for whom months of a span are bought now."""
    rows = bought_in(donor, span=span).filter(status__in=BOUGHT)
    return rows.order_by().values("worker").distinct().count()


def years_of(donor: Donor, *, today: date) -> list[int]:
    """Return the years in which something was posted for a donor, this year first."""
    first = postings_of(donor, span=Span()).order_by("posted_at").first()
    begun = first.posted_at.astimezone(JAKARTA).year if first else today.year
    return list(range(today.year, begun - 1, -1))


def postings_of(donor: Donor, *, span: Span) -> QuerySet[Posting]:
    """Return the postings that touched a donor's accounts, the newest first."""
    touched = Transfer.objects.filter(_touches(list(_own(donor))))
    rows = Posting.objects.filter(span.on("posted_at"), pk__in=touched.values("posting"))
    return rows.select_related("payment").order_by("-posted_at", "-pk")


def money_of(postings: Iterable[Posting], donor: Donor) -> dict[int, Money]:
    """Say for each of these postings what it did with the donor's money. Three statements."""
    ids = [posting.pk for posting in postings]
    found: dict[int, Money] = {}
    for flow in _flows(donor, _own(donor), Span(), among=ids):
        found[flow.posting] = found.get(flow.posting, Money()) + _money(flow)
    return found


# --- from transfers to words ---------------------------------------------------------------
@dataclass(frozen=True)
class _Flow:
    """Rupiah from the credited side's giver to its taker; empty kinds are not the donor's.

    `giver` and `taker` are the kinds of the two accounts, `gives` and `takes` whether they
    are the donor's own.
    """

    giver: str
    taker: str
    gives: bool
    takes: bool
    amount: int
    month: Any = None
    posting: int = 0


def _own(donor: Donor) -> dict[int, str]:
    """The accounts of a donor and of his programmes, with their kinds."""
    rows = Account.objects.filter(Q(donor=donor) | Q(programme__donor=donor))
    return dict(rows.values_list("pk", "kind"))


def _touches(own: list[int]) -> Q:
    return Q(debit__in=own) | Q(credit__in=own)


def _flows(
    donor: Donor,
    own: dict[int, str],
    span: Span,
    *,
    by_month: bool = False,
    among: list[int] | None = None,
) -> list[_Flow]:
    """Read what moved between the donor's accounts and the rest, and the fees of his payments."""
    rows = Transfer.objects.filter(span.on("posting__posted_at")).order_by()
    if among is not None:
        rows = rows.filter(posting__in=among)
    if by_month:
        rows = rows.annotate(month=TruncMonth("posting__posted_at", tzinfo=JAKARTA))
    marks = ["month"] if by_month else ["posting"] if among is not None else []
    fee = Q(debit__kind=Kind.FEES) | Q(credit__kind=Kind.FEES)
    fees = rows.filter(fee, posting__payment__invoice__donor=donor).exclude(_touches(list(own)))
    found = []
    for part in (rows.filter(_touches(list(own))), fees):
        ends = part.values("debit", "debit__kind", "credit", "credit__kind", *marks)
        found += [
            _Flow(
                giver=row["debit__kind"],
                taker=row["credit__kind"],
                gives=row["debit"] in own,
                takes=row["credit"] in own,
                amount=row["sum"],
                month=row["month"].date() if by_month else None,
                posting=row["posting"] if among is not None else 0,
            )
            for row in ends.annotate(sum=Sum("amount"))
        ]
    return found


def _sum(flows: Iterable[_Flow]) -> Money:
    return sum((_money(flow) for flow in flows), Money())


def _money(flow: _Flow) -> Money:
    """Sort a flow: into or out of the donor's own accounts, or past them as a fee."""
    if not flow.gives and not flow.takes:
        return _fee(flow)
    kept = Money()
    if flow.takes:
        kept += _kept(flow.taker, flow.amount)
    if flow.gives:
        kept += _kept(flow.giver, -flow.amount)
    if flow.gives and flow.takes:
        return kept
    return kept + (
        _out(flow.taker, flow.amount) if flow.gives else _back_in(flow.giver, flow.amount)
    )


def _kept(kind: str, amount: int) -> Money:
    return Money(unallocated=amount) if kind == Kind.HOLDING else Money(spare=amount)


def _fee(flow: _Flow) -> Money:
    """A fee that the payer paid on top, kept as the money came in, or given back with it."""
    if flow.taker == Kind.FEES:
        return Money(paid_in=flow.amount, fees=flow.amount)
    return Money(taken_back=flow.amount, fees=-flow.amount)


def _out(taker: str, amount: int) -> Money:
    if taker == Kind.LOSS:
        return Money(borne=-amount)
    if taker in OUTSIDE:
        return Money(taken_back=amount)
    return _elsewhere(taker, amount)


def _back_in(giver: str, amount: int) -> Money:
    if giver == Kind.LOSS:
        return Money(borne=amount)
    if giver in OUTSIDE:
        return Money(paid_in=amount)
    return _elsewhere(giver, -amount)


def _elsewhere(kind: str, amount: int) -> Money:
    if kind in {Kind.PAYABLE, Kind.PASSED}:
        return Money(months=amount)
    if kind in BACK:
        return Money(back=amount)
    return Money(fees=amount) if kind in COST else Money(moved=amount)
