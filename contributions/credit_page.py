"""What a donor reads about his credit: every rupiah in and out, its reason, and what is next."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from contributions.models import (
    Allocation,
    Contribution,
    CreditUse,
    LateMoney,
    PriceCorrection,
    ReversalRuling,
    Sponsorship,
)
from contributions.worth import CORRECTED, worth
from donors.models import Donor
from payments.models import Account, Balance, Payment, Posting, Refund, Transfer

UNDONE_BY_BANK = "months_undone"
#: The kinds of posting by which months are undone and their money goes back.
UNDOING = ("rejected_month", "months_returned", "months_refunded", UNDONE_BY_BANK)
#: By these fields of a month such a posting knows its own; and what is told of a month.
UNDOING_OF = ("pk", "sponsorship", "posting__payment")
_SHOWN = ("worker__name", "covered_from", "covered_until", "held")


@dataclass(frozen=True)
class MonthsOf:
    """Months of one worker that a movement of money is about, both days inclusive."""

    name: str
    first_day: date
    last_day: date
    amount: int


@dataclass(frozen=True)
class Movement:
    """So many rupiah into (above 0) or out of a credit or a fund, why, and for which months."""

    at: datetime
    amount: int
    reason: str
    payment: Payment | None
    months: tuple[MonthsOf, ...]
    programme: str


@dataclass(frozen=True)
class CreditPage:
    """What stands in a donor's credit and funds, what waits, and when it is used next.

    `late` waits for the branch. `next_end` is the first last day of a sponsorship that
    renews with this credit; None where none does. `has_refunds`: some money went back, or
    was asked back.
    """

    donor: Donor
    credit: int
    funds: int
    late: int
    next_end: date | None
    has_refunds: bool


def credit_page(donor: Donor) -> CreditPage:
    """Gather what stands above the list of movements. Five statements."""
    sums = dict(
        Balance.objects.filter(account__in=_accounts(donor))
        .order_by()
        .values_list("account__kind")
        .annotate(sum=Sum("amount"))
    )
    waiting = LateMoney.objects.filter(
        sponsorship__donor=donor,
        status=LateMoney.Status.WAITING,
        payment__status=Payment.Status.SETTLED,
    )
    running = Sponsorship.everything.filter(
        donor=donor,
        status=Sponsorship.Status.ACTIVE,
        renews=True,
        parked_at__isnull=True,
        funding__in=["private", "csr"],
        programme__fixed_until__isnull=True,
    )
    return CreditPage(
        donor=donor,
        credit=sums.get(Account.Kind.CREDIT, 0),
        funds=sums.get(Account.Kind.FUND, 0),
        late=waiting.aggregate(sum=Sum("amount"))["sum"] or 0,
        next_end=running.aggregate(day=Min("paid_until"))["day"],
        has_refunds=Refund.everything.filter(donor=donor).exists(),
    )


def transfers_of(donor: Donor) -> QuerySet[Transfer]:
    """Return the transfers into and out of a donor's credit and funds, newest first."""
    accounts = _accounts(donor)
    touched = Q(debit__in=accounts) | Q(credit__in=accounts)
    rows = Transfer.objects.filter(touched).select_related(
        "posting__payment", "debit__programme", "credit__programme"
    )
    return rows.order_by(F("posting__posted_at").desc(), "-pk")


def movements(transfers: Sequence[Transfer]) -> list[Movement]:
    """Say of each of these transfers why it was made. At most ten statements for all."""
    postings = {transfer.posting_id for transfer in transfers}
    reasons = {
        **dict(_labels(Allocation.objects.filter(posting__in=postings))),
        **dict(_labels(CreditUse.objects.filter(posting__in=postings))),
        **to_treasuries(postings),
    }
    months = _months_bought(postings)
    for posting, rows in (*_months_corrected(postings), *_months_undone(transfers)):
        months[posting] += rows
    return [
        _movement(transfer, reasons.get(transfer.posting_id, ""), months[transfer.posting_id])
        for transfer in transfers
    ]


def to_treasuries(postings: Collection[int]) -> dict[int, str]:
    """Say of these postings which gave a budget's money back to its treasury (P28)."""
    rows = Refund.everything.filter(posting__in=postings, target=Refund.Target.TREASURY)
    return {
        pk: _("Dikembalikan ke kas daerah, STS no. %(slip)s") % {"slip": slip}
        for pk, slip in rows.values_list("posting", "slip")
        if pk is not None
    }


def _accounts(donor: Donor) -> QuerySet[Account]:
    own = Q(kind=Account.Kind.CREDIT, donor=donor)
    return Account.objects.filter(own | Q(kind=Account.Kind.FUND, programme__donor=donor))


