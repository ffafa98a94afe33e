"""Proof that the books are right: each question returns what is wrong, or nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from payments.models import (
    Account,
    Balance,
    Invoice,
    Payment,
    Posting,
    Series,
    Snapshot,
    Transfer,
)
from payments.refund_selectors import wholly_gone
from payments.services.applying import SETTLEMENT
from payments.services.numbers import INVOICES


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit: which rule, about which row, and how."""

    rule: str
    subject: str
    detail: str


def check_ledger() -> list[Finding]:
    """Ask every question of this module."""
    return [
        *balances_differ(),
        *balances_negative(),
        *postings_empty(),
        *settlements_unposted(),
        *reversals_unposted(),
        *numbers_missing(),
    ]


def totals_by_kind(*, before: datetime | None = None) -> dict[str, int]:
    """Return what each kind of account stands at, from the transfers alone; with `before`,
    from those of postings before that instant.

    The places where money is (`Account.PLACES`) sum to what came in; the other kinds say
    whose it is, so that they sum to the same (P35).
    """
    moved = Transfer.objects.all()
    if before is not None:
        moved = moved.filter(posting__posted_at__lt=before)
    totals = dict.fromkeys(Account.Kind.values, 0)
    for side, sign in (("debit", -1), ("credit", 1)):
        sums = moved.values_list(f"{side}__kind").annotate(sum=Sum("amount")).order_by()
        for kind, amount in sums:
            totals[kind] += -sign * amount if kind in Account.PLACES else sign * amount
    return totals


def snapshots_wrong() -> QuerySet[Account]:
    """Shared accounts whose newest snapshot is not what all transfers say of its day."""
    newest = Snapshot.objects.filter(account=OuterRef("pk")).order_by("-day")
    shared = Account.objects.filter(snapshots__isnull=False).distinct()
    rows = shared.annotate(
        stood=Subquery(newest.values("amount")[:1]),
        ends_at=Subquery(newest.values("ends_at")[:1]),
        mark=Subquery(newest.values("last_transfer")[:1]),
    )
    known = {"pk__lte": OuterRef("mark"), "posting__posted_at__lt": OuterRef("ends_at")}
    moved = _sum_of("credit", **known) - _sum_of("debit", **known)
    places = Q(kind__in=Account.PLACES)
    right = Q(places, stood=-F("moved")) | Q(~places, stood=F("moved"))
    return rows.annotate(moved=moved).exclude(right)


def balances_differ() -> Iterator[Finding]:
    """Balance rows that do not equal their transfers, and kept accounts without one."""
    kept = Account.objects.filter(kind__in=Account.KEPT).annotate(
        row=F("balance__amount"), moved=_sum_of("credit") - _sum_of("debit")
    )
    for account in kept.filter(~Q(row=F("moved")) | Q(row__isnull=True)).order_by("pk"):
        detail = f"row {account.row}, transfers {account.moved}"
        yield Finding("balance_equals_transfers", f"account {account.pk}", detail)


def balances_negative() -> Iterator[Finding]:
    """Holdings, credits and funds below 0, by row or by transfers."""
    below = Balance.objects.filter(amount__lt=0)
    for balance in below:
        yield Finding("balance_not_negative", f"account {balance.pk}", str(balance.amount))
    for account_id, moved in _kept_below_zero():
        yield Finding("transfers_not_negative", f"account {account_id}", str(moved))


def postings_empty() -> Iterator[Finding]:
    """Postings without a transfer."""
    moved = Transfer.objects.filter(posting=OuterRef("pk"))
    for posting in Posting.objects.filter(~Exists(moved)).order_by("pk"):
        yield Finding("posting_has_transfers", f"posting {posting.key}", "none")


def settlements_unposted() -> Iterator[Finding]:
    """Payments that settled without exactly their money in the books, and the other way."""
    rows: Any = payments_unposted().order_by("pk")
    for order_id, received, posted in rows.values_list("order_id", "received", "posted"):
        detail = f"received {received}, posted {posted}"
        yield Finding("settlement_posted", f"payment {order_id}", detail)


def payments_unposted() -> QuerySet[Payment]:
    """Payments whose settlement posting is not what they received."""
    money = Coalesce("received", Value(0), output_field=BigIntegerField())
    paid = Payment.everything.annotate(money=money, posted=_posted_for(SETTLEMENT))
    return paid.exclude(posted=F("money"))


def reversals_unposted() -> Iterator[Finding]:
    """Reversed payments, undone by the floor above, whose money has not left the books."""
    back = Posting.objects.filter(reverses__payment=OuterRef("pk"), reverses__kind=SETTLEMENT)
    undone = Payment.everything.filter(reversal_followed_up_at__isnull=False)
    left = undone.filter(~Exists(back)).exclude(pk__in=wholly_gone().values("pk"))
    for payment in left.order_by("pk"):
        yield Finding("reversal_posted", f"payment {payment.order_id}", "no opposite posting")


def numbers_missing() -> Iterator[Finding]:
    """Series whose last number is not how many of their numbers are in use, and invoices
    that were issued without a number."""
    for invoice in invoices_unnumbered().order_by("pk"):
        yield Finding("invoice_numbered", f"invoice {invoice.pk}", "no number")
    for series, used in _series_with_gaps():
        yield Finding("numbers_without_gaps", series.name, f"last {series.last}, used {used}")


def years_with_gaps() -> list[int]:
    """The years of series whose last number is not how many of their numbers are in use."""
    return [int(series.name.rpartition("-")[2]) for series, _ in _series_with_gaps()]


def _series_with_gaps() -> Iterator[tuple[Series, int]]:
    for series in Series.objects.order_by("name"):
        kind, _, year = series.name.rpartition("-")
        used = _numbered(kind, year).count()
        if used != series.last:
            yield series, used


def invoices_unnumbered() -> QuerySet[Invoice]:
    """Invoices whose issue ended without giving them their number."""
    return Invoice.everything.filter(number="")


def _numbered(kind: str, year: str) -> QuerySet[Invoice] | QuerySet[Payment]:
    if kind == INVOICES:
        return Invoice.everything.filter(number__startswith=f"{year}-")
    return Payment.everything.filter(receipt_number__startswith=f"KW-{year}-")


def _kept_below_zero() -> Iterable[tuple[int, int]]:
    kept = Account.objects.filter(kind__in=Account.KEPT)
    moved = kept.annotate(moved=_sum_of("credit") - _sum_of("debit"))
    return moved.filter(moved__lt=0).values_list("pk", "moved")


def _sum_of(side: str, **conditions: Any) -> Coalesce:
    """The sum of an account's transfers on one side, as a subquery."""
    rows = Transfer.objects.filter(**{side: OuterRef("pk")}, **conditions)
    rows = rows.order_by().values(side)
    return _whole(rows)


def _posted_for(kind: str) -> Coalesce:
    """The sum of a payment's postings of a kind, as a subquery."""
    rows = Transfer.objects.filter(posting__payment=OuterRef("pk"), posting__kind=kind)
    return _whole(rows.order_by().values("posting__payment"))


def _whole(rows: QuerySet[Transfer, Any]) -> Coalesce:
    summed = Subquery(rows.annotate(sum=Sum("amount")).values("sum"))
    return Coalesce(summed, Value(0), output_field=BigIntegerField())
