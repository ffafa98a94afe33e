"""Of which months the bank took the money back, and which of them a person ruled to keep."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from contributions.models import Contribution, ReversalRuling
from payments.models import Payment

Kept = set[tuple[int | None, int | None]]
KEEPING = ReversalRuling.objects.filter(
    outcome=ReversalRuling.Outcome.KEPT, confirmed_at__isnull=False
)


def kept_of(payment_ids: Collection[int]) -> Kept:
    """Return which sponsorships of these payments stay bought: pairs of sponsorship and
    payment, the sponsorship None for all of a payment's. One query."""
    rulings = KEEPING.filter(payment__in=payment_ids)
    return set(rulings.values_list("sponsorship", "payment"))


def is_kept(row: Contribution, payment_id: int, kept: Kept) -> bool:
    """Tell whether a month that a payment bought stays, by what `kept_of` said."""
    return (row.sponsorship_id, payment_id) in kept or (None, payment_id) in kept


def taken_back() -> Exists:
    """Whether the bank took back the payment that bought a month: nothing of it may become
    a donor's credit, also where it stays (then the operator has borne it)."""
    gone = Payment.everything.filter(status=Payment.Status.REVERSED)
    return Exists(gone.filter(pk=OuterRef("posting__payment")))


def without_money() -> Q:
    """Whether it was taken back, and nobody has ruled that the month stays."""
    of_it = Q(sponsorship__isnull=True) | Q(sponsorship=OuterRef("sponsorship"))
    kept = KEEPING.filter(of_it, payment=OuterRef("posting__payment"))
    return Q(taken_back()) & ~Q(Exists(kept))