def _labels(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    return [(row.posting_id, row.get_reason_display()) for row in rows]


def _movement(transfer: Transfer, reason: str, months: list[MonthsOf]) -> Movement:
    is_in = transfer.credit.kind in {Account.Kind.CREDIT, Account.Kind.FUND}
    own = transfer.credit if is_in else transfer.debit
    kind = transfer.posting.kind
    if kind == "months_bought":
        # What a payment bought stands on its receipt; this is what was left of it.
        told, months = _("Sisa pembayaran: %(reason)s") % {"reason": reason}, []
    else:
        told = reason or _reasons().get(kind) or _("Koreksi pembukuan")
    return Movement(
        at=transfer.posting.posted_at,
        amount=transfer.amount if is_in else -transfer.amount,
        reason=told,
        payment=transfer.posting.payment if kind == "months_bought" else None,
        months=tuple(months),
        programme=own.programme.name if own.programme else "",
    )


def _reasons() -> dict[str, str]:
    """Why money moved, by kind of posting."""
    return {
        CORRECTED: _("Tarif diperbaiki, kelebihannya kembali"),
        "rejected_month": _("Iuran tidak diterima BPJS Ketenagakerjaan"),
        "months_returned": _("Bulan yang belum mulai, dikembalikan"),
        UNDONE_BY_BANK: _("Bank membatalkan pembayaran"),
        "refund_confirmed": _("Dikembalikan kepada Anda"),
        "months_refunded": _("Bulan dibatalkan, uangnya dikembalikan"),
        "reversal": _("Pengembalian gagal, uang masuk lagi"),
    }


# --- which months ------------------------------------------------------------------------
def _months_bought(postings: Collection[int]) -> dict[int, list[MonthsOf]]:
    rows = Contribution.everything.filter(posting__in=postings, posting__kind="credit_spent")
    found: dict[int, list[MonthsOf]] = defaultdict(list)
    spans = (
        rows.order_by()
        .values_list("posting", "sponsorship__worker__name")
        .annotate(first=Min("covered_from"), last=Max("covered_until"), sum=Sum("amount"))
    )
    for posting, name, first, last, amount in spans.order_by("first", "sponsorship__worker__name"):
        found[posting].append(MonthsOf(name, first, last, amount))
    return found


def _months_corrected(postings: Collection[int]) -> list[tuple[int, list[MonthsOf]]]:
    spans = (
        PriceCorrection.objects.filter(posting__in=postings)
        .order_by()
        .values_list("posting", "contribution__sponsorship__worker__name")
        .annotate(
            first=Min("contribution__covered_from"),
            last=Max("contribution__covered_until"),
            sum=Sum("amount"),
        )
    )
    return [
        (posting, [MonthsOf(name, first, last, amount)])
        for posting, name, first, last, amount in spans.order_by("first")
    ]


def _months_undone(transfers: Sequence[Transfer]) -> list[tuple[int, list[MonthsOf]]]:
    """The months whose undoing gave back what these postings moved, worker by worker.

    A posting and the months that it undoes bear the same instant; which of that instant's
    months are its own, its key or its payment says.
    """
    by_id = {row.posting_id: row.posting for row in transfers if row.posting.kind in UNDOING}
    postings = list(by_id.values())
    own = _undone_by(postings)
    which = Q(pk__in=())
    for posting in postings:
        which |= Q(**{f"{own[posting.pk][0]}__in": own[posting.pk][1]}, closed_at=posting.posted_at)
    rows = Contribution.everything.filter(which, status=Contribution.Status.REVERSED)
    whose = defaultdict(list)
    for row in rows.annotate(held=worth()).values(*UNDOING_OF, "closed_at", *_SHOWN):
        whose[row["closed_at"]].append(row)
    found = []
    for posting in postings:
        field, values = own[posting.pk]
        mine = [row for row in whose[posting.posted_at] if row[field] in values]
        found.append((posting.pk, _by_worker(mine)))
    return found


def _undone_by(postings: Sequence[Posting]) -> dict[int, tuple[str, Collection[Any]]]:
    """By which field of a month, and which values of it, each posting knows its own.

    Three statements at most.
    """
    keys = {posting.pk: posting.key.split(":") for posting in postings}
    numbers = {
        name: {int(key[1]) for key in keys.values() if key[0] == name}
        for name in ("rejected", "ahead", "refund_months")
    }
    refused = Contribution.everything.filter(pk__in=numbers["rejected"])
    sponsorships = {
        "rejected": dict(refused.values_list("pk", "sponsorship")),
        "ahead": dict(
            ReversalRuling.objects.filter(pk__in=numbers["ahead"]).values_list("pk", "sponsorship")
        ),
    }
    refunds = Refund.everything.filter(pk__in=numbers["refund_months"])
    months = {row.pk: {named["contribution"] for named in row.months} for row in refunds}
    found: dict[int, tuple[str, Collection[Any]]] = {}
    for posting in postings:
        name, *rest = keys[posting.pk]
        if posting.kind == UNDONE_BY_BANK:
            found[posting.pk] = ("posting__payment", {posting.payment_id})
        elif name == "event":
            found[posting.pk] = ("sponsorship", {int(rest[1])})
        elif name == "refund_months":
            found[posting.pk] = ("pk", months.get(int(rest[0]), set()))
        else:
            found[posting.pk] = ("sponsorship", {sponsorships[name][int(rest[0])]})
    return found


def _by_worker(rows: Sequence[dict[str, Any]]) -> list[MonthsOf]:
    """Join months of one worker, the earliest first."""
    found: dict[str, MonthsOf] = {}
    for row in rows:
        name, first, last = row["worker__name"], row["covered_from"], row["covered_until"]
        one = found.get(name)
        found[name] = MonthsOf(
            name=name,
            first_day=min(one.first_day, first) if one else first,
            last_day=max(one.last_day, last) if one else last,
            amount=row["held"] + (one.amount if one else 0),
        )
    return sorted(found.values(), key=lambda part: (part.first_day, part.name))
