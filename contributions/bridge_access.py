"""Who reads the bridge fund, who opens it, and who books its money; others read 404."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role
from contributions.models import BridgeFund, BridgeGrant, BridgeOutcome, BridgeReceipt
from payments.models import BankAccount, BankLine

READERS = roles_only(
    Role.Kind.BRANCH_OFFICER,
    Role.Kind.BRANCH_SUPERVISOR,
    Role.Kind.REGIONAL_ADMIN,
    Role.Kind.TREASURER,
    Role.Kind.HEAD_OFFICE,
    Role.Kind.AUDITOR,
)
HEAD_OFFICE = roles_only(Role.Kind.HEAD_OFFICE)
TREASURERS = roles_only(Role.Kind.TREASURER)


def fund_of(uuid: UUID) -> BridgeFund:
    """Return a fund that is proposed or open, or raise Http404."""
    found = BridgeFund.objects.filter(uuid=uuid).select_related("office").first()
    if found is None:
        raise Http404
    return found


def grants_of(user: Any) -> QuerySet[BridgeGrant]:
    """Return whom the fund helped at the user's offices (all for head office), newest first."""
    rows: QuerySet[BridgeGrant] = BridgeGrant.objects.visible_to(user)
    whole = rows.select_related("worker__village", "office", "contribution")
    return whole.order_by("-granted_at", "-pk")


def outcomes_of(user: Any) -> QuerySet[BridgeOutcome]:
    """Return who was near the end and got none, those who lose it first on top."""
    rows: QuerySet[BridgeOutcome] = BridgeOutcome.objects.visible_to(user)
    whole = rows.filter(closed_at__isnull=True).select_related("worker__village", "office")
    return whole.order_by("loses_on", "pk")


def lines_to_book(user: Any) -> QuerySet[BankLine]:
    """Return the bank lines of money in, of the user's accounts, that have something left."""
    accounts: QuerySet[BankAccount] = BankAccount.objects.visible_to(user)
    rows = BankLine.objects.filter(account__in=accounts.values("pk"), side=BankLine.Side.IN)
    open_rows = rows.exclude(status=BankLine.Status.DONE).select_related("account__office")
    return open_rows.annotate(left=F("amount") - F("allocated")).order_by("-booked_on", "-pk")


def line_of(user: Any, uuid: UUID) -> BankLine:
    """Return a line of money in of the user's accounts, or raise Http404."""
    accounts: QuerySet[BankAccount] = BankAccount.objects.visible_to(user)
    rows = BankLine.objects.filter(account__in=accounts.values("pk"), side=BankLine.Side.IN)
    found = rows.filter(uuid=uuid).select_related("account__office").first()
    if found is None:
        raise Http404
    return found


def receipts_of(user: Any) -> QuerySet[BridgeReceipt]:
    """Return what came into the fund over the accounts that the user may see, newest first."""
    accounts: QuerySet[BankAccount] = BankAccount.objects.visible_to(user)
    rows = BridgeReceipt.objects.filter(line__account__in=accounts.values("pk"))
    return rows.select_related("line", "booked_by").order_by("-pk")


def receipt_of(user: Any, uuid: UUID) -> BridgeReceipt:
    """Return a receipt whose line came to one of the user's accounts, or raise Http404."""
    found = receipts_of(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
