"""Proofs of credit: what it bought, and what waits to be spent or decided."""

from datetime import datetime, timedelta

from django.db.models import F

from bricks.clock import jakarta_date
from contributions.checks.base import BEHIND, Check, ids, total
from contributions.models import Allocation, CreditUse, LateMoney, PriceCorrection
from contributions.services.crediting import SPENT
from donors.models import BUDGETS, Programme
from payments.models import Account, Posting, Transfer
from regions.selectors import add_working_days

#: Working days in which the branch decides on late money.
PATIENCE_WORKING_DAYS = 2


def _wrong_uses(now: datetime) -> list[int]:
    """Postings of spent credit that moved something else than their use says."""
    out = Transfer.objects.filter(
        debit__kind__in=[Account.Kind.CREDIT, Account.Kind.FUND],
        credit__kind=Account.Kind.PAYABLE,
    )
    rows = Posting.objects.filter(kind=SPENT).annotate(
        moved=total(out, "posting"), told=total(CreditUse.objects.all(), "posting")
    )
    return ids(rows.exclude(moved=F("told")))


def _unspent(now: datetime) -> list[int]:
    """Overpayments that no job has taken up."""
    rows = Allocation.objects.filter(
        reason=Allocation.Reason.TOO_MUCH,
        followed_up_at__isnull=True,
        made_at__lt=now - BEHIND,
    )
    return ids(rows)


def _corrections_unspent(now: datetime) -> list[int]:
    rows = PriceCorrection.objects.filter(followed_up_at__isnull=True, made_at__lt=now - BEHIND)
    rows = rows.exclude(contribution__sponsorship__programme__kind=Programme.Kind.BRIDGE)
    return ids(rows.exclude(contribution__sponsorship__funding__in=BUDGETS))


def _late_money(now: datetime) -> list[int]:
    """Late money on which the branch has not decided within its time."""
    waiting = LateMoney.objects.filter(
        status=LateMoney.Status.WAITING, made_at__lt=now - timedelta(days=1)
    )
    today = jakarta_date(now)
    return [
        row.pk
        for row in waiting.order_by("pk")
        if add_working_days(jakarta_date(row.made_at), PATIENCE_WORKING_DAYS) < today
    ]


CHECKS = (
    Check("credit_use", "Spent credit differs from its use; postings", _wrong_uses),
    Check("overpaid", "Paid too much and not spent; allocations", _unspent, is_grave=False),
    Check("unspent", "Given back and not spent; corrections", _corrections_unspent, is_grave=False),
    Check("late_money", "Late money waits for the branch; late money", _late_money, is_grave=False),
)
