"""What of a donor's credit, or of a programme's fund, may go back, and to where (P13, P28, P38).

Credit is one sum, but not all of it is the donor's to cash: what a stranger paid by a pay
link goes back to his own instrument or buys months. How much of the credit that may be is
worked out in order of time: a stranger's money that bought no months lies in the credit
until months are bought from credit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Sum

from contributions.models import Contribution, CreditUse, LateMoney, PriceCorrection
from contributions.services.recounting import COUNTED
from contributions.worth import worth_of
from donors.models import BUDGETS, Donor, DonorMember, Programme
from payments import ledger
from payments.models import Payment, Refund
from payments.refund_selectors import BANK, Room, asked_of_balance, taken_of, takes_back
from payments.services.refund_base import money_of


@dataclass(frozen=True)
class Source:
    """A payment that came in, and what its instrument may take back, in rupiah.

    `brought` is what it brought for months and credit, `in_months` what of it stands in
    months, `taken` what refunds to its instrument take. `can_take` is 0 where its way takes
    no money back; `is_own` says that the donor's own people opened it.
    """

    payment: Payment
    brought: int
    in_months: int
    taken: int
    is_own: bool
    takes_back: bool
    can_take: int


@dataclass(frozen=True)
class Refundable:
    """What stands in a credit or a fund, what of it waits for whom, and the way out."""

    balance: int
    held: int
    asked: int
    of_strangers: int
    sources: tuple[Source, ...]

    @property
    def there(self) -> int:
        """What may go back at all."""
        return max(self.balance - self.held - self.asked, 0)

    @property
    def own(self) -> int:
        """What of it may go to the donor's own account."""
        return max(self.there - self.of_strangers, 0)

    @property
    def room(self) -> Room:
        """The same, as the floor below asks for it."""
        by_payment = {row.payment.pk: row.can_take for row in self.sources}
        return Room(there=self.there, own=self.own, by_payment=by_payment)


def refundable(
    *,
    donor: Donor,
    programme: Programme | None = None,
    but: Refund | None = None,
    undoing: Collection[int] = (),
    sender_checked: bool = False,
) -> Refundable:
    """Say what may go back. `but` is a refund whose own wish does not count against it;
    `undoing` are months taken as undone already, though they still stand. Anybody may
    transfer to our bank account: what came so is the donor's own only where a treasurer
    has compared its sender with him (`sender_checked`, P38)."""
    set_free = worth_of(undoing)
    balance = ledger.balance_of(money_of(donor, programme)) + sum(set_free.values())
    asked = asked_of_balance(donor, programme, but=but)
    wanted = asked.aggregate(sum=Sum("amount"))["sum"] or 0
    held = _late_money(donor, programme)
    if programme is not None:
        return Refundable(balance, held, wanted, 0, ())
    there = max(balance - held - wanted, 0)
    payments = list(_payments_of(donor))
    in_months = _in_months([row.pk for row in payments], set_free)
    taken = taken_of([row.pk for row in payments], but=but)
    members = _members(donor)
    strangers = _strangers(
        donor,
        [
            (row.settled_at, row.net - in_months.get(row.pk, 0) - taken.get(row.pk, 0))
            for row in payments
            if row.settled_at and not _is_own(row, members, sender_checked=sender_checked)
        ],
    )
    own = max(there - strangers, 0)
    sources = tuple(
        _source(
            row,
            in_months=in_months.get(row.pk, 0),
            taken=taken.get(row.pk, 0),
            there=there,
            own=own,
            is_own=_is_own(row, members, sender_checked=sender_checked),
        )
        for row in payments
    )
    return Refundable(balance, held, wanted, strangers, sources)


def _source(
    row: Payment, *, in_months: int, taken: int, there: int, own: int, is_own: bool
) -> Source:
    most = row.net - taken if is_own else row.net - in_months - taken
    takes = takes_back(row)
    return Source(
        payment=row,
        brought=row.net,
        in_months=in_months,
        taken=taken,
        is_own=is_own,
        takes_back=takes,
        can_take=max(min(most, own if is_own else there), 0) if takes else 0,
    )


def _is_own(payment: Payment, members: set[int], *, sender_checked: bool) -> bool:
    """Whether the donor's own people paid: signed in, or by a transfer whose sender a
    treasurer has compared with the donor."""
    if payment.gateway == BANK:
        return sender_checked
    return payment.opened_by_id in members


def _members(donor: Donor) -> set[int]:
    """Who acts for a donor, or did."""
    return set(DonorMember.objects.filter(donor=donor).values_list("user", flat=True))


def _payments_of(donor: Donor) -> QuerySet[Payment]:
    """The donor's payments that became credit or months of private money, newest first."""
    of_budget = Contribution.everything.filter(
        invoice=OuterRef("invoice"), sponsorship__funding__in=BUDGETS
    )
    rows = Payment.everything.filter(
        ~Exists(of_budget),
        invoice__donor=donor,
        status=Payment.Status.SETTLED,
        followed_up_at__isnull=False,
    )
    return rows.select_related("invoice").order_by("-settled_at", "-pk")


def _in_months(payment_ids: list[int], set_free: dict[int, int]) -> dict[int, int]:
    """Return, per payment, what of it stands in months, the ones set free left out."""
    months = Contribution.everything.filter(
        posting__payment__in=payment_ids, status__in=COUNTED
    ).exclude(pk__in=set_free)
    amounts = months.order_by().values_list("posting__payment").annotate(sum=Sum("amount"))
    found = {pk: total for pk, total in amounts if pk is not None}
    corrected = PriceCorrection.objects.filter(contribution__in=months.values("pk"))
    back = corrected.order_by().values_list("contribution__posting__payment")
    for pk, total in back.annotate(sum=Sum("amount")):
        found[pk] -= total
    return found


def _strangers(donor: Donor, left: Sequence[tuple[datetime, int]]) -> int:
    """Return how much of the credit may be strangers': their money that bought no months,
    less the months bought from credit while it lay there."""
    # What the rest of one payment bought counts among the months of that payment.
    uses = CreditUse.objects.filter(
        donor=donor, programme__isnull=True, posting__payment__isnull=True
    )
    months = Contribution.everything.filter(posting__in=uses.values("posting"), status__in=COUNTED)
    held = dict(months.order_by().values_list("posting").annotate(sum=Sum("amount")))
    corrected = PriceCorrection.objects.filter(contribution__in=months.values("pk"))
    back = corrected.order_by().values_list("contribution__posting")
    for posting, total in back.annotate(sum=Sum("amount")):
        held[posting] -= total
    events = [(when, amount) for when, amount in left if amount > 0]
    events += [(use.made_at, -held.get(use.posting_id, 0)) for use in uses]
    pool = 0
    for _when, amount in sorted(events):
        pool = max(pool + amount, 0)
    return pool


def _late_money(donor: Donor, programme: Programme | None) -> int:
    """Money that came too late and waits for the branch: neither spent nor given back."""
    waiting = LateMoney.objects.filter(
        status=LateMoney.Status.WAITING,
        payment__status=Payment.Status.SETTLED,
        payment__invoice__donor=donor,
    )
    if programme is None:
        waiting = waiting.exclude(sponsorship__funding__in=BUDGETS)
    else:
        waiting = waiting.filter(sponsorship__programme=programme, sponsorship__funding__in=BUDGETS)
    return waiting.aggregate(sum=Sum("amount"))["sum"] or 0
