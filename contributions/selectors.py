"""Questions about sponsorships, their months and cover. Nothing here writes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bricks.clock import jakarta_date, jakarta_midnight
from bricks.months import ONE_DAY
from contributions.bills import BillLine, bill_of, bought_with
from contributions.cover import Cover, CoverStatus, status_on
from contributions.models import Allocation, Contribution, Coverage, LateMoney, Sponsorship
from contributions.models.cover import BOUGHT
from payments.models import Invoice, Payment
from regions.selectors import add_working_days
from workers import standing
from workers.desk_selectors import desk_offices
from workers.models import Enrollment, Worker
from workers.ports import PaidSpan

__all__ = [
    "CoveredOn",
    "SponsorshipRow",
    "allocation_of",
    "bought_with",
    "cover_status",
    "cover_statuses",
    "current_invoice_for",
    "demand_of",
    "invoice_lines",
    "late_money_of",
    "may_act",
    "months_of",
    "paid_spans",
    "rejected_contributions",
    "sponsorships_of",
    "unanswered_contributions",
    "was_covered_on",
    "with_cover",
]

Status = Contribution.Status
WAITING = (Status.PAID, Status.SENT)
#: A line that BPJS has not accepted for so many working days is shown to the branch (P1).
PATIENCE_WORKING_DAYS = 2
ACTING_ROLES = ("owner", "maker", "payer")


# --- cover -------------------------------------------------------------------------
def cover_status(worker: Worker, today: date) -> CoverStatus:
    """Say where a worker stands on a day (`contributions.cover`), in five statements."""
    return cover_statuses([worker.pk], today=today)[worker.pk]


def cover_statuses(worker_ids: Collection[int], *, today: date) -> dict[int, CoverStatus]:
    """Say where each of these workers stands on a day, in five statements for all."""
    accepted: dict[int, list[Cover]] = defaultdict(list)
    spans = Coverage.objects.filter(worker__in=worker_ids).order_by("worker", "covered_from")
    for row in spans:
        accepted[row.worker_id].append(Cover(row.covered_from, row.covered_until, row.starts_at))
    waiting: dict[int, list[Cover]] = defaultdict(list)
    paid = Contribution.everything.filter(worker__in=worker_ids, status__in=WAITING)
    for worker, first, last, starts_at in paid.values_list(
        "worker", "covered_from", "covered_until", "starts_at"
    ):
        if first and last:
            waiting[worker].append(Cover(first, last, starts_at))
    billed = set(
        Sponsorship.everything.filter(
            worker__in=worker_ids, status=Sponsorship.Status.AWAITING_PAYMENT
        ).values_list("worker", flat=True)
    )
    reported = standing.reported(worker_ids)
    return {
        pk: status_on(
            today,
            accepted=accepted[pk],
            waiting=waiting[pk],
            is_billed=pk in billed,
            arrears_months=settings.ARREARS_MONTHS,
            is_reported=pk in reported,
        )
        for pk in worker_ids
    }


def sponsored_cases(cases: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    """Narrow cases to those that are approved and sponsored, or for which a month is paid."""
    sponsored = Sponsorship.everything.filter(enrollment=OuterRef("pk"))
    bought = Contribution.everything.filter(
        sponsorship__enrollment=OuterRef("pk"), status__in=BOUGHT
    )
    approved = Q(status=Enrollment.Status.APPROVED)
    return cases.filter(approved & Q(Exists(sponsored)) | Q(Exists(bought)))


def paid_spans(worker_ids: Collection[int]) -> dict[int, list[PaidSpan]]:
    """Return the paid months of each of these workers, whoever paid, joined per sponsorship
    where they touch (`workers.ports`). One statement."""
    rows = Contribution.everything.filter(worker__in=worker_ids, status__in=BOUGHT)
    found: dict[int, list[PaidSpan]] = defaultdict(list)
    months = rows.order_by("worker", "sponsorship", "covered_from").values_list(
        "worker",
        "sponsorship__donor",
        "sponsorship__enrollment",
        "covered_from",
        "covered_until",
        "status",
    )
    for worker, donor, enrollment, first, last, status in months:
        if first is None or last is None:
            continue
        span = PaidSpan(donor, enrollment, first, last, accepted=status == Status.ACCEPTED)
        before = found[worker][-1] if found[worker] else None
        if before and _goes_on(before, span):
            found[worker][-1] = replace(before, covered_until=last)
        else:
            found[worker].append(span)
    return {pk: sorted(spans, key=lambda s: s.covered_from) for pk, spans in found.items()}


def _goes_on(before: PaidSpan, span: PaidSpan) -> bool:
    same = before.enrollment_id == span.enrollment_id and before.accepted == span.accepted
    return same and before.covered_until + ONE_DAY == span.covered_from


@dataclass(frozen=True)
class CoveredOn:
    """Accepted cover that includes a day; `since` is the minute at which it begins on that
    very day, or None where the whole day is covered (P2)."""

    covered_from: date
    covered_until: date
    since: datetime | None


def was_covered_on(worker_id: int, day: date) -> CoveredOn | None:
    """Return the accepted cover that includes the day, or None where the portal knows none."""
    span = Coverage.objects.filter(
        worker=worker_id, covered_from__lte=day, covered_until__gte=day
    ).first()
    if span is None:
        return None
    begun = Contribution.everything.filter(
        worker=worker_id, status=Status.ACCEPTED, covered_from=day, starts_at__isnull=False
    )
    since = begun.values_list("starts_at", flat=True).first()
    return CoveredOn(span.covered_from, span.covered_until, since)


# --- the donor's sponsorships --------------------------------------------------------
@dataclass(frozen=True)
class SponsorshipRow:
    """A sponsorship with the cover of its worker."""

    sponsorship: Sponsorship
    cover: CoverStatus


def sponsorships_of(user: Any) -> QuerySet[Sponsorship]:
    """Return the sponsorships that the user may see; those that end first on top, then the
    ones that wait for money, the ended ones last."""
    rows: QuerySet[Sponsorship] = Sponsorship.objects.visible_to(user)
    return rows.select_related(
        "worker__occupation", "worker__village", "enrollment", "programme", "donor"
    ).order_by(F("ended_at").asc(nulls_first=True), F("paid_until").asc(nulls_last=True), "pk")


def with_cover(rows: Iterable[Sponsorship], *, today: date) -> list[SponsorshipRow]:
    """Put the cover of the worker beside each sponsorship, in five statements for all."""
    found = list(rows)
    covers = cover_statuses({row.worker_id for row in found}, today=today)
    return [SponsorshipRow(row, covers[row.worker_id]) for row in found]


def months_of(sponsorship: Sponsorship) -> QuerySet[Contribution]:
    """Return the months of a sponsorship that money came in for, in order."""
    rows = Contribution.everything.filter(sponsorship=sponsorship)
    asked = (Status.RELEASED, Status.PROMISED)
    return rows.exclude(status__in=asked).order_by("month", "pk")


def may_act(user: Any, row: Sponsorship | Invoice) -> bool:
    """Tell whether the user may stop, resume and pay for the donor of a row."""
    return row.donor.members.filter(user=user, left_at__isnull=True, role__in=ACTING_ROLES).exists()


# --- invoices and payments -----------------------------------------------------------
def invoice_lines(invoice: Invoice) -> tuple[BillLine, ...]:
    """Return what an invoice asks for, one line per worker, in one statement."""
    return bill_of(invoice, today=jakarta_date(invoice.issued_at)).lines


def current_invoice_for(invoice: Invoice) -> Invoice | None:
    """Return the open invoice that asks for the same sponsorships now; itself while open.

    None where nothing can be paid any more: a pay link then says so.
    """
    if invoice.status == Invoice.Status.OPEN:
        return invoice
    lines = Contribution.everything.filter(invoice=invoice)
    promised = Contribution.everything.filter(
        sponsorship__in=lines.values("sponsorship"), status=Status.PROMISED
    )
    followers = Invoice.everything.filter(
        pk__in=promised.values("invoice"), status=Invoice.Status.OPEN
    )
    return followers.select_related("donor").order_by("-pk").first()


def demand_of(sponsorship: Sponsorship, *, today: date) -> tuple[Invoice, BillLine] | None:
    """Return the open invoice that asks for this sponsorship, and its line of it."""
    promised = Contribution.everything.filter(sponsorship=sponsorship, status=Status.PROMISED)
    invoice = Invoice.everything.filter(
        pk__in=promised.values("invoice"), status=Invoice.Status.OPEN
    ).first()
    if invoice is None:
        return None
    lines = bill_of(invoice, today=today).lines
    return next(((invoice, line) for line in lines if line.sponsorship == sponsorship), None)


def allocation_of(payment: Payment) -> Allocation | None:
    """Return what became of a payment's money, or None while that is being worked out."""
    return Allocation.objects.filter(payment=payment).first()


