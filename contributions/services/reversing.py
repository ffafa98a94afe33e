"""The way back: what a payment bought is undone when the bank takes its money back."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum

from bricks.clock import jakarta_date
from contributions import locks
from contributions.letters import reversed_letter
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.recounting import recount_runs
from contributions.services.telling import tell_donor
from payments import ledger
from payments.models import Account, Invoice, Payment, Posting, Transfer
from payments.services.invoices import correct_invoice
from payments.services.paying import post_reversal
from workers import standing

logger = logging.getLogger(__name__)

Status = Contribution.Status
UNDOABLE = (Status.PAID, Status.SENT, Status.REJECTED)
UNDOING = "months_undone"
PARKED_ACCEPTED = "bank reversed the payment of accepted months"
PARKED_REPORTED = "bank reversed the payment, an accident or a death is reported"


@dataclass(frozen=True)
class Undone:
    """What came back of a payment: `whole` if nothing waits for a person."""

    rows: tuple[Contribution, ...]
    stuck: tuple[Contribution, ...]
    whole: bool


def undo_payments(*, now: datetime) -> dict[str, int]:
    """Undo every reversed payment that nobody has undone. Idempotent. Returns counts.

    `waiting` counts those of which a part is left to a person. One that waited for the
    branch's word on a report is taken up again once that proved untrue. One that cannot
    be worked out is logged, counted as failed and left for the next run.
    """
    counts = {"undone": 0, "waiting": 0, "failed": 0}
    _take_up_again()
    reversed_ones = Payment.everything.filter(
        status=Payment.Status.REVERSED, reversal_followed_up_at__isnull=True
    ).order_by("reversed_at", "pk")
    for payment_id in list(reversed_ones.values_list("pk", flat=True)):
        try:
            undone = undo_payment(payment_id=payment_id, now=now)
        except (DatabaseError, ledger.LedgerError):
            logger.exception("payment %s could not be undone", payment_id)
            counts["failed"] += 1
            continue
        if undone is not None:
            counts["undone" if undone.whole else "waiting"] += 1
    return counts


def undo_payment(*, payment_id: int, now: datetime) -> Undone | None:
    """Undo in one transaction what a reversed payment bought; None if another job was faster.

    Months that BPJS has not accepted are reversed and their money goes back to the
    donor's holding, with what is left of the credit; from there it leaves the books.
    Accepted months stay: no cover is taken back by itself, the sponsorship is parked and
    a person decides. So do all months of a worker of whom an accident or a death is
    reported: they wait for the branch (P4). So does credit that was spent meanwhile.
    Until then the money that did come back stays in holding, and `check_books` names the
    payment.
    """
    with transaction.atomic():
        claimed = Payment.everything.filter(
            pk=payment_id,
            status=Payment.Status.REVERSED,
            reversal_followed_up_at__isnull=True,
        )
        if claimed.update(reversal_followed_up_at=now) != 1:
            return None
        payment = Payment.everything.select_related("invoice__donor").get(pk=payment_id)
        allocation = Allocation.objects.filter(payment=payment).first()
        undone = Undone((), (), whole=True)
        if allocation is not None:
            undone = _undo(payment, allocation, now)
        if undone.whole:
            post_reversal(payment=payment, now=now)
        _tell(payment, undone, now)
        return undone


def _undo(payment: Payment, allocation: Allocation, now: datetime) -> Undone:
    bought = Contribution.everything.filter(posting=allocation.posting_id)
    locks.lock_workers(bought.values_list("worker", flat=True))
    months = list(bought.select_related("sponsorship__worker").order_by("sponsorship", "month"))
    reported = standing.reported({row.worker_id for row in months})
    rows = tuple(r for r in months if r.status in UNDOABLE and r.worker_id not in reported)
    waits = [r for r in months if r.status in UNDOABLE and r.worker_id in reported]
    stuck = (*(r for r in months if r.status == Status.ACCEPTED), *waits)
    missing = _post(payment, allocation, rows, stuck, now)
    Contribution.everything.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.REVERSED, closed_at=now
    )
    recount_runs(
        sponsorship_ids={row.sponsorship_id for row in rows},
        end_reason=Sponsorship.EndReason.REVERSED,
        today=jakarta_date(now),
        now=now,
    )
    _park(stuck, reported, now)
    if months:
        correct_invoice(invoice=payment.invoice, status=Invoice.Status.VOID, now=now)
    return Undone(rows, stuck, whole=not stuck and not missing)


def _post(
    payment: Payment,
    allocation: Allocation,
    rows: tuple[Contribution, ...],
    stuck: tuple[Contribution, ...],
    now: datetime,
) -> int:
    """Move the money back to holding; return how much of the credit is no longer there.

    Whatever is neither months nor back in holding already became credit: what the months
    left over, and refused months that the branch has credited.
    """
    donor = payment.invoice.donor
    holding = ledger.account(Account.Kind.HOLDING, donor=donor)
    credit_account = ledger.account(Account.Kind.CREDIT, donor=donor)
    months = sum(row.amount for row in rows)
    before = Posting.objects.filter(payment=payment, kind=UNDOING)
    moved = Transfer.objects.filter(posting__in=before, credit=holding)
    back = moved.aggregate(sum=Sum("amount"))["sum"] or 0
    received = allocation.bought + allocation.credited
    credit = received - back - months - sum(row.amount for row in stuck)
    there = min(credit, ledger.balance_of(credit_account)) if credit else 0
    transfers = []
    if months:
        transfers.append((ledger.account(Account.Kind.PAYABLE), holding, months))
    if there:
        transfers.append((credit_account, holding, there))
    if transfers:
        key = f"undone:{payment.pk}" + (f":{before.count()}" if back else "")
        ledger.post(key=key, kind=UNDOING, now=now, transfers=transfers, payment=payment)
    return credit - there


def _park(stuck: tuple[Contribution, ...], reported: set[int], now: datetime) -> None:
    for row in stuck:
        reason = PARKED_REPORTED if row.worker_id in reported else PARKED_ACCEPTED
        Sponsorship.everything.filter(pk=row.sponsorship_id, parked_at__isnull=True).update(
            parked_at=now, parked_reason=reason
        )


def waiting_for_the_branch() -> QuerySet[Payment]:
    """Return the reversed payments of which months wait because something is reported."""
    months = Contribution.everything.filter(sponsorship__parked_reason=PARKED_REPORTED)
    paid = Allocation.objects.filter(posting__in=months.values("posting"))
    gone = Posting.objects.filter(payment=OuterRef("pk"), reverses__isnull=False)
    return Payment.everything.filter(
        ~Exists(gone),
        pk__in=paid.values("payment"),
        status=Payment.Status.REVERSED,
        reversal_followed_up_at__isnull=False,
    )


def _take_up_again() -> None:
    """Free the reversals of workers of whom nothing is reported any more: all that they
    parked is left to the next lines of the job again."""
    for payment in waiting_for_the_branch():
        with transaction.atomic():
            postings = Allocation.objects.filter(payment=payment).values("posting")
            months = Contribution.everything.filter(posting__in=postings)
            workers = set(months.values_list("worker", flat=True))
            locks.lock_workers(workers)
            parked = Sponsorship.everything.filter(
                pk__in=months.values("sponsorship"), parked_reason=PARKED_REPORTED
            )
            free = parked.exclude(worker__in=standing.reported(workers))
            if free.update(parked_at=None, parked_reason=""):
                Payment.everything.filter(pk=payment.pk).update(reversal_followed_up_at=None)


def _tell(payment: Payment, undone: Undone, now: datetime) -> None:
    names = sorted({row.sponsorship.worker.short_name for row in (*undone.rows, *undone.stuck)})
    tell_donor(
        donor=payment.invoice.donor,
        key=f"reversed:{payment.pk}:{'whole' if undone.whole else 'part'}",
        kind="payment_reversed",
        text=lambda _user: reversed_letter(payment, names=names, waits=not undone.whole),
        now=now,
    )
