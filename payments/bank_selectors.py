"""Questions about bank accounts, their statements and lines, and payouts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from accounts.models import User
from payments.bank_suggestions import in_reach
from payments.models import BankAccount, BankLine, BankStatement, Invoice, Payout, Refund
from payments.refund_selectors import awaiting_transfer
from regions.models import Office

DAY = timedelta(days=1)
OPEN = ~Q(status=BankLine.Status.DONE)
FOUND = 20


@dataclass(frozen=True)
class AccountState:
    """How an account stands: its last day, and what waits for a person, in lines and rupiah."""

    account: BankAccount
    last_day: date | None
    incoming: int
    incoming_lines: int
    outgoing_lines: int


def accounts_of(user: User) -> QuerySet[BankAccount]:
    """Return the accounts that the user may read, open ones first."""
    rows: QuerySet[BankAccount] = BankAccount.objects.visible_to(user)
    return rows.select_related("office").order_by(F("closed_at").asc(nulls_first=True), "pk")


def offices_with_money() -> QuerySet[Office]:
    """Return the offices that may have an account: those that are open, by name."""
    return Office.objects.filter(is_open=True).order_by("kind", "name")


def account_states(user: User) -> list[AccountState]:
    """Return each account that the user may read with what waits there."""
    accounts = list(accounts_of(user))
    ids = [account.pk for account in accounts]
    days = dict(
        BankStatement.objects.filter(account__in=ids)
        .order_by()
        .values_list("account")
        .annotate(last=Max("last_day"))
    )
    waiting = BankLine.objects.filter(OPEN, account__in=ids).order_by().values("account")
    came, went = Q(side=BankLine.Side.IN), Q(side=BankLine.Side.OUT)
    sums: dict[int, Any] = {
        row["account"]: row
        for row in waiting.annotate(
            incoming=Sum(F("amount") - F("allocated"), filter=came),
            incoming_lines=Count("pk", filter=came),
            outgoing_lines=Count("pk", filter=went),
        )
    }
    return [
        AccountState(
            account=account,
            last_day=days.get(account.pk),
            incoming=sums.get(account.pk, {}).get("incoming") or 0,
            incoming_lines=sums.get(account.pk, {}).get("incoming_lines", 0),
            outgoing_lines=sums.get(account.pk, {}).get("outgoing_lines", 0),
        )
        for account in accounts
    ]


def statements_of(user: User) -> QuerySet[BankStatement]:
    """Return the statements that the user may read, the newest days first."""
    rows = BankStatement.objects.filter(account__in=accounts_of(user).values("pk"))
    return rows.select_related("account__office", "imported_by").order_by("-last_day", "-pk")


def worklist(user: User) -> QuerySet[BankLine]:
    """Return the lines that wait for a person, oldest first."""
    rows = BankLine.objects.filter(OPEN, account__in=accounts_of(user).values("pk"))
    return rows.select_related("account__office").order_by("booked_on", "pk")


def lines_for(user: User) -> QuerySet[BankLine]:
    """Return every line that the user may read."""
    rows = BankLine.objects.filter(account__in=accounts_of(user).values("pk"))
    return rows.select_related("account__office", "statement", "returns", "proposed_by")


def payouts_of(user: User) -> QuerySet[Payout]:
    """Return the payouts into accounts that the user may read; those without their bank
    line first, then the newest."""
    rows = Payout.objects.filter(account__in=accounts_of(user).values("pk"))
    rows = rows.select_related("account", "line", "imported_by")
    return rows.order_by(F("line").asc(nulls_first=True), "-paid_on", "-pk")


def waiting_payouts(user: User) -> int:
    """Count the payouts whose money the bank has not shown yet."""
    return payouts_of(user).filter(line__isnull=True).count()


def invoices_near(line: BankLine) -> QuerySet[Invoice]:
    """Return the invoices to which money of a line may go, of its account's offices."""
    rows = Invoice.everything.filter(in_reach(line.account.office_id)).exclude(number="")
    return rows.select_related("donor")


def find_invoices(line: BankLine, text: str) -> list[Invoice]:
    """Find invoices by their number or the donor's name, open ones first."""
    words = text.strip()[:80]
    if len(words) < 3:
        return []
    rows = invoices_near(line).filter(Q(number__endswith=words) | Q(donor__name__icontains=words))
    return sorted(rows.order_by("-pk")[:FOUND], key=lambda row: row.status != Invoice.Status.OPEN)


def returnable(line: BankLine) -> list[BankLine]:
    """Return the lines of money in of which a line of money out may have returned some."""
    rows = BankLine.objects.filter(
        OPEN,
        account=line.account_id,
        side=BankLine.Side.IN,
        booked_on__lte=line.booked_on,
        amount__gte=F("allocated") + line.amount,
    )
    return list(rows.order_by("-booked_on", "-pk")[:FOUND])


def refunds_like(line: BankLine, user: User) -> list[Refund]:
    """Return the refunds of this amount whose transfer is awaited, those named in it first."""
    mine = Refund.objects.visible_to(user).values("pk")
    rows = awaiting_transfer().filter(amount=line.amount, pk__in=mine).select_related("donor")
    return sorted(rows[:FOUND], key=lambda row: row.transfer_code not in line.description)
