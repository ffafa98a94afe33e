"""The ledger itself: whole postings, settled money in it, snapshots, closed months, numbers."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from contributions.checks.base import Check, ids
from payments import books
from payments.models import ClosedMonth, Posting, Transfer


def _empty_postings(now: datetime) -> list[int]:
    moved = Transfer.objects.filter(posting=OuterRef("pk"))
    return ids(Posting.objects.filter(~Exists(moved)))


def _unposted_payments(now: datetime) -> list[int]:
    return ids(books.payments_unposted())


def _wrong_snapshots(now: datetime) -> list[int]:
    return ids(books.snapshots_wrong())


def _closed_month_moved(now: datetime) -> list[int]:
    """The newest closed month, where its totals are no longer those that were written."""
    newest = ClosedMonth.objects.order_by("-month").first()
    if newest is None:
        return []
    totals = books.totals_by_kind(before=newest.ends_at)
    # A kind of account that came later stood at 0 then.
    written = {kind: newest.totals.get(kind, 0) for kind in totals}
    return [] if totals == written else [newest.pk]


def _unnumbered(now: datetime) -> list[int]:
    return ids(books.invoices_unnumbered())


def _series_with_gaps(now: datetime) -> list[int]:
    """The years of the series that have a gap."""
    return books.years_with_gaps()


CHECKS = (
    Check("empty", "A posting moves nothing; postings", _empty_postings),
    Check("settlement", "The books differ from what was received; payments", _unposted_payments),
    Check("snapshot", "A day's balance differs from its transfers; accounts", _wrong_snapshots),
    Check("closed", "A closed month's totals have changed; closed months", _closed_month_moved),
    Check("unnumbered", "An invoice bears no number; invoices", _unnumbered),
    Check("numbers", "The numbers of a year have gaps; years", _series_with_gaps),
)
