"""What proves that the books know of every line of the bank, and of nothing beside them (P37)."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from bricks.clock import jakarta_date
from contributions.checks.base import Check, ids, total
from contributions.models import BridgeReceipt, Contribution
from contributions.worth import total_worth
from payments import ledger
from payments.models import (
    Account,
    BankLine,
    BankMatch,
    BankStatement,
    Payment,
    Payout,
    Refund,
)

DAY = timedelta(days=1)
#: A payout should have reached the bank, and its statement the portal, within so many days.
PAYOUT_DAYS = timedelta(days=7)
Side = BankLine.Side


def _wrong_suspense(now: datetime) -> list[int]:
    """What nobody knows yet differs from what is left of the lines of money in."""
    left = BankLine.objects.filter(side=Side.IN).aggregate(sum=Sum(F("amount") - F("allocated")))
    unknown = Account.objects.filter(kind=Account.Kind.SUSPENSE)
    difference = sum(map(ledger.balance_of, unknown)) - (left["sum"] or 0)
    return [difference] if difference else []


def _wrong_accounts(now: datetime) -> list[int]:
    """Accounts whose money in the books is not that of their lines that have a meaning."""
    lines = BankLine.objects.filter(Q(side=Side.IN) | Q(side=Side.OUT, status="done"))
    expected: dict[int, int] = defaultdict(int)
    for account, side, amount in (
        lines.order_by().values_list("account", "side").annotate(sum=Sum("amount"))
    ):
        expected[account] += amount if side == Side.IN else -amount
    # Noted as sent by a person; the bank's line is still to come.
    ahead = Refund.everything.filter(status=Refund.Status.SENT, bank_account__isnull=False)
    for account, amount in ahead.order_by().values_list("bank_account").annotate(sum=Sum("amount")):
        expected[account] -= amount
    booked = {
        row.bank_account_id: ledger.balance_of(row)
        for row in Account.objects.filter(kind=Account.Kind.BANK)
    }
    accounts = set(expected) | {pk for pk in booked if pk is not None}
    return sorted(pk for pk in accounts if booked.get(pk, 0) != expected.get(pk, 0))


def _wrong_matches(now: datetime) -> list[int]:
    """Lines of money in whose parts are not what was taken of them."""
    matched = BankMatch.objects.exclude(payment__status=Payment.Status.REVERSED)
    returned = BankLine.objects.filter(side=Side.OUT, status=BankLine.Status.DONE)
    rows = BankLine.objects.filter(side=Side.IN).annotate(
        parts=total(matched, "line")
        + total(returned, "returns")
        + _net_of_payouts()
        + _booked_to_bridge()
    )
    return ids(rows.exclude(allocated=F("parts")))


def _net_of_payouts() -> Coalesce:
    return total(Payout.objects.annotate(amount=F("net")), "line")


def _booked_to_bridge() -> Coalesce:
    kept = BridgeReceipt.objects.annotate(left=F("amount") - F("taken_back"))
    return total(kept, "line", of="left")


def _days_missing(now: datetime) -> list[int]:
    """Accounts of which days lack, without a reason, or whose evenings and mornings differ."""
    wrong = []
    statements: dict[int, list[BankStatement]] = defaultdict(list)
    for row in BankStatement.objects.order_by("account", "first_day", "last_day", "pk"):
        statements[row.account_id].append(row)
    moved = _moved_by_day()
    for account, rows in statements.items():
        reached, balance = rows[0].first_day - DAY, rows[0].opening
        for row in rows:
            gap = row.first_day > reached + DAY
            if gap and not _is_explained(row, rows):
                wrong.append(account)
            if gap:
                reached, balance = row.first_day - DAY, row.opening
            days = (d for d in moved[account] if reached < d <= row.last_day)
            balance += sum(moved[account][day] for day in days)
            reached = max(reached, row.last_day)
            if reached == row.last_day and balance != row.closing and _is_newest(row, rows):
                wrong.append(account)
    return sorted(set(wrong))


def _is_explained(row: BankStatement, rows: list[BankStatement]) -> bool:
    """Tell whether this statement, or the last one before the gap, says why days lack."""
    before = [other for other in rows if other.last_day < row.first_day]
    nearest = max(before, key=lambda other: other.last_day)
    return bool(row.gap_reason or nearest.gap_reason)


def _is_newest(row: BankStatement, rows: list[BankStatement]) -> bool:
    """Tell whether no later file has told more of the statement's last day."""
    same = [other.pk for other in rows if other.first_day <= row.last_day <= other.last_day]
    return row.pk == max(same)


def _moved_by_day() -> dict[int, dict[date, int]]:
    """What the lines changed each account by, on each day."""
    moved: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    lines = BankLine.objects.order_by().values_list("account", "booked_on", "side")
    for account, day, side, amount in lines.annotate(sum=Sum("amount")):
        moved[account][day] += amount if side == Side.IN else -amount
    return moved


def _wrong_payouts(now: datetime) -> list[int]:
    """Payouts whose payments, fees and refunds do not sum to them, or whose lump is another."""
    rows = Payout.objects.annotate(
        moved=Sum("lines__gross", default=0),
        kept=Sum("lines__fee", default=0),
        back=Sum("lines__refund__amount", default=0),
    )
    right = Q(moved=F("gross") - F("refunds"), kept=F("fees"), back=F("refunds"))
    met = Q(line__isnull=True, posting__isnull=True) | Q(
        line__amount=F("net"), posting__isnull=False
    )
    return ids(rows.exclude(right & met))


def _passed_too_much(now: datetime) -> list[int]:
    """More is said to have gone to BPJS than the months that it has accepted are worth."""
    passed = Account.objects.filter(kind=Account.Kind.PASSED)
    accepted = Contribution.everything.filter(status=Contribution.Status.ACCEPTED)
    difference = sum(map(ledger.balance_of, passed)) - total_worth(accepted)
    return [difference] if difference > 0 else []


def _payouts_that_wait(now: datetime) -> list[int]:
    rows = Payout.objects.filter(line__isnull=True, paid_on__lt=jakarta_date(now) - PAYOUT_DAYS)
    return ids(rows)


CHECKS = (
    Check(
        "passed",
        "More went to BPJS than its accepted months are worth, by",
        _passed_too_much,
        is_grave=False,
    ),
    Check("suspense", "What nobody knows yet differs from the bank's lines by", _wrong_suspense),
    Check("bank", "The books of a bank account differ from its lines; accounts", _wrong_accounts),
    Check("bank_line", "The parts of a line are not what was taken of it", _wrong_matches),
    Check("bank_days", "Days or balances of statements do not follow; accounts", _days_missing),
    Check("payout", "A payout does not add up; payouts", _wrong_payouts),
    Check(
        "payout_waits",
        "Paid out a week ago and not seen at the bank; payouts",
        _payouts_that_wait,
        is_grave=False,
    ),
)
