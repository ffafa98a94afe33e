"""Questions about proofs of the books, and months to be closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from bricks.clock import jakarta_date
from bricks.months import add_months, first_of_month
from contributions.findings import Told, told
from contributions.models import BooksCheck
from contributions.services.closing import end_of
from payments.books import totals_by_kind
from payments.models import Account, BankLine, ClosedMonth, Payment, Posting

#: A check is made every night; after so long without one something is wrong.
STALE = timedelta(hours=26)
SHOWN_CHECKS = 30


@dataclass(frozen=True)
class Alarm:
    """Why head office and treasurers must look at the books: `wrong`, `stale` or `never`."""

    kind: str
    check: BooksCheck | None


@dataclass(frozen=True)
class Part:
    """One line of the identity: its words, its rupiah, and whether it stands below another."""

    name: str
    label: str
    amount: int


@dataclass(frozen=True)
class Sums:
    """The identity of a check as it is shown (P35); the parts sum to what was received."""

    received: int
    parts: Sequence[Part]
    places: Sequence[Part]
    waiting: int
    oldest: datetime | None
    holds: bool
    figures: dict[str, Any]


@dataclass(frozen=True)
class StillOpen:
    """What of a month waits for a person or a job: it will stand in the open month."""

    label: str
    count: int
    amount: int
    page: str


@dataclass(frozen=True)
class NextMonth:
    """The month that can be closed next, with what each kind of account stands at then."""

    month: date
    is_over: bool
    totals: Sequence[Part]
    open: Sequence[StillOpen]


def newest_check() -> BooksCheck | None:
    """Return the last proof of the books, if there was one."""
    return BooksCheck.objects.order_by("-made_at", "-pk").first()


def recent_checks() -> list[BooksCheck]:
    """Return the last thirty proofs, the newest first."""
    return list(BooksCheck.objects.order_by("-made_at", "-pk")[:SHOWN_CHECKS])


def is_stale(check: BooksCheck, *, now: datetime) -> bool:
    """Tell whether a check is older than a night's work allows."""
    return now - check.made_at > STALE


def alarm(*, now: datetime) -> Alarm | None:
    """Return what is wrong with the newest check; None where all is well."""
    check = newest_check()
    if check is None:
        return Alarm("never", None) if Posting.objects.exists() else None
    if check.grave:
        return Alarm("wrong", check)
    return Alarm("stale", check) if is_stale(check, now=now) else None


def findings_of(check: BooksCheck) -> list[Told]:
    """Return what a check found, each with what it means and where a person acts."""
    return [told(finding) for finding in check.findings]


def sums_of(check: BooksCheck) -> Sums:
    """Read the identity of a check."""
    kept = check.identity
    labels = {
        "months": _("Iuran yang dibeli"),
        "credit": _("Saldo donatur"),
        "funds": _("Dana program"),
        "bridge": _("Dana talangan"),
        "refunds": _("Pengembalian yang menunggu"),
        "fees": _("Biaya yang dibayar donatur"),
        "not_allocated": _("Belum dialokasikan"),
    }
    return Sums(
        received=kept["received"],
        # Checks from before a part was known told nothing of it: it stood at 0.
        parts=[Part(name, label, kept.get(name, 0)) for name, label in labels.items()],
        places=_by_kind(kept["places"], Account.PLACES),
        waiting=kept["waiting"],
        oldest=_instant(kept["oldest"]),
        holds=kept["holds"],
        figures=kept["figures"] | {"since": _instant(kept["figures"]["since"])},
    )


def closed_months() -> list[tuple[ClosedMonth, list[Part]]]:
    """Return the closed months with their totals, the newest first."""
    rows = ClosedMonth.objects.select_related("closed_by").order_by("-month")
    return [(row, _by_kind(row.totals, Account.Kind.values)) for row in rows]


def next_month(*, now: datetime) -> NextMonth:
    """Return the month that is to be closed next: after the last, or the month before this."""
    newest = ClosedMonth.objects.order_by("-month").first()
    this = first_of_month(jakarta_date(now))
    month = add_months(newest.month, 1) if newest else add_months(this, -1)
    ends_at = end_of(month)
    totals = totals_by_kind(before=ends_at)
    return NextMonth(
        month=month,
        is_over=ends_at <= now,
        totals=_by_kind(totals, Account.Kind.values),
        open=[row for row in _still_open(ends_at) if row.count],
    )


def _still_open(ends_at: datetime) -> list[StillOpen]:
    lines = BankLine.objects.filter(booked_on__lt=jakarta_date(ends_at)).exclude(status="done")
    payments = Payment.everything.filter(created_at__lt=ends_at)
    waiting = payments.filter(status=Payment.Status.SETTLED, followed_up_at__isnull=True)
    pending = payments.filter(status__in=[Payment.Status.NEW, Payment.Status.PENDING])
    left = lines.aggregate(count=Count("pk"), sum=Sum("amount") - Sum("allocated"))
    asked = {"count": Count("pk"), "sum": Sum("amount")}
    of = [
        (_("Baris rekening koran belum dicocokkan"), left, "bank_worklist"),
        (_("Pembayaran diterima, belum dialokasikan"), waiting.aggregate(**asked), "books"),
        (_("Pembayaran yang masih ditunggu"), pending.aggregate(**asked), "invoices"),
    ]
    return [StillOpen(label, sums["count"], sums["sum"] or 0, page) for label, sums, page in of]


def _by_kind(amounts: dict[str, int], kinds: Any) -> list[Part]:
    return [
        Part(kind, str(Account.Kind(kind).label), amounts.get(kind, 0))
        for kind in kinds
        if amounts.get(kind, 0)
    ]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
