"""What the page of the bridge fund shows besides its lists. Nothing here writes."""

from dataclasses import dataclass

from django.db.models import Sum

from contributions.models import BridgeFund, BridgeGrant, BridgeReceipt
from payments import ledger
from payments.models import Account


@dataclass(frozen=True)
class FundPage:
    """The fund as it stands: `present` is proposed or open, `former` were closed; `held`,
    `came_in` and `paid` are rupiah, of all time; `grants` counts months."""

    present: BridgeFund | None
    former: list[BridgeFund]
    held: int
    came_in: int
    paid: int
    grants: int


def fund_page() -> FundPage:
    """Gather the facts that all readers may know; a fixed number of queries."""
    funds = BridgeFund.objects.select_related("office", "proposed_by", "opened_by", "closed_by")
    rows = list(funds.order_by("-proposed_at", "-pk"))
    came_in = BridgeReceipt.objects.aggregate(sum=Sum("amount"), back=Sum("taken_back"))
    granted = BridgeGrant.everything.aggregate(sum=Sum("contribution__amount"))
    account = Account.objects.filter(kind=Account.Kind.BRIDGE).first()
    return FundPage(
        present=next((row for row in rows if row.closed_at is None), None),
        former=[row for row in rows if row.closed_at is not None],
        held=ledger.balance_of(account) if account else 0,
        came_in=(came_in["sum"] or 0) - (came_in["back"] or 0),
        paid=granted["sum"] or 0,
        grants=BridgeGrant.everything.count(),
    )