def late_money_of(user: Any, *, decided: bool = False) -> QuerySet[LateMoney]:
    """Return the late money for workers whom the user's branch looks after: what waits for
    a decision, the oldest first, or what was decided, the newest first."""
    mine = Sponsorship.objects.visible_to(user).filter(
        enrollment__office__in=desk_offices(user).values("pk")
    )
    rows = LateMoney.objects.filter(sponsorship__in=mine.values("pk")).select_related(
        "payment",
        "decided_by",
        "sponsorship__worker",
        "sponsorship__donor",
        "sponsorship__programme",
        "sponsorship__enrollment__office",
    )
    waiting = LateMoney.Status.WAITING
    if decided:
        return rows.exclude(status=waiting).order_by("-decided_at", "-pk")
    return rows.filter(status=waiting).order_by("made_at", "pk")


# --- the branch's list ---------------------------------------------------------------
def rejected_contributions(user: Any) -> QuerySet[Contribution]:
    """Return the months that BPJS has refused and nobody has decided, by worker."""
    return _of_desk(user).filter(status=Status.REJECTED)


def unanswered_contributions(user: Any, *, today: date) -> QuerySet[Contribution]:
    """Return the months paid more than two working days ago and still not accepted (P1)."""
    day = today
    while add_working_days(day, PATIENCE_WORKING_DAYS) >= today:
        day -= ONE_DAY
    paid_before = jakarta_midnight(day + timedelta(days=1))
    return _of_desk(user).filter(status__in=WAITING, paid_at__lt=paid_before)


def _of_desk(user: Any) -> QuerySet[Contribution]:
    # Whoever is a donor too sees his own months elsewhere; here is what his desk decides.
    rows: QuerySet[Contribution] = Contribution.objects.visible_to(user).filter(
        sponsorship__enrollment__office__in=desk_offices(user).values("pk")
    )
    return rows.select_related("worker", "sponsorship__enrollment__office").order_by(
        "worker", "month", "pk"
    )
