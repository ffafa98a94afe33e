"""From settled money to bought months: one transaction per payment (house section 5)."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError, transaction

from contributions import locks
from contributions.bills import Bill
from contributions.letters import receipt_letter
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.billing import workers_renewed_by_others
from contributions.services.buying import write_deals
from contributions.services.crediting import rest_account_of
from contributions.services.late_money import note_late_money
from contributions.services.offering import (
    Deal,
    deal_out,
    is_in_time,
    line_of,
    lines_of,
    offers_for,
    reason_of,
    settled_when,
)
from contributions.services.releasing import void_open_invoices
from contributions.services.telling import tell_donor
from contributions.tariffs import NoTariff
from donors.services import mark_trusted
from notices import bells
from payments import ledger
from payments.models import Account, Invoice, Payment, Posting
from payments.services.invoices import close_invoice, correct_invoice

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
    pays for. What buys nothing becomes the donor's credit, or stays in the fund of the
    programme that a public budget pays (`crediting`). None if another job was faster.
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
    deals = deal_out(offers, payment.net)
    bought = sum(deal.amount for deal in deals)
    rest = rest_account_of(invoice)
    posting = _post(payment, bought, rest, now)
    _close(invoice, deals, in_time=in_time, now=now)
    write_deals(deals, posting=posting, paid_at=settled_when(payment), now=now, as_asked=in_time)
    _release(invoice, now)
    _queue_behind(deals)
    allocation = Allocation.objects.create(
        payment=payment,
        posting=posting,
        bought=bought,
        credited=payment.net - bought,
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
    note_late_money(payment=payment, deals=deals, rest=allocation.credited, now=now)
    if allocation.months:
        mark_trusted(donor_id=invoice.donor_id, now=now)
    if allocation.reason == Allocation.Reason.TOO_MUCH:
        bells.ring("credit_to_spend")
    _tell(payment, allocation, deals, is_budget=rest.kind == Account.Kind.FUND, now=now)
    return allocation


# --- what is written -----------------------------------------------------------------
def _post(payment: Payment, bought: int, rest_account: Account, now: datetime) -> Posting:
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    rest = payment.net - bought
    transfers = []
    if bought:
        transfers.append((holding, ledger.account(Account.Kind.PAYABLE), bought))
    if rest:
        transfers.append((holding, rest_account, rest))
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
    if not in_time:
        _release(invoice, now)
    void_open_invoices(sponsorship_ids=bought, now=now)


def _release(invoice: Invoice, now: datetime) -> None:
    """Let the months go for which the money did not reach."""
    left = Contribution.everything.filter(invoice=invoice, status=Contribution.Status.PROMISED)
    left.update(status=Contribution.Status.RELEASED, closed_at=now)


def _queue_behind(deals: list[Deal]) -> None:
    """Let unpaid sponsorships wait for their turn where another one renews for the worker."""
    rows = [deal.offer.line.sponsorship for deal in deals if deal.outcome == "taken"]
    unpaid = [row for row in rows if row.status == Status.AWAITING_PAYMENT]
    renewed = workers_renewed_by_others(unpaid)
    behind = [row.pk for row in unpaid if row.worker_id in renewed]
    Sponsorship.everything.filter(pk__in=behind).update(status=Status.PROPOSED)


def _tell(
    payment: Payment,
    allocation: Allocation,
    deals: Collection[Deal],
    *,
    is_budget: bool,
    now: datetime,
) -> None:
    left_out = [
        (deal.offer.line.sponsorship.worker.short_name, deal.outcome)
        for deal in deals
        if deal.outcome != "bought"
    ]
    bill = Bill(payment.invoice, tuple(line_of(deal) for deal in deals if deal.months))
    tell_donor(
        donor=payment.invoice.donor,
        key=f"receipt:{payment.pk}",
        kind="payment_allocated",
        text=lambda _user: receipt_letter(
            payment, allocation, bill, left_out=left_out, is_budget=is_budget
        ),
        now=now,
    )
