"""What the clock leaves to people: payments that the bank took back, sponsorships that are
parked, months that BPJS accepted after their money had gone back. Questions only."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from bricks.clock import jakarta_date
from contributions.kept import taken_back
from contributions.models import Allocation, Contribution, ReversalRuling, Sponsorship
from contributions.services.crediting import rest_account_of
from contributions.services.ending import PARKED_AHEAD
from contributions.services.reversing import (
    PARKED_ACCEPTED,
    PARKED_BEGUN,
    PARKED_REPORTED,
    UNDOING,
    is_on_its_way,
    not_whole,
    unruled,
    waiting_months,
)
from contributions.worth import worth_of
from payments import ledger
from payments.models import Account, Payment, Transfer
from payments.models.scopes import of_treasury
from payments.refund_selectors import given_back
from payments.services.losses import borne
from regions.models import Office
from workers import desk_selectors

Status = Contribution.Status
#: Why a sponsorship is parked whose payment the bank took back.
BY_THE_BANK = (PARKED_ACCEPTED, PARKED_REPORTED, PARKED_BEGUN)


@dataclass(frozen=True)
class Waiting:
    """What of a reversed payment waits for a person: months still bought, in order, what
    they hold, and `short`, the rupiah of its credit that were spent meanwhile."""

    months: tuple[Contribution, ...]
    worth: int
    short: int
    #: Workers of whom a report is not ruled on yet: nothing of theirs is decided (P4).
    reported: frozenset[int]
    #: Whether a file with one of the months may be on its way to BPJS.
    is_sending: bool

    @property
    def amount(self) -> int:
        """What is at stake in rupiah."""
        return self.worth + self.short


def waiting_of(payment: Payment, sponsorship: Sponsorship | None = None) -> Waiting:
    """Return what of a payment waits: all of it, or the months of one sponsorship.

    Nothing where the payment is whole, or not yet taken up by the job.
    """
    rows: list[Contribution] = []
    mine = not_whole().filter(pk=payment.pk)
    if mine.exists():
        rows = [row for _payment, row in waiting_months(mine)]
    every = total_of(rows)
    short = _short(payment, every) if sponsorship is None and mine.exists() else 0
    if sponsorship is not None:
        rows = [row for row in rows if row.sponsorship_id == sponsorship.pk]
    return Waiting(
        months=tuple(rows),
        worth=total_of(rows),
        short=short,
        reported=frozenset(unruled({row.worker_id for row in rows})),
        is_sending=any(row.status == Status.PAID and is_on_its_way(row) for row in rows),
    )


def _short(payment: Payment, months: int) -> int:
    """Return what is missing for the payment to go back whole, once the months are ruled on."""
    allocation = Allocation.objects.filter(payment=payment).first()
    if allocation is None:
        return 0
    undone = Transfer.objects.filter(
        posting__payment=payment, posting__kind=UNDOING, credit__kind=Account.Kind.HOLDING
    )
    back = undone.aggregate(sum=Sum("amount"))["sum"] or 0
    gone = given_back(payment) + borne(payment)
    lacks = allocation.bought + allocation.credited - gone - back - months
    there = ledger.balance_of(rest_account_of(payment.invoice)) if lacks > 0 else 0
    return max(lacks - there, 0)


def months_ahead(sponsorship: Sponsorship) -> list[Contribution]:
    """Return the accepted months ahead of a worker who ended, which parked his sponsorship.

    Not those whose money the bank took back: the ruling on that payment decides there.
    """
    if sponsorship.parked_at is None or sponsorship.parked_reason != PARKED_AHEAD:
        return []
    rows = Contribution.everything.filter(
        ~taken_back(),
        sponsorship=sponsorship,
        status=Status.ACCEPTED,
        covered_from__gt=jakarta_date(sponsorship.parked_at),
    )
    return list(rows.order_by("month"))


def total_of(months: Sequence[Contribution]) -> int:
    """Return what these months hold together, in rupiah."""
    return sum(worth_of([row.pk for row in months]).values())


# --- lists ---------------------------------------------------------------------------------
def _here(user: Any, on: str) -> Q:
    """The offices whose parked matters a user may read, as a condition on the key `on`."""
    if user.is_head_office:
        return Q()
    desk = desk_selectors.desk_offices(user).values("pk")
    return Q(**{f"{on}__in": desk}) | of_treasury(user, on)


def parked_payments(user: Any) -> QuerySet[Payment]:
    """Return the reversed payments of which something waits for people, the oldest first."""
    rows = not_whole().filter(_here(user, "invoice__office"))
    return rows.select_related("invoice__donor", "invoice__office").order_by("reversed_at", "pk")


def parked_sponsorships(user: Any) -> QuerySet[Sponsorship]:
    """Return what is parked for another reason than a payment on `parked_payments`."""
    waiting = {row.sponsorship_id for _payment, row in waiting_months()}
    rows = Sponsorship.everything.filter(
        _here(user, "enrollment__office"), parked_at__isnull=False
    ).exclude(pk__in=waiting)
    return rows.select_related("worker", "donor", "enrollment__office").order_by("parked_at", "pk")


def accepted_after_all(user: Any) -> QuerySet[Contribution]:
    """Return the months that BPJS accepted after their money went back, without a note yet."""
    rows = unnoted().filter(_here(user, "sponsorship__enrollment__office"))
    return rows.select_related("worker", "sponsorship__donor", "remittance").order_by("pk")


def unnoted() -> QuerySet[Contribution]:
    """The same everywhere."""
    rows = Contribution.everything.filter(status=Status.REVERSED, core_reason="", note__isnull=True)
    return rows.exclude(core_receipt="")


@dataclass(frozen=True)
class PaymentRow:
    """A reversed payment in the list: how many workers and months wait, and who proposed."""

    payment: Payment
    workers: int
    months: int
    reported: int
    proposed: int


def payment_rows(payments: Sequence[Payment]) -> list[PaymentRow]:
    """Put beside each payment what of it waits; the questions do not grow with the rows."""
    chosen = Payment.everything.filter(pk__in=[payment.pk for payment in payments])
    months: dict[int, list[Contribution]] = defaultdict(list)
    for pk, row in waiting_months(chosen):
        months[pk].append(row)
    held = unruled({row.worker_id for rows in months.values() for row in rows})
    proposals = ReversalRuling.objects.filter(
        payment__in=payments, confirmed_at__isnull=True, withdrawn_at__isnull=True
    )
    proposed = Counter(proposals.values_list("payment", flat=True))
    return [
        PaymentRow(
            payment=payment,
            workers=len({row.worker_id for row in months[payment.pk]}),
            months=len(months[payment.pk]),
            reported=len({row.worker_id for row in months[payment.pk]} & held),
            proposed=proposed[payment.pk],
        )
        for payment in payments
    ]


@dataclass(frozen=True)
class WorkerRow:
    """One sponsorship of a reversed payment: its months that wait, and what is proposed."""

    sponsorship: Sponsorship
    months: tuple[Contribution, ...]
    worth: int
    is_reported: bool
    ruling: ReversalRuling | None


def worker_rows(payment: Payment, waiting: Waiting) -> list[WorkerRow]:
    """Return the sponsorships of a payment of which months wait, each with its months."""
    months: dict[int, list[Contribution]] = defaultdict(list)
    for row in waiting.months:
        months[row.sponsorship_id].append(row)
    worth = worth_of([row.pk for row in waiting.months])
    proposals = {
        ruling.sponsorship_id: ruling
        for ruling in open_rulings().filter(payment=payment, sponsorship__in=months)
    }
    return [
        WorkerRow(
            sponsorship=rows[0].sponsorship,
            months=tuple(rows),
            worth=sum(worth[row.pk] for row in rows),
            is_reported=rows[0].worker_id in waiting.reported,
            ruling=proposals.get(pk),
        )
        for pk, rows in sorted(months.items())
    ]


def open_rulings() -> QuerySet[ReversalRuling]:
    """Return the rulings that wait for their second person."""
    rows = ReversalRuling.objects.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)
    return rows.select_related(
        "proposed_by", "sponsorship__worker", "payment__invoice__office", "payment__invoice__donor"
    )


def open_rulings_for(user: Any) -> QuerySet[ReversalRuling]:
    """The same, of the offices whose parked matters the user may read."""
    of_payment = Q(payment__isnull=False) & _here(user, "payment__invoice__office")
    ahead = Q(payment__isnull=True) & _here(user, "sponsorship__enrollment__office")
    people = ("sponsorship__enrollment__office", "sponsorship__donor", "sponsorship__worker")
    bank = ("payment__invoice__office", "payment__invoice__donor")
    return open_rulings().filter(of_payment | ahead).select_related("proposed_by", *people, *bank)


def past_rulings(payment: Payment) -> QuerySet[ReversalRuling]:
    """Return what was ruled on a payment, the latest first."""
    rows = ReversalRuling.objects.filter(payment=payment, confirmed_at__isnull=False)
    people = rows.select_related("proposed_by", "confirmed_by", "sponsorship__worker")
    return people.order_by("-confirmed_at", "-pk")


# --- people --------------------------------------------------------------------------------
def may_propose(user: User, office: Office | None) -> bool:
    """Tell whether the user works at the desk of an office."""
    return office is not None and desk_selectors.desk_offices(user).filter(pk=office.pk).exists()


def may_confirm(user: User, office: Office | None) -> bool:
    """Tell whether the user is supervisor or treasurer of an office, or of one above it."""
    if office is None:
        return False
    treasury = {found.pk for found in user.offices("treasurer")}
    above = office.parent
    line = {office.pk, office.parent_id, above.parent_id if above else None}
    return desk_selectors.supervises(user, office) or bool(treasury & line)
