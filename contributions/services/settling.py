"""From settled money to bought months: one transaction per payment (house section 5)."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError, transaction

from bricks.clock import jakarta_date
from contributions import locks
from contributions.bills import bought_with
from contributions.letters import receipt_letter
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.billing import promised_row, workers_renewed_by_others
from contributions.services.offering import (
    Deal,
    deal_out,
    is_in_time,
    lines_of,
    offers_for,
    reason_of,
    settled_when,
)
from contributions.services.releasing import ask_ends_again, void_open_invoices
from contributions.services.telling import tell_donor
from contributions.tariffs import NoTariff
from donors.services import mark_trusted
from payments import ledger
from payments.models import Account, Invoice, Payment, Posting
from payments.services.invoices import close_invoice, correct_invoice
from workers.models import Enrollment
from workers.services.thread import tell_thread

logger = logging.getLogger(__name__)

Status = Sponsorship.Status
PURCHASE = "months_bought"


def allocate_payments(*, now: datetime) -> dict[str, int]:
    """Turn every settled payment that waits into months and credit. Idempotent.

    One that cannot be worked out (a month without tariff, a deadlock) is logged, counted
    as failed and left for the next run; it holds up no other. Returns counts.
    """
    counts = {"allocated": 0, "months": 0, "failed": 0}
    waiting = Payment.everything.filter(
        status=Payment.Status.SETTLED, followed_up_at__isnull=True
    ).order_by("settled_at", "pk")
    for payment_id in list(waiting.values_list("pk", flat=True)):
        try:
            allocation = allocate_payment(payment_id=payment_id, now=now)
        except (NoTariff, DatabaseError, ledger.LedgerError):
            logger.exception("payment %s could not be allocated", payment_id)
            counts["failed"] += 1
            continue
        if allocation is not None:
            counts["allocated"] += 1
            counts["months"] += allocation.months
    return counts


def allocate_payment(*, payment_id: int, now: datetime) -> Allocation | None:
    """Decide in one transaction what a settled payment buys, book it and tell the donor.

    Cover starts at the provider's time of settlement, never before it. Money for an open
    invoice buys the months it asks for; money that came late buys months from the
    settlement's month at the prices of those, if a new cover may still begin; whole
    workers first, in order of position, then as many months of the next ones as the rest
    pays for. What buys nothing becomes the donor's credit. None if another job was faster.
    """
    with transaction.atomic():
        claimed = Payment.everything.filter(
            pk=payment_id, status=Payment.Status.SETTLED, followed_up_at__isnull=True
        )
        if claimed.update(followed_up_at=now) != 1:
            return None
        payment = Payment.everything.select_related("invoice__donor").get(pk=payment_id)
        asked = Contribution.everything.filter(invoice=payment.invoice_id)
        locks.lock_workers(asked.values_list("worker", flat=True))
        return _allocate(payment, now)


def _allocate(payment: Payment, now: datetime) -> Allocation:
    """Read everything again beneath the lock, decide, write."""
    invoice = Invoice.everything.select_for_update().get(pk=payment.invoice_id)
    is_double = invoice.status == Invoice.Status.PAID
    in_time = is_in_time(payment, invoice)
    offers = [] if is_double else offers_for(lines_of(invoice), payment, in_time=in_time)
    deals = deal_out(offers, payment.received or 0)
    posting = _post(payment, sum(deal.amount for deal in deals), now)
    _close(invoice, deals, in_time=in_time, now=now)
    _write(deals, payment, posting, in_time=in_time, now=now)
    allocation = Allocation.objects.create(
        payment=payment,
        posting=posting,
        bought=sum(deal.amount for deal in deals),
        credited=(payment.received or 0) - sum(deal.amount for deal in deals),
        months=sum(deal.months for deal in deals),
        reason=reason_of(deals, payment, is_double=is_double, in_time=in_time),
        lines=[
            {
                "sponsorship": deal.offer.line.sponsorship.pk,
                "outcome": deal.outcome,
                "months": deal.months,
                "amount": deal.amount,
            }
            for deal in deals
        ],
        made_at=now,
    )
    if allocation.months:
        mark_trusted(donor_id=invoice.donor_id, now=now)
    _tell(payment, allocation, deals, now)
    return allocation


# --- what is written -----------------------------------------------------------------
def _post(payment: Payment, bought: int, now: datetime) -> Posting:
    donor = payment.invoice.donor
    holding = ledger.account(Account.Kind.HOLDING, donor=donor)
    rest = (payment.received or 0) - bought
    transfers = []
    if bought:
        transfers.append((holding, ledger.account(Account.Kind.PAYABLE), bought))
    if rest:
        transfers.append((holding, ledger.account(Account.Kind.CREDIT, donor=donor), rest))
    return ledger.post(
        key=f"allocated:{payment.pk}",
        kind=PURCHASE,
        now=now,
        transfers=transfers,
        payment=payment,
    )


def _close(invoice: Invoice, deals: list[Deal], *, in_time: bool, now: datetime) -> None:
    """Close the invoice, and withdraw others that ask for what is bought now."""
    status = Invoice.Status.PAID if in_time else Invoice.Status.EXPIRED
    if not close_invoice(invoice=invoice, status=status, now=now) and in_time:
        correct_invoice(invoice=invoice, status=status, now=now)
    bought = [deal.offer.line.sponsorship.pk for deal in deals if deal.months]
    mine = Contribution.everything.filter(invoice=invoice, status=Contribution.Status.PROMISED)
    kept = mine.filter(sponsorship__in=bought) if in_time else mine.none()
    mine.exclude(pk__in=kept.values("pk")).update(
        status=Contribution.Status.RELEASED, closed_at=now
    )
    void_open_invoices(sponsorship_ids=bought, now=now)


def _write(
    deals: list[Deal], payment: Payment, posting: Posting, *, in_time: bool, now: datetime
) -> None:
    for deal in deals:
        if deal.months:
            _write_months(deal, payment, posting, in_time=in_time, now=now)
            _write_sponsorship(deal, now)
        elif deal.outcome == "taken":
            _queue_behind(deal.offer.line.sponsorship)


def _write_months(
    deal: Deal, payment: Payment, posting: Posting, *, in_time: bool, now: datetime
) -> None:
    """Pay the rows that the invoice asked for; months that it did not ask for are new rows."""
    free = (Contribution.Status.PROMISED, Contribution.Status.RELEASED)
    asked = {row.month: row for row in deal.offer.line.asked if in_time and row.status in free}
    day = jakarta_date(settled_when(payment))
    paid, new = [], []
    for period, price in zip(deal.periods, deal.offer.prices, strict=False):
        row = asked.pop(period.month, None)
        if row is None:
            row = promised_row(deal.offer.line.sponsorship, period.month, price, invoice=None)
            new.append(row)
        else:
            paid.append(row)
        row.covered_from, row.covered_until = period.covered_from, period.covered_until
        row.starts_at = payment.settled_at if period.covered_from == day else None
    left = [row.pk for row in asked.values() if row.status == Contribution.Status.PROMISED]
    Contribution.everything.filter(pk__in=left).update(
        status=Contribution.Status.RELEASED, closed_at=now
    )
    # Row by row only what differs from row to row: the rest is one statement.
    Contribution.everything.bulk_update(paid, ["covered_from", "covered_until", "starts_at"])
    Contribution.everything.filter(pk__in=[row.pk for row in paid]).update(
        status=Contribution.Status.PAID,
        posting=posting,
        paid_at=payment.settled_at,
        closed_at=None,
    )
    for row in new:
        row.status, row.posting = Contribution.Status.PAID, posting
        row.paid_at = payment.settled_at
    Contribution.everything.bulk_create(new)


def _write_sponsorship(deal: Deal, now: datetime) -> None:
    """Let the run go on, or begin; it renews unless another one does for the worker."""
    row, planned = deal.offer.line.sponsorship, deal.offer.plan
    if planned is None:
        return
    if row.status != Status.ACTIVE:
        row.renews = row.renews and not workers_renewed_by_others([row])
        _revive(row, now)
    row.status = Status.ACTIVE
    row.run_start = planned.start
    row.run_months = planned.done + deal.months
    row.paid_until = deal.periods[-1].covered_until
    row.save(
        update_fields=[
            "status",
            "renews",
            "run_start",
            "run_months",
            "paid_until",
            "ended_at",
            "end_reason",
            "ended_by",
        ]
    )


def _revive(row: Sponsorship, now: datetime) -> None:
    """Undo the end of an approval that was paid in time, though we heard of it later."""
    row.ended_at, row.end_reason, row.ended_by = None, Sponsorship.EndReason.NONE, None
    ask_ends_again(worker_ids=[row.worker_id])
    expired = Enrollment.everything.filter(pk=row.enrollment_id, status=Enrollment.Status.EXPIRED)
    if expired.update(status=Enrollment.Status.APPROVED):
        tell_thread(enrollment=row.enrollment, kind="approved", now=now)


def _queue_behind(row: Sponsorship) -> None:
    """Let an unpaid sponsorship wait for its turn where another one renews for the worker."""
    if row.status == Status.AWAITING_PAYMENT and workers_renewed_by_others([row]):
        Sponsorship.everything.filter(pk=row.pk).update(status=Status.PROPOSED)


def _tell(payment: Payment, allocation: Allocation, deals: Collection[Deal], now: datetime) -> None:
    left_out = [
        (deal.offer.line.sponsorship.worker.short_name, deal.outcome)
        for deal in deals
        if deal.outcome != "bought"
    ]
    bill = bought_with(payment, today=jakarta_date(now))
    tell_donor(
        donor=payment.invoice.donor,
        key=f"receipt:{payment.pk}",
        kind="payment_allocated",
        text=lambda _user: receipt_letter(payment, allocation, bill, left_out=left_out),
        now=now,
    )
