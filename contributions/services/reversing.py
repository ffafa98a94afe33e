"""The way back: what a payment bought is undone when the bank takes its money back."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum

from bricks.clock import jakarta_date
from contributions import locks
from contributions.kept import is_kept, kept_of
from contributions.letters import reversed_letter
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.crediting import rest_account_of
from contributions.services.recounting import recount_runs
from contributions.services.telling import tell_donor
from contributions.worth import worth_sum
from payments import ledger
from payments.models import Account, Invoice, Payment, Posting, Transfer
from payments.refund_selectors import being_given_back, given_back, wholly_gone
from payments.services.invoices import correct_invoice
from payments.services.losses import borne
from payments.services.paying import post_reversal
from payments.services.questions import raise_returned_twice
from payments.services.refunds import withdraw_unsent
from workers import standing
from workers.models import IncidentReport

logger = logging.getLogger(__name__)

Status = Contribution.Status
UNDOABLE = (Status.PAID, Status.SENT, Status.REJECTED)
UNDOING = "months_undone"
PARKED_ACCEPTED = "bank reversed the payment of accepted months"
PARKED_REPORTED = "bank reversed the payment, an accident or a death is reported"
PARKED_BEGUN = "bank reversed the payment of begun months, an accident or a death is confirmed"
#: What a ruling of the branch may free again; of accepted months a person decides.
UNPARKED = (PARKED_REPORTED, PARKED_BEGUN)


class StillSending(Exception):
    """A file with its months may have reached BPJS, or a refund of it the provider: they
    wait until that is known."""


@dataclass(frozen=True)
class Undone:
    """What came back of a payment: `whole` if nothing waits for a person."""

    rows: tuple[Contribution, ...]
    stuck: tuple[Contribution, ...]
    whole: bool


def undo_payments(*, now: datetime) -> dict[str, int]:
    """Undo every reversed payment that nobody has undone. Idempotent. Returns counts.

    `waiting` counts those of which a part is left to a person, or to the next answer of
    BPJS. One that waited for the branch's word on a report is taken up again once the
    branch has ruled. One that cannot be worked out is logged, counted as failed and left
    for the next run.
    """
    counts = {"undone": 0, "waiting": 0, "failed": 0}
    _take_up_again(jakarta_date(now))
    reversed_ones = Payment.everything.filter(
        status=Payment.Status.REVERSED, reversal_followed_up_at__isnull=True
    ).order_by("reversed_at", "pk")
    for payment_id in list(reversed_ones.values_list("pk", flat=True)):
        try:
            undone = undo_payment(payment_id=payment_id, now=now)
        except StillSending:
            counts["waiting"] += 1
            continue
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
    a person decides. All months of a worker of whom an accident or a death is reported
    wait for the branch (P4); once it has confirmed one, those that have begun stay for a
    person too. So does credit that was spent meanwhile. Until then the money that did
    come back stays in holding, and `check_books` names the payment. Raises StillSending.
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
        if given_back(payment) >= payment.net:
            raise_returned_twice(payment=payment, now=now)
        _tell(payment, undone, now)
        return undone


def _undo(payment: Payment, allocation: Allocation, now: datetime) -> Undone:
    # Also those that were bought later with what it paid too much (`spending`).
    bought = Contribution.everything.filter(posting__payment=payment)
    locks.lock_workers(bought.values_list("worker", flat=True))
    kept = kept_of([payment.pk])
    every = bought.select_related("sponsorship__worker", "remittance")
    months = [
        row for row in every.order_by("sponsorship", "month") if not is_kept(row, payment.pk, kept)
    ]
    if any(row.status == Status.PAID and is_on_its_way(row) for row in months):
        raise StillSending
    if being_given_back(payment) > given_back(payment):
        raise StillSending
    held = _held(months, jakarta_date(now))
    rows = tuple(row for row in months if row.status in UNDOABLE and not held[row.pk])
    stuck = tuple(row for row in months if held[row.pk])
    withdraw_unsent(payment=payment, now=now)
    missing = take_back(payment, allocation, rows, stuck, now=now)
    Contribution.everything.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.REVERSED, closed_at=now
    )
    recount_runs(
        sponsorship_ids={row.sponsorship_id for row in rows},
        end_reason=Sponsorship.EndReason.REVERSED,
        today=jakarta_date(now),
        now=now,
    )
    _park(stuck, held, now)
    if months:
        correct_invoice(invoice=payment.invoice, status=Invoice.Status.VOID, now=now)
    return Undone(rows, stuck, whole=not stuck and not missing)


def take_back(
    payment: Payment,
    allocation: Allocation,
    rows: Sequence[Contribution],
    stuck: Sequence[Contribution],
    *,
    bears: int = 0,
    now: datetime,
) -> int:
    """Move the money back to holding; return how much of the credit is no longer there.

    Whatever is neither months nor back in holding already became credit: what the months
    left over, refused months that the branch has credited, and what a correction of the
    tariff gave back. What the operator bears (`ruling`), with `bears` about to come, does
    not come back. What was refunded to the instrument is gone: of it, what the months
    still held is the donor's.
    """
    donor = payment.invoice.donor
    holding = ledger.account(Account.Kind.HOLDING, donor=donor)
    credit_account = rest_account_of(payment.invoice)
    months = worth_sum(rows)
    before = Posting.objects.filter(payment=payment, kind=UNDOING)
    moved = Transfer.objects.filter(posting__in=before, credit=holding)
    back = moved.aggregate(sum=Sum("amount"))["sum"] or 0
    received = allocation.bought + allocation.credited - given_back(payment)
    received -= borne(payment) + bears
    credit = received - back - months - worth_sum(stuck)
    his = min(max(-credit, 0), months)
    credit = max(credit, 0)
    there = min(credit, ledger.balance_of(credit_account)) if credit else 0
    transfers = []
    if months > his:
        transfers.append((ledger.account(Account.Kind.PAYABLE), holding, months - his))
    if his:
        transfers.append((ledger.account(Account.Kind.PAYABLE), credit_account, his))
    if there:
        transfers.append((credit_account, holding, there))
    if transfers:
        times = before.count()
        key = f"undone:{payment.pk}" + (f":{times}" if times else "")
        ledger.post(key=key, kind=UNDOING, now=now, transfers=transfers, payment=payment)
    return credit - there


def is_on_its_way(row: Contribution) -> bool:
    return row.remittance is not None and not row.remittance.core_reference


def _held(months: Iterable[Contribution], today: date) -> dict[int, str]:
    """Say of each month why it is not undone now; empty if it is, or if it is undone."""
    months = list(months)
    workers = {row.worker_id for row in months}
    still_open, reported = unruled(workers), standing.reported(workers)
    return {row.pk: _why_held(row, still_open, reported, today) for row in months}


def _why_held(row: Contribution, still_open: set[int], reported: set[int], today: date) -> str:
    if row.status not in (*UNDOABLE, Status.ACCEPTED):
        return ""
    if row.worker_id in still_open:
        return PARKED_REPORTED
    if row.status == Status.ACCEPTED:
        return PARKED_ACCEPTED
    has_begun = row.covered_from is not None and row.covered_from <= today
    return PARKED_BEGUN if row.worker_id in reported and has_begun else ""


def unruled(worker_ids: Collection[int]) -> set[int]:
    """Return the workers of whom something is reported on which the branch has not ruled."""
    reports = IncidentReport.everything.filter(
        worker__in=worker_ids, status=IncidentReport.Status.OPEN
    )
    return {pk for pk in reports.values_list("worker", flat=True) if pk is not None}


def _park(stuck: tuple[Contribution, ...], held: dict[int, str], now: datetime) -> None:
    for row in stuck:
        Sponsorship.everything.filter(pk=row.sponsorship_id, parked_at__isnull=True).update(
            parked_at=now, parked_reason=held[row.pk]
        )


def not_whole() -> QuerySet[Payment]:
    """Reversed payments that were taken up, and of which something waits."""
    gone = Posting.objects.filter(payment=OuterRef("pk"), reverses__isnull=False)
    taken_up = Payment.everything.filter(
        ~Exists(gone),
        status=Payment.Status.REVERSED,
        reversal_followed_up_at__isnull=False,
    )
    return taken_up.exclude(pk__in=wholly_gone().values("pk"))


def waiting_months(payments: QuerySet[Payment] | None = None) -> list[tuple[int, Contribution]]:
    """Return the months that reversed payments which are not whole still hold, each with its
    payment; of these payments or of all. Those that a person ruled to keep are left out."""
    chosen = not_whole() if payments is None else payments
    months = Contribution.everything.filter(
        posting__payment__in=chosen.values("pk"), status__in=(*UNDOABLE, Status.ACCEPTED)
    )
    rows = months.select_related("sponsorship__worker", "posting", "remittance").order_by("pk")
    found = [(row.posting.payment_id, row) for row in rows if row.posting]
    kept = kept_of({pk for pk, _row in found if pk})
    return [(pk, row) for pk, row in found if pk and not is_kept(row, pk, kept)]


def waiting_for_the_branch() -> QuerySet[Payment]:
    """Return the reversed payments of which months wait until the branch has ruled."""
    kept = waiting_months()
    still_open = unruled({row.worker_id for _payment, row in kept})
    waiting = {payment for payment, row in kept if row.worker_id in still_open}
    return Payment.everything.filter(pk__in=waiting)


def _take_up_again(today: date) -> None:
    """Free the reversals on whose workers the branch has ruled: all of a sponsorship's at
    once, and what they parked is left to the next lines of the job again. So are those
    whose spent credit has come back."""
    kept = waiting_months()
    held = _held([row for _payment, row in kept], today)
    free = {
        row.sponsorship_id
        for _payment, row in kept
        if not held[row.pk]
        or (row.sponsorship.parked_reason == PARKED_REPORTED and held[row.pk] != PARKED_REPORTED)
    }
    payments = {payment for payment, row in kept if row.sponsorship_id in free}
    payments |= _refilled({payment for payment, _row in kept})
    if not payments:
        return
    with transaction.atomic():
        # The payments before the workers, as who undoes them does.
        not_whole().filter(pk__in=payments).update(reversal_followed_up_at=None)
        locks.lock_workers({row.worker_id for _payment, row in kept if row.sponsorship_id in free})
        Sponsorship.everything.filter(pk__in=free, parked_reason__in=UNPARKED).update(
            parked_at=None, parked_reason=""
        )


def _refilled(with_months: Collection[int]) -> set[int]:
    """Return the reversals that lack only spent credit, where credit stands again."""
    rows = not_whole().exclude(pk__in=with_months).select_related("invoice__donor")
    return {row.pk for row in rows if ledger.balance_of(rest_account_of(row.invoice)) > 0}


def _tell(payment: Payment, undone: Undone, now: datetime) -> None:
    names = sorted({row.sponsorship.worker.short_name for row in (*undone.rows, *undone.stuck)})
    tell_donor(
        donor=payment.invoice.donor,
        key=f"reversed:{payment.pk}:{'whole' if undone.whole else 'part'}",
        kind="payment_reversed",
        text=lambda _user: reversed_letter(payment, names=names, waits=not undone.whole),
        now=now,
    )
