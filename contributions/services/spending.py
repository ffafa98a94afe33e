"""Private money that was paid too much, or that a corrected tariff gave back, becomes future
months of the same workers by itself (domain reference 1.4; P28).

Money of a public budget does not: it stays in the fund of its programme, as that of the
bridge fund stays there. Other credit waits for the next renewal.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from bricks.clock import jakarta_date
from contributions import locks
from contributions.models import Allocation, CreditUse, PriceCorrection, Sponsorship
from contributions.services.asking import ask_again
from contributions.services.crediting import rest_account, spendable, tell_spent, use_credit
from contributions.services.going_on import deal_by_end, offers_ahead
from donors.models import BUDGETS, Programme
from payments import ledger
from payments.models import Payment

logger = logging.getLogger(__name__)

Reason = CreditUse.Reason
CHUNK = 500


def spend_credit(*, now: datetime) -> dict[str, int]:
    """Let what was paid too much, and what a corrected tariff gave back, buy next months.

    Idempotent: `followed_up_at` of the allocation or correction says done, also where it
    buys nothing. One that cannot be worked out is logged, counted as failed and left for
    the next run. Whoever stood on an invoice that was withdrawn is asked again at once.
    """
    counts = {"uses": 0, "months": 0, "failed": 0}
    for allocation_id in list(_overpaid().order_by("pk").values_list("pk", flat=True)):
        _spend(lambda pk=allocation_id: spend_overpaid(allocation_id=pk, now=now), counts)  # type: ignore[misc]
    kept = Q(contribution__sponsorship__funding__in=BUDGETS) | Q(
        contribution__sponsorship__programme__kind=Programme.Kind.BRIDGE
    )
    _corrected().filter(kept).update(followed_up_at=now)
    for ids in _corrected_chunks():
        _spend(lambda ids=ids: spend_corrected(sponsorship_ids=ids, now=now), counts)  # type: ignore[misc]
    if counts["uses"]:
        ask_again(today=jakarta_date(now), now=now)
    return counts


def _spend(act: Callable[[], CreditUse | None], counts: dict[str, int]) -> None:
    try:
        use = act()
    except (DatabaseError, ledger.LedgerError):
        logger.exception("credit could not be spent")
        counts["failed"] += 1
        return
    if use is not None:
        counts["uses"] += 1
        counts["months"] += use.months


# --- paid too much -----------------------------------------------------------------------
def _overpaid() -> QuerySet[Allocation]:
    return Allocation.objects.filter(reason=Allocation.Reason.TOO_MUCH, followed_up_at__isnull=True)


def _overpaid_payment(allocation_id: int) -> list[int]:
    rows = Allocation.objects.filter(pk=allocation_id)
    return list(rows.values_list("payment", flat=True))


def spend_overpaid(*, allocation_id: int, now: datetime) -> CreditUse | None:
    """Let the rest of one overpayment buy the next months of the workers it was paid for.

    In one transaction; None if it buys nothing, or another job was faster.
    """
    with transaction.atomic():
        if _overpaid().filter(pk=allocation_id).update(followed_up_at=now) != 1:
            return None
        # The bank takes nothing back while what was over is spent.
        locks.hold_payments(_overpaid_payment(allocation_id))
        allocation = Allocation.objects.select_related("payment").get(pk=allocation_id)
        if allocation.payment.status != Payment.Status.SETTLED:
            return None
        rows = _private([line["sponsorship"] for line in allocation.lines])
        return _buy_next(
            rows,
            allocation.credited,
            reason=Reason.OVERPAID,
            key=f"overpaid:{allocation.pk}",
            payment=allocation.payment,
            now=now,
        )


# --- corrected tariffs -------------------------------------------------------------------
def _corrected() -> QuerySet[PriceCorrection]:
    return PriceCorrection.objects.filter(followed_up_at__isnull=True)


def _corrected_chunks() -> list[list[int]]:
    """The sponsorships whose months were corrected, by donor, at most CHUNK at once."""
    found: dict[int, list[int]] = {}
    waiting = _corrected().order_by("contribution__sponsorship").distinct()
    for donor, row in waiting.values_list(
        "contribution__sponsorship__donor", "contribution__sponsorship"
    ):
        found.setdefault(donor, []).append(row)
    return [
        ids[start : start + CHUNK] for ids in found.values() for start in range(0, len(ids), CHUNK)
    ]


def spend_corrected(*, sponsorship_ids: Collection[int], now: datetime) -> CreditUse | None:
    """Let what corrections gave back for these sponsorships of one donor buy their next
    months. In one transaction; None if it buys nothing, or another job was faster."""
    with transaction.atomic():
        rows = _private(sponsorship_ids)
        waiting = _corrected().filter(contribution__sponsorship__in=[row.pk for row in rows])
        amounts = dict(waiting.values_list("pk", "amount"))
        if not amounts:
            return None
        PriceCorrection.objects.filter(pk__in=amounts).update(followed_up_at=now)
        return _buy_next(
            rows,
            sum(amounts.values()),
            reason=Reason.CORRECTED,
            key=f"corrected_spent:{min(amounts)}",
            payment=None,
            now=now,
        )


# --- what both share ---------------------------------------------------------------------
def _private(sponsorship_ids: Collection[int]) -> list[Sponsorship]:
    """Lock the workers of these sponsorships and read those that private money pays."""
    rows = Sponsorship.everything.filter(pk__in=sponsorship_ids).exclude(funding__in=BUDGETS)
    locks.lock_workers(rows.values_list("worker", flat=True))
    whole = rows.select_related("worker", "enrollment", "programme", "donor")
    return list(whole.order_by("paid_until", "pk"))


def _buy_next(
    rows: list[Sponsorship],
    amount: int,
    *,
    reason: str,
    key: str,
    payment: Payment | None,
    now: datetime,
) -> CreditUse | None:
    if not rows:
        return None
    account = rest_account(rows[0])
    money = min(amount, spendable(account))
    deals = deal_by_end(offers_ahead(rows, now=now), money)
    use = use_credit(deals=deals, account=account, reason=reason, key=key, payment=payment, now=now)
    if use is not None:
        tell_spent(use, deals, left=ledger.balance_of(account), now=now)
    return use
